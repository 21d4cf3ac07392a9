"""Parts of a description that came from elsewhere, each of the type that it must have, or TypeError (pure)."""

from __future__ import annotations

from typing import Any

from trackio.store.layout import clean


def text(value: Any) -> str:
    """A text that can be encoded."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return clean(value)


def text_or_none(value: Any) -> str | None:
    """A text, or nothing."""
    return None if value is None else text(value)


def integer(value: Any) -> int:
    """A whole number that the database holds."""
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        raise TypeError(f"{value!r:.40} is no whole number of 64 bits")
    return value


def integer_or_none(value: Any) -> int | None:
    """A whole number, or nothing."""
    return None if value is None else integer(value)


def listed(value: Any) -> list[Any]:
    """A list; nothing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.40} is no list")
    return value


def mapping(value: Any) -> dict[str, Any]:
    """An object; nothing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError(f"{value!r:.40} is no object")
    return value
