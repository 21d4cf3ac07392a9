"""Series that were read, kept as long as there is room: those used longest ago go first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeAlias

from trackio.live.curve import Curve
from trackio.live.held import Held
from trackio.records import MetricKind, RunSeries

MOST_BYTES = 1 << 30

MOST_CURVES = 8
"""So many curves of one series are kept: what a few readers look at."""

Place: TypeAlias = tuple[str, MetricKind, str]
"""Run, kind and name of a metric."""


@dataclass(slots=True)
class Kept:
    """A series and the curves that were made of it, by axis and smoothing."""

    held: Held
    curves: OrderedDict[tuple[str, float], Curve] = field(default_factory=OrderedDict)

    @property
    def nbytes(self) -> int:
        """The memory it takes."""
        return self.held.nbytes + sum(curve.nbytes for curve in self.curves.values())

    def curve(self, one: RunSeries, axis: str, smoothing: float) -> Curve:
        """The curve over an axis, begun anew if it was not among those looked at last."""
        key = axis, smoothing
        found = self.curves.get(key)
        if found is None:
            found = self.curves[key] = Curve(self.held, one, axis, smoothing)
        self.curves.move_to_end(key)
        if len(self.curves) > MOST_CURVES:
            self.curves.popitem(last=False)
        return found


class Shelf:
    """The series of one project."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Place, Kept] = OrderedDict()
        self.nbytes = 0
        """The memory that it took when it was last tidied."""

    def find(self, place: Place) -> Kept | None:
        """The series, if it is here."""
        found = self._kept.get(place)
        if found is not None:
            self._kept.move_to_end(place)
        return found

    def put(self, place: Place, held: Held) -> Kept:
        """Keep a series."""
        found = self._kept[place] = Kept(held)
        self._kept.move_to_end(place)
        return found

    def of_run(self, run: str) -> dict[Place, Held]:
        """The series of a run that are here."""
        return {place: kept.held for place, kept in self._kept.items() if place[0] == run}

    def forget(self, run: str) -> None:
        """Let go of the series of a run."""
        for place in self.of_run(run):
            del self._kept[place]

    def tidy(self) -> None:
        """Let go of what there is no room for."""
        used = sum(kept.nbytes for kept in self._kept.values())
        while used > self._most_bytes and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            used -= gone.nbytes
        self.nbytes = used
