"""What ``log()`` is given beside plain numbers and texts: media, arrays, lists, tensors of a device, figures, dates.

Arrays and lists stand in the row as JSON (see ``trackio.references``), long arrays of numbers as histograms.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeAlias

from trackio import references
from trackio.tracking.arrivals import LONGEST_ARRAY, Computed, Distribution, Medium, Several, array
from trackio.tracking.devices import Copies
from trackio.tracking.late import LATE, Arrival, Cell, Unstorable
from trackio.tracking.plain import DEEPEST, plain
from trackio.tracking.scalars import scalar

if TYPE_CHECKING:
    from trackio.media.base import Media

LONGEST_LIST = 1000
"""Lists of more media are cut there; longer lists of numbers are kept as histograms, others not at all."""

_LISTS = (list, tuple, set, frozenset, deque, range)
_NUMBERS = (int, float)

Drop: TypeAlias = Callable[[str, str], None]


def content(value: Any, name: str, copies: Copies, drop: Drop) -> Cell:
    """The cell for a value that is no plain number, bool or text; raises Unstorable.

    ``drop(name, reason)`` is told of what is left out of a list.
    """
    if isinstance(value, Enum):
        inner = value.value
        return scalar(inner) if isinstance(inner, (*_NUMBERS, str)) else ("s", value.name)
    if isinstance(value, (dt.date, dt.time)):
        return "s", value.isoformat()
    if isinstance(value, dt.timedelta):
        return "d", value.total_seconds()
    if isinstance(value, PurePath) or _is_uuid(value):
        return scalar(str(value))
    if isinstance(value, _LISTS):
        return _list(value, name, copies, drop)
    medium = _medium(value)
    arrival = _computed(value, copies) if medium is None else Medium(medium)
    return _foreign(value) if arrival is None else (LATE, arrival)


def _list(values: Any, name: str, copies: Copies, drop: Drop) -> Cell:
    items = list(values)
    if len(items) > LONGEST_LIST:
        if all(isinstance(item, _NUMBERS) for item in items):
            return LATE, Distribution(items)
        if _medium(items[0]) is None and _figure(items[0]) is None:
            raise Unstorable(f"it is a list of {len(items)} values; up to {LONGEST_LIST} fit in a row, more in a Table")
        drop(f"{name}[{LONGEST_LIST}:]", f"a list holds up to {LONGEST_LIST} media")
        items = items[:LONGEST_LIST]
    if isinstance(values, (set, frozenset)):
        items.sort(key=str)
    moving: list[Media | Arrival] = []
    gathered = _gathered(items, (), copies, moving)
    if moving:
        return LATE, Several(gathered, moving)
    if _leaves(gathered) > LONGEST_LIST:
        raise Unstorable(f"its lists hold more than {LONGEST_LIST} values; log a Table, or an array of numbers")
    return "s", references.encode(array(gathered))


def _gathered(value: Any, around: tuple[int, ...], copies: Copies, moving: list[Media | Arrival]) -> Any:
    """A value inside a list as JSON can hold it, but for media and what is on its way, which ``moving`` gains."""
    if value is None or isinstance(value, (*_NUMBERS, str)):
        return plain(value)
    if isinstance(value, (*_LISTS, Mapping)) and len(around) < DEEPEST and id(value) not in around:
        inside = (*around, id(value))
        if isinstance(value, Mapping):
            return {plain(str(key)): _gathered(item, inside, copies, moving) for key, item in value.items()}
        return [_gathered(item, inside, copies, moving) for item in value]
    found: Media | Arrival | None = _medium(value)
    if found is None:
        found = _computed(value, copies)
    if found is None:
        try:
            return scalar(value)[1]
        except Unstorable:
            found = _figure(value)
            if found is None:
                return plain(value)
    moving.append(found)
    return found


def _computed(value: Any, copies: Copies) -> Computed | None:
    copy = copies.start(value)
    return None if copy is None else Computed(copy, _foreign)


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1


def _foreign(value: Any) -> Cell:
    """The cell for a value of another library that is there."""
    try:
        return _numbers(value)
    except Unstorable:
        medium = _figure(value)
        if medium is None:
            raise
        return LATE, Medium(medium)


def _numbers(value: Any) -> Cell:
    try:
        kind = getattr(getattr(value, "dtype", None), "kind", "")
        if kind in ("M", "m") and getattr(value, "size", 0) == 1:
            return _moment(value, kind)
        if hasattr(value, "numpy") and not hasattr(value, "item"):
            # TensorFlow's.
            return _numbers(value.numpy())
        size = value.numel() if hasattr(value, "numel") else getattr(value, "size", 1)
        if hasattr(value, "tolist") and type(size) is int and size != 1:
            return _values(value, size)
    except Unstorable:
        raise
    except Exception as error:  # the value's own code runs here, and may raise anything
        raise Unstorable(f"{type(value).__name__} cannot be read ({type(error).__name__}: {error})") from error
    return scalar(value)


def _values(value: Any, size: int) -> Cell:
    """An array of other than one value."""
    kind = str(value.dtype) if hasattr(value, "dtype") else ""
    if "complex" in kind:
        raise Unstorable("it is complex")
    if size <= LONGEST_ARRAY:
        return "s", references.encode(array(plain(value.tolist())))
    if hasattr(value, "detach"):
        return LATE, Distribution(value.detach().to_dense().clone())
    # V is what numpy has for bfloat16, and for records, which have names.
    if getattr(value.dtype, "kind", "") in ("b", "i", "u", "f", "V") and not getattr(value.dtype, "names", None):
        return LATE, Distribution(value.copy())
    if size > LONGEST_LIST:
        raise Unstorable(f"it holds {size} values of {kind}; log a Table")
    return "s", references.encode(array(plain(value.tolist())))


def _moment(value: Any, kind: str) -> Cell:
    """A date or a length of time of numpy."""
    import numpy as np

    (one,) = np.asarray(value).ravel()
    return ("s", str(one)) if kind == "M" else ("d", float(one / np.timedelta64(1, "s")))


def _medium(value: Any) -> Media | None:
    """The medium that a value is, as it stands now."""
    # While nobody has made a medium their module need not be loaded, or another thread is only just loading it.
    base = getattr(sys.modules.get("trackio.media.base"), "Media", None)
    return value.as_logged() if base is not None and isinstance(value, base) else None


def _is_uuid(value: Any) -> bool:
    # Loading it takes 2 ms, in the middle of log().
    kind = getattr(sys.modules.get("uuid"), "UUID", None)
    return kind is not None and isinstance(value, kind)


def _figure(value: Any) -> Media | None:
    """A figure, picture or table of another library as a medium."""
    from trackio.media.foreign import medium

    return medium(value)
