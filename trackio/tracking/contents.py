"""What ``log()`` is given beside plain numbers and texts: media, arrays, lists, tensors of a device, figures, dates.

Arrays and lists stand in the row as JSON (see ``trackio.references``), long arrays of numbers as histograms.
"""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import PurePath
from time import sleep
from typing import TYPE_CHECKING, Any, TypeAlias

from trackio import references
from trackio.tracking.devices import Copies, Copy
from trackio.tracking.lanes import DEVICE, MEDIA
from trackio.tracking.late import LATE, Arrival, Cell, Unstorable
from trackio.tracking.plain import DEEPEST, plain
from trackio.tracking.scalars import scalar

if TYPE_CHECKING:
    from trackio.media.base import Media, Place

LONGEST_ARRAY = 32
"""Arrays with more values are kept as histograms, as in wandb."""

LONGEST_LIST = 1000
"""Lists of more media are cut there; longer lists of numbers are kept as histograms, others not at all."""

BREATH_SECONDS = 2e-4

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
    if isinstance(value, (PurePath, uuid.UUID)):
        return scalar(str(value))
    if isinstance(value, _LISTS):
        return _list(value, name, copies, drop)
    arrival = _arrival(value, copies)
    return _foreign(value) if arrival is None else (LATE, arrival)


class _Medium(Arrival):
    """A medium, stored when its turn comes."""

    def __init__(self, medium: Media) -> None:
        self._medium = medium

    @property
    def nbytes(self) -> int:
        return self._medium.nbytes

    def cell(self, place: Place) -> Cell:
        text = references.encode(self._medium.reference(place))
        # The training thread gets its turn for sure: otherwise it may have to wait for 5 ms after each system call.
        sleep(BREATH_SECONDS)
        return "s", text


class _Computed(Arrival):
    """A value that a device holds."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy
        # What takes long to summarize must not hold back a loss.
        self.lane = DEVICE if copy.size <= LONGEST_ARRAY else MEDIA

    def cell(self, place: Place) -> Cell:
        code, value = _foreign(self._copy.value())
        return value.cell(place) if code == LATE else (code, value)


class _Distribution(Arrival):
    """Many numbers, of which the histogram is kept."""

    def __init__(self, numbers: Any) -> None:
        self._numbers = numbers

    @property
    def nbytes(self) -> int:
        return int(getattr(self._numbers, "nbytes", 0))

    def cell(self, place: Place) -> Cell:
        import numpy as np

        from trackio.media.histogram import Histogram

        # Not before: torch has types that numpy lacks.
        numbers = self._numbers.double() if hasattr(self._numbers, "detach") else self._numbers
        return _Medium(Histogram(np.asarray(numbers, np.float64))).cell(place)


class _Several(Arrival):
    """A list with values on their way among its items."""

    def __init__(self, items: list[Any], arrivals: list[Arrival]) -> None:
        self._items, self._arrivals = items, arrivals
        self.lane = MEDIA if any(arrival.lane == MEDIA for arrival in arrivals) else DEVICE

    @property
    def nbytes(self) -> int:
        return sum([arrival.nbytes for arrival in self._arrivals])

    def cell(self, place: Place) -> Cell:
        items = _settled(self._items, place)
        if any(isinstance(item, Mapping) and "_type" in item for item in items):
            wrapped = [item if isinstance(item, Mapping) and "_type" in item else _array(item) for item in items]
            return "s", references.encode({"_type": "trackio.list", "items": wrapped})
        return "s", references.encode(_array(items))


def _settled(items: Any, place: Place) -> Any:
    """The items with what was on its way in its place."""
    if isinstance(items, list):
        return [_settled(item, place) for item in items]
    if isinstance(items, dict):
        return {key: _settled(item, place) for key, item in items.items()}
    if isinstance(items, Arrival):
        code, value = items.cell(place)
        found = references.decode(value) if code == "s" else None
        return value if found is None else found["_value"] if found["_type"] == "trackio.array" else found
    return items


def _list(values: Any, name: str, copies: Copies, drop: Drop) -> Cell:
    items = list(values)
    if len(items) > LONGEST_LIST:
        if all(isinstance(item, _NUMBERS) for item in items):
            return LATE, _Distribution(items)
        if _medium(items[0]) is None and _figure(items[0]) is None:
            raise Unstorable(f"it is a list of {len(items)} values; up to {LONGEST_LIST} fit in a row, more in a Table")
        drop(f"{name}[{LONGEST_LIST}:]", f"a list holds up to {LONGEST_LIST} media")
        items = items[:LONGEST_LIST]
    if isinstance(values, (set, frozenset)):
        items.sort(key=str)
    arrivals: list[Arrival] = []
    gathered = _gathered(items, (), copies, arrivals)
    if arrivals:
        return LATE, _Several(gathered, arrivals)
    if _leaves(gathered) > LONGEST_LIST:
        raise Unstorable(f"its lists hold more than {LONGEST_LIST} values; log a Table, or an array of numbers")
    return "s", references.encode(_array(gathered))


def _gathered(value: Any, around: tuple[int, ...], copies: Copies, arrivals: list[Arrival]) -> Any:
    """A value inside a list as JSON can hold it, with Arrivals in the place of what is on its way."""
    if value is None or isinstance(value, (*_NUMBERS, str)):
        return plain(value)
    if isinstance(value, (*_LISTS, Mapping)) and len(around) < DEEPEST and id(value) not in around:
        inside = (*around, id(value))
        if isinstance(value, Mapping):
            return {plain(str(key)): _gathered(item, inside, copies, arrivals) for key, item in value.items()}
        return [_gathered(item, inside, copies, arrivals) for item in value]
    arrival = _arrival(value, copies)
    if arrival is None:
        try:
            return scalar(value)[1]
        except Unstorable:
            medium = _figure(value)
            if medium is None:
                return plain(value)
            arrival = _Medium(medium)
    arrivals.append(arrival)
    return arrival


def _arrival(value: Any, copies: Copies) -> Arrival | None:
    medium = _medium(value)
    if medium is not None:
        return _Medium(medium)
    copy = copies.start(value)
    return None if copy is None else _Computed(copy)


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1


def _array(values: Any) -> dict[str, Any]:
    return {"_type": "trackio.array", "_value": values}


def _foreign(value: Any) -> Cell:
    """The cell for a value of another library that is there."""
    try:
        return _numbers(value)
    except Unstorable:
        medium = _figure(value)
        if medium is None:
            raise
        return LATE, _Medium(medium)


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
        return "s", references.encode(_array(plain(value.tolist())))
    if hasattr(value, "detach"):
        return LATE, _Distribution(value.detach().to_dense().clone())
    # V is what numpy has for bfloat16, and for records, which have names.
    if getattr(value.dtype, "kind", "") in ("b", "i", "u", "f", "V") and not getattr(value.dtype, "names", None):
        return LATE, _Distribution(value.copy())
    if size > LONGEST_LIST:
        raise Unstorable(f"it holds {size} values of {kind}; log a Table")
    return "s", references.encode(_array(plain(value.tolist())))


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


def _figure(value: Any) -> Media | None:
    """A figure, picture or table of another library as a medium."""
    from trackio.media.foreign import medium

    return medium(value)
