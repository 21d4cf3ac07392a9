"""How many values lie in each of a row of bins."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, isfinite, nextafter
from typing import Any

from trackio.errors import UsageError
from trackio.media.arrays import Held, hold, is_array
from trackio.media.base import Media, Place


class Histogram(Media):
    """The distribution of numbers; a heat map over the steps in the report.

    Takes a sequence or array of numbers of any shape and library, or what ``numpy.histogram`` gave as
    ``np_histogram``: counts, and edges of which there is one more. NaN and infinities are left out of the bins.
    """

    MAX_LENGTH = 512
    """The most bins."""

    def __init__(
        self,
        sequence: Iterable[Any] | None = None,
        np_histogram: tuple[Any, Any] | None = None,
        num_bins: int = 64,
    ) -> None:
        self._held: Held | None = None
        self._counted: tuple[list[float], list[float]] = ([], [])
        if np_histogram is not None:
            self._counted = _given(np_histogram)
        elif sequence is None:
            raise UsageError("Histogram takes numbers, or np_histogram=(counts, edges).")
        elif not 1 <= num_bins <= self.MAX_LENGTH:
            raise UsageError(f"num_bins={num_bins!r} is not a whole number from 1 to {self.MAX_LENGTH}.")
        else:
            self._held, self._num_bins = _hold(sequence), int(num_bins)

    @property
    def histogram(self) -> list[float]:
        """How many values lie in each bin."""
        return self._count()[0]

    @property
    def bins(self) -> list[float]:
        """The edges of the bins, one more than these."""
        return self._count()[1]

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return self._held.nbytes if self._held else 0

    def reference(self, place: Place) -> dict[str, Any]:  # noqa: ARG002 - it has no file
        """What stands in the row; a histogram has no file."""
        counts, edges = self._count()
        return {"_type": "trackio.histogram", "bins": edges, "values": counts}

    def __repr__(self) -> str:
        return f"Histogram({len(self.histogram)} bins from {self.bins[0]:g} to {self.bins[-1]:g})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return (self.histogram, self.bins) == (other.histogram, other.bins)

    __hash__ = None  # type: ignore[assignment]

    def _count(self) -> tuple[list[float], list[float]]:
        """Counts and edges; numbers are counted when first asked for, so that the caller need not wait."""
        held = self._held
        if held is not None:
            self._counted = _bins(held.host(), self._num_bins)
            self._held = None
        return self._counted


def _given(np_histogram: Any) -> tuple[list[float], list[float]]:
    """Counts and edges as numpy gives them."""
    try:
        counts, edges = (_numbers(part) for part in np_histogram)
    except (TypeError, ValueError) as error:
        raise UsageError(
            "np_histogram takes the pair that numpy.histogram() gave: (counts, edges), of finite numbers."
        ) from error
    if not 1 <= len(counts) <= Histogram.MAX_LENGTH:
        raise UsageError(f"A histogram has 1 to {Histogram.MAX_LENGTH} bins, not {len(counts)}.")
    if len(edges) != len(counts) + 1:
        raise UsageError(
            f"A histogram has one edge more than bins: {len(counts)} counts go with {len(counts) + 1} edges, "
            f"not {len(edges)}."
        )
    return counts, edges


def _numbers(values: Any) -> list[float]:
    found = hold(values).host().tolist()
    if not isinstance(found, list) or not all(isinstance(value, (int, float)) and isfinite(value) for value in found):
        raise ValueError
    return found


def _hold(sequence: Any) -> Held:
    if is_array(sequence):
        return hold(sequence)
    try:
        values = list(sequence)
    except TypeError as error:
        raise UsageError(f"Histogram takes a sequence of numbers, not {type(sequence).__name__}.") from error
    import numpy as np

    try:
        return hold(values)
    except UsageError:
        try:
            # Decimals, fractions, and whole numbers beyond 64 bits.
            return hold(np.array(values, np.float64))
        except (TypeError, ValueError) as error:
            raise UsageError("Histogram takes a sequence of numbers.") from error


def _bins(values: Any, num_bins: int) -> tuple[list[float], list[float]]:
    import numpy as np

    flat = values.astype(np.float64, copy=False).ravel()
    finite = flat[np.isfinite(flat)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if not isfinite(high - low):
        # The range is wider than floats go.
        counts, edges = np.histogram(finite / 4, bins=num_bins)
        return counts.tolist(), [low, *(edges[1:-1] * 4).tolist(), high]
    try:
        counts, edges = np.histogram(finite, bins=num_bins)
    except ValueError:
        # Neighbours among the floats have nothing between them: they stand in one bin.
        return [float(finite.size)], [nextafter(low, -inf), nextafter(high, inf)]
    return counts.tolist(), edges.tolist()
