"""How many values lie in each of a row of bins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, isfinite, nextafter
from typing import TYPE_CHECKING, Any

from trackio.errors import UsageError
from trackio.media.base import Media, Place

if TYPE_CHECKING:
    import numpy as np


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
        if np_histogram is not None:
            try:
                counts, edges = np_histogram
                self.histogram, self.bins = _numbers(counts), _numbers(edges)
            except (TypeError, ValueError) as error:
                raise UsageError(
                    "np_histogram takes the pair that numpy.histogram() gave: (counts, edges), of finite numbers."
                ) from error
        else:
            if sequence is None:
                raise UsageError("Histogram takes numbers, or np_histogram=(counts, edges).")
            self.histogram, self.bins = _count(sequence, num_bins)
        if not 1 <= len(self.histogram) <= self.MAX_LENGTH:
            raise UsageError(f"A histogram has 1 to {self.MAX_LENGTH} bins, not {len(self.histogram)}.")
        if len(self.bins) != len(self.histogram) + 1:
            raise UsageError(
                f"A histogram has one edge more than bins: {len(self.histogram)} counts go with "
                f"{len(self.histogram) + 1} edges, not {len(self.bins)}."
            )

    def reference(self, place: Place) -> dict[str, Any]:  # noqa: ARG002 - it has no file
        """What stands in the row; a histogram has no file."""
        return {"_type": "trackio.histogram", "bins": self.bins, "values": self.histogram}

    def __repr__(self) -> str:
        return f"Histogram({len(self.histogram)} bins from {self.bins[0]:g} to {self.bins[-1]:g})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return (self.histogram, self.bins) == (other.histogram, other.bins)

    __hash__ = None  # type: ignore[assignment]


def _numbers(values: Any) -> list[float]:
    found = _array(values).tolist()
    if not isinstance(found, list) or not all(isinstance(value, (int, float)) and isfinite(value) for value in found):
        raise ValueError
    return found


def _count(sequence: Any, num_bins: int) -> tuple[list[float], list[float]]:
    import numpy as np

    if not 1 <= num_bins <= Histogram.MAX_LENGTH:
        raise UsageError(f"num_bins={num_bins!r} is not a whole number from 1 to {Histogram.MAX_LENGTH}.")
    try:
        values = _array(sequence)
        if values.dtype.kind not in "biufOV":
            raise TypeError
        values = values.astype(np.float64, copy=False).ravel()
    except (TypeError, ValueError) as error:
        raise UsageError("Histogram takes a sequence of numbers.") from error
    finite = values[np.isfinite(values)]
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


def _array(values: Any) -> np.ndarray[Any, Any]:
    import numpy as np

    if hasattr(values, "detach"):
        # torch's; it may have a gradient, a device, or a type that numpy lacks.
        values = values.detach().cpu()
        if values.is_floating_point():
            values = values.double()
    if not hasattr(values, "__array__") and not isinstance(values, Sequence):
        values = list(values)
    return np.asarray(values)
