"""The kinds of values that arrive late: media, what a device computes, distributions, and lists of such."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import sleep
from typing import TYPE_CHECKING, Any, TypeGuard

from trackio import references
from trackio.tracking.devices import Copy
from trackio.tracking.lanes import DEVICE, MEDIA
from trackio.tracking.late import LATE, Arrival, Cell

if TYPE_CHECKING:
    from trackio.media.base import Media, Place

LONGEST_ARRAY = 32
"""Arrays with more values are kept as histograms, as in wandb."""

BREATH_SECONDS = 2e-4


class Medium(Arrival):
    """A medium, stored when its turn comes."""

    __slots__ = ("_medium",)

    def __init__(self, medium: Media) -> None:
        self._medium = medium

    @property
    def nbytes(self) -> int:
        """How much memory it holds, in bytes."""
        return self._medium.nbytes

    def cell(self, place: Place) -> Cell:
        """The reference to it."""
        return "s", references.encode(_stored(self._medium, place))


class Computed(Arrival):
    """A value that a device holds; ``read`` makes a cell of it when it is in the host's memory."""

    __slots__ = ("_copy", "_lane", "_read")

    def __init__(self, copy: Copy, read: Callable[[Any], Cell]) -> None:
        self._copy, self._read = copy, read
        # What takes long to summarize must not hold back a loss.
        self._lane = DEVICE if copy.size <= LONGEST_ARRAY else MEDIA

    @property
    def lane(self) -> str:
        """Which thread resolves it."""
        return self._lane

    def cell(self, place: Place) -> Cell:
        """The value, or the reference to what was made of it."""
        code, value = self._read(self._copy.value())
        return value.cell(place) if code == LATE else (code, value)


class Distribution(Arrival):
    """Many numbers, of which the histogram is kept."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: Any) -> None:
        self._numbers = numbers

    @property
    def nbytes(self) -> int:
        """How much memory they take, in bytes."""
        return int(getattr(self._numbers, "nbytes", 0))

    def cell(self, place: Place) -> Cell:
        """The reference to the histogram."""
        import numpy as np

        from trackio.media.histogram import Histogram

        # Not before: torch has types that numpy lacks.
        numbers = self._numbers.double() if hasattr(self._numbers, "detach") else self._numbers
        return "s", references.encode(_stored(Histogram(np.asarray(numbers, np.float64)), place))


class Several(Arrival):
    """A list whose items, at any depth, are plain values, media and Arrivals; the latter two also in ``moving``."""

    __slots__ = ("_items", "_lane", "_moving")

    def __init__(self, items: list[Any], moving: list[Media | Arrival]) -> None:
        self._items, self._moving = items, moving
        self._lane = DEVICE if all(isinstance(one, Arrival) and one.lane == DEVICE for one in moving) else MEDIA

    @property
    def lane(self) -> str:
        """Which thread resolves it."""
        return self._lane

    @property
    def nbytes(self) -> int:
        """How much memory the items hold, in bytes."""
        return sum([one.nbytes for one in self._moving])

    def cell(self, place: Place) -> Cell:
        """The reference to a list of media, or to an array when there are none among the items."""
        items = _settled(self._items, place)
        if not any(map(_is_reference, items)):
            return "s", references.encode(array(items))
        wrapped = [item if _is_reference(item) else array(item) for item in items]
        return "s", references.encode({"_type": "trackio.list", "items": wrapped})


def array(values: Any) -> dict[str, Any]:
    """The reference to a list or array that stands in the row itself."""
    return {"_type": "trackio.array", "_value": values}


def _settled(item: Any, place: Place) -> Any:
    """An item with what was on its way in its place."""
    from trackio.media.base import Media

    if isinstance(item, list):
        return [_settled(one, place) for one in item]
    if isinstance(item, dict):
        return {key: _settled(one, place) for key, one in item.items()}
    if isinstance(item, Media):
        return _stored(item, place)
    if isinstance(item, Arrival):
        code, value = item.cell(place)
        found = references.decode(value) if code == "s" else None
        return value if found is None else found["_value"] if found["_type"] == "trackio.array" else found
    return item


def _stored(medium: Media, place: Place) -> dict[str, Any]:
    reference = medium.reference(place)
    # The training thread gets its turn for sure: otherwise it may have to wait for 5 ms after each system call.
    sleep(BREATH_SECONDS)
    return reference


def _is_reference(item: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(item, Mapping) and str(item.get("_type", "")).startswith(references.PREFIX)
