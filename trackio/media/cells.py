"""Values inside tables and traces: anything a script has, as JSON and references to media."""

from __future__ import annotations

import datetime as dt
import json
import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from uuid import UUID

from trackio.errors import UsageError
from trackio.media.arrays import Held, hold, is_array
from trackio.media.base import Media, Place
from trackio.media.figures import wrap
from trackio.store.layout import clean

PLAIN = frozenset({bool, int, float, str, type(None)})
"""Types that JSON has, and whose values never change."""

DEEPEST = 32
"""How deep containers may nest before their text is kept in their place; cycles end here."""


@dataclass(frozen=True, slots=True)
class _Several:
    """A list with media among its items."""

    items: list[Any]


def taken(value: Any, around: tuple[int, ...] = ()) -> Any:
    """The value as it stands now: what JSON has, media, and copies of arrays; ``around`` has the containers of it."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, Media):
        return value.as_logged()
    if isinstance(value, (list, tuple, set, frozenset, Mapping)):
        if len(around) >= DEEPEST or id(value) in around:
            return _text(value)
        inside = (*around, id(value))
        if isinstance(value, Mapping):
            return {_text(key): taken(item, inside) for key, item in value.items()}
        items = sorted(value, key=_text) if isinstance(value, (set, frozenset)) else value
        found = [taken(item, inside) for item in items]
        return _Several(found) if any(isinstance(item, (Media, _Several)) for item in found) else found
    return _foreign(value)


def stored(value: Any, place: Place) -> Any:
    """What ``taken()`` gave, as JSON can hold it, with its media stored."""
    if type(value) in PLAIN:
        return clean(value) if type(value) is str else value
    if isinstance(value, Media):
        return value.reference(place)
    if isinstance(value, Held):
        return value.host().tolist()
    if isinstance(value, _Several):
        return {"_type": "trackio.list", "items": [_item(stored(item, place)) for item in value.items]}
    if isinstance(value, dict):
        return {key: stored(item, place) for key, item in value.items()}
    return [stored(item, place) for item in value]


def plain(value: Any) -> Any:
    """What ``taken()`` gave as a number or a text, for a chart."""
    if isinstance(value, Held) and not value.shape:
        value = value.host().item()
    return value if type(value) in PLAIN else _text(value)


def nbytes(value: Any) -> int:
    """How much memory the media and arrays in what ``taken()`` gave hold."""
    if type(value) in PLAIN:
        return 0
    if isinstance(value, (Media, Held)):
        return value.nbytes
    if isinstance(value, _Several):
        value = value.items
    return sum(map(nbytes, value.values() if isinstance(value, dict) else value))


def encoded(value: Any) -> Iterator[str]:
    """JSON of a list or dict in pieces: no piece takes long, so that other threads can run between them."""
    if isinstance(value, dict):
        for place, (key, item) in enumerate(value.items()):
            yield f"{',' if place else '{'}{json.dumps(key)}:"
            yield from encoded(item)
        yield "}" if value else "{}"
    elif isinstance(value, list) and len(value) > 100:
        for start in range(0, len(value), 100):
            piece = json.dumps(value[start : start + 100], separators=(",", ":"))
            yield f"{',' if start else '['}{piece[1:-1]}"
        yield "]"
    else:
        yield json.dumps(value, separators=(",", ":"))


def _item(value: Any) -> Any:
    """One item of a list of media; others are told from references by their type."""
    is_reference = isinstance(value, dict) and str(value.get("_type", "")).startswith("trackio.")
    return value if is_reference else {"_type": "trackio.array", "_value": value}


def _foreign(value: Any) -> Any:
    if isinstance(value, Enum):
        return taken(value.value) if type(value.value) in PLAIN else value.name
    if isinstance(value, (bool, int, float, str)):
        # numpy's float64 and classes of the script's own.
        return next(kind(value) for kind in (bool, int, float, str) if isinstance(value, kind))
    if isinstance(value, (dt.date, dt.time)):
        # pandas has a time that is none.
        return None if value != value else value.isoformat()  # noqa: PLR0124 - NaT is not itself
    if isinstance(value, dt.timedelta):
        return None if value != value else value.total_seconds()  # noqa: PLR0124
    if isinstance(value, (PurePath, UUID)):
        return str(value)
    if isinstance(value, (Decimal, Fraction)):
        return float(value)
    if isinstance(value, (bytes, bytearray)):
        return clean(bytes(value).decode("utf-8", "replace"))
    if is_array(value):
        return _array(value)
    medium = None if isinstance(value, types.ModuleType) else wrap(value)
    if medium is not None:
        return medium
    return None if type(value).__name__ in ("NAType", "NaTType") else _text(value)


def _array(value: Any) -> Any:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind in ("O", "U", "S", "T", "M", "m", "c"):
        if value.ndim:
            return [_array(item) if is_array(item) else taken(item) for item in value]
        return _scalar(value, kind)
    try:
        held = hold(value)
    except UsageError:
        return _text(value)
    # What a device holds is not waited for.
    return held if held.shape or held.is_torch else held.host().item()


def _scalar(value: Any, kind: str) -> Any:
    if kind == "M":
        text = str(value)
        return None if text == "NaT" else text
    if kind == "m":
        seconds = float(value / type(value)(1, "s"))
        return None if math.isnan(seconds) else seconds
    return str(value) if kind == "c" else taken(value.item())


def _text(value: Any) -> str:
    """The text of any object; its type's name where it has none."""
    try:
        return clean(str(value))
    except Exception:  # noqa: BLE001 - the object's own code runs here, and may raise anything
        return f"<{type(value).__name__}>"
