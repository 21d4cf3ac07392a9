"""A series that was read once and is read on from where it ended."""

from __future__ import annotations

from trackio.live.column import Column
from trackio.records import Series, Tail


class Held:
    """The numeric points of one metric of one run, as far as they were read."""

    def __init__(self, series: Series, count: int = 0) -> None:
        self.count = count
        """How many points the metric had, those of text included."""
        self.generation = 0
        """Grows whenever points before the end changed."""
        self._start(series)

    def _start(self, series: Series) -> None:
        self.row, self.step = Column(series.row), Column(series.step)
        self.time_ns, self.value = Column(series.time_ns), Column(series.value)

    def __len__(self) -> int:
        return len(self.row)

    @property
    def nbytes(self) -> int:
        """The memory it takes."""
        return self.row.nbytes + self.step.nbytes + self.time_ns.nbytes + self.value.nbytes

    @property
    def last_row(self) -> int:
        """The row of the last point; -1 without any."""
        return int(self.row.values[-1]) if len(self) else -1

    @property
    def series(self) -> Series:
        """The points so far, as views."""
        return Series(self.row.values, self.step.values, self.time_ns.values, self.value.values)

    def take(self, tail: Tail) -> bool:
        """Add what came after the last row; False where that is not all that changed, and the whole is to be read.

        A value that was long on its way stands in an earlier row, and text among numbers leaves no trace here: in both
        cases the numbers of points do not add up.
        """
        if tail.has_text or len(self) + len(tail.series) != tail.count:
            return tail.count == self.count and not len(tail.series)
        self.row.extend(tail.series.row)
        self.step.extend(tail.series.step)
        self.time_ns.extend(tail.series.time_ns)
        self.value.extend(tail.series.value)
        self.count = tail.count
        return True

    def replace(self, series: Series, count: int) -> None:
        """Take the whole series as it is now."""
        self._start(series)
        self.count = count
        self.generation += 1
