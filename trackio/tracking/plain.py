"""Any configuration value becomes what JSON can hold, as a reader would want to see it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Any

from trackio.errors import UsageError
from trackio.store.layout import clean

DEEPEST = 32
"""How deep containers may nest before their text is kept in their place; cycles end here."""

LONGEST_ARRAY = 1000
"""Arrays with more values are named by their shape."""


def plain(value: Any, around: tuple[int, ...] = ()) -> Any:
    """The value as None, bool, int, float, text, list or dict with text keys; anything else as its text.

    ``around`` has the containers that it lies in: one that holds itself ends there.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value, around)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return clean(str(value))
    if len(around) >= DEEPEST or id(value) in around:
        return text(value)
    inside = (*around, id(value))
    if isinstance(value, Mapping):
        return {_key(key): plain(item, inside) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, inside) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, inside) for item in value), key=str)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), inside) for field in dataclasses.fields(value)}
    return _foreign(value, inside)


def mapping(values: Any) -> dict[str, Any]:
    """The settings in a mapping, a Namespace, a dataclass or another object with attributes, as JSON can hold them."""
    if values is None:
        return {}
    found = plain(values)
    if not isinstance(found, dict):
        attributes = getattr(values, "__dict__", None)
        if attributes is None:
            raise UsageError(f"config takes a dict, a Namespace or a dataclass, not {type(values).__name__}.")
        found = {_key(name): plain(value) for name, value in attributes.items() if not name.startswith("_")}
    return found


def text(value: Any) -> str:
    """The text of any object; its type's name where it has none."""
    try:
        return clean(str(value))
    except Exception:  # noqa: BLE001 - the object's own code runs here, and may raise anything
        return f"<{type(value).__name__}>"


def _foreign(value: Any, inside: tuple[int, ...]) -> Any:
    if not isinstance(value, type):
        try:
            if hasattr(value, "to_dict"):
                return plain(value.to_dict(), inside)
            # numpy, torch and jax: scalars and small arrays as their values.
            if hasattr(value, "tolist") and getattr(value, "size", 0) is not None:
                size = value.numel() if hasattr(value, "numel") else value.size
                if size <= LONGEST_ARRAY:
                    return plain(value.tolist(), inside)
                return f"{type(value).__name__} of shape {tuple(value.shape)}"
            if callable(value) and isinstance(name := getattr(value, "__qualname__", None), str):
                # Its text would have an address that is another one in every process.
                return clean(f"{value.__module__}.{name}")
        except Exception:  # noqa: BLE001 - likewise
            return text(value)
    return text(value)


def _key(key: Any) -> str:
    return clean(key) if isinstance(key, str) else text(key)
