"""Parts of a description that came from elsewhere, each of the type that it must have, or TypeError (pure)."""

from __future__ import annotations

import json
from typing import Any

from trackio.store.layout import clean

DEEPEST = 200
"""How many lists and objects may lie in one another: far less than makes Python's own readers fail."""

_TOO_DEEP = "it is nested too deeply"


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


def parsed(data: str | bytes) -> Any:
    """What JSON says; raises ValueError for what is none, and for what is nested deeper than anyone logs."""
    try:
        found = json.loads(data)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    opened = data.count("[") + data.count("{") if isinstance(data, str) else data.count(b"[") + data.count(b"{")
    if opened > DEEPEST and _depth(found) > DEEPEST:
        raise ValueError(_TOO_DEEP)
    return found


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [
        inner
        for one in level
        if isinstance(one, (dict, list))
        for inner in (one.values() if isinstance(one, dict) else one)
    ]:
        depth += 1
    return depth
