"""Smoothing, aggregation and reduction of curves: pure functions on arrays, the same as in ``site/src/series.js``.

Values that are not finite are never spread: they stay where they were logged and every mean leaves them out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxDownsampler

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

UNION_LIMIT = 1 << 26
"""Runs times positions that a mean is computed for, at most; beyond it every second (fourth, ...) is left out."""

_DOWNSAMPLER = MinMaxDownsampler()  # type: ignore[no-untyped-call]
# Two-sided 95 % quantiles of Student's t with 1 to 9 degrees of freedom; from 10 on a series does (see `student_t`).
_T95 = (
    12.7062047364,
    4.3026527297,
    3.1824463053,
    2.7764451052,
    2.5705818366,
    2.4469118511,
    2.3646242516,
    2.3060041352,
    2.2621571628,
)


class Aggregate(NamedTuple):
    """A mean over runs and its band, at ``x``; ``low`` and ``high`` are None for band ``none``."""

    x: Floats
    mean: Floats
    low: Floats | None
    high: Floats | None


def smooth(values: Floats, smoothing: float) -> Floats:
    """Smooth as the URL grammar says: 0 is the identity, below 1 an `ema`, from 1 on a `moving_average`."""
    if smoothing <= 0 or not len(values):
        return values
    return ema(values, smoothing) if smoothing < 1 else moving_average(values, int(smoothing))


def moving_average(values: Floats, window: int) -> Floats:
    """Smooth with a centred window of ``W = max(3, min(window, n))``: ``W // 2`` points either side, cut at the ends.

    NaN and infinities stay and count for nothing in the windows of their neighbours.
    """
    return moving_average_from(values, window, 0)[1]


def moving_average_from(values: Floats, window: int, start: int) -> tuple[int, Floats]:
    """The `moving_average` from about ``start`` on, to the last bit as the whole: where it begins, and its values."""
    whole, half = len(values), max(3, min(window, len(values))) // 2
    width = 2 * half + 1
    # Where a block of the whole begins.
    first = min(start, whole) // width * width
    before = min(half, first)
    values = values[first - before :]
    n, finite = len(values), np.isfinite(values)
    # A window is the tail of one block of `width` and the head of the next, so two running sums that restart at every
    # block give it in linear time, and nothing outside the window is ever added and taken away again: a spike of 1e30
    # costs its neighbours no digit.
    size = -(-(n - before + 2 * half) // width) * width
    padded, weights = np.zeros(size), np.zeros(size)
    padded[half - before : half - before + n] = np.where(finite, values, 0.0)
    weights[half - before : half - before + n] = finite
    count = n - before
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        means = _windows(padded, width)[:count] / _windows(weights, width)[:count]
    return first, np.asarray(np.where(finite[before:], means, values[before:]), dtype=np.float64)


def ema(values: Floats, weight: float) -> Floats:
    """Smooth with a bias-corrected exponential moving average: ``s = w*s + (1-w)*y``, divided by ``1 - w**k``.

    NaN and infinities stay and leave the average unchanged; ``k`` counts the finite values. ``weight`` lies in (0, 1).
    """
    return Ema(weight).go_on(values)


class Ema:
    """The `ema` of a series that grows: each stretch goes on where the one before ended."""

    def __init__(self, weight: float) -> None:
        self._weight, self._average, self._power = weight, 0.0, 1.0

    def go_on(self, values: Floats) -> Floats:
        """The smoothed values of the next stretch."""
        weight, gain = self._weight, 1.0 - self._weight
        average, power = self._average, self._power
        finite = np.isfinite(values)
        smoothed: list[float] = []
        for value in values[finite].tolist():
            average = weight * average + gain * value
            power *= weight
            smoothed.append(average / (1.0 - power))
        self._average, self._power = average, power
        result: Floats = values.copy()
        result[finite] = smoothed
        return result


def aggregate(curves: Sequence[tuple[Floats, Floats]], band: str = "minmax") -> Aggregate:
    """The mean of several curves over the union of their x, and a band: ``minmax``, ``std``, ``ci95`` or ``none``.

    Each curve is ``(x, y)`` with x ascending. A curve takes part from its first to its last finite point, interpolated
    linearly between and never beyond. Points of one curve at one x count as their mean.
    """
    merged = [curve for curve in (_merged(x, y) for x, y in curves) if len(curve[0])]
    if not merged:
        empty = np.empty(0)
        return Aggregate(empty, empty, None, None)
    grid = np.unique(np.concatenate([x for x, _ in merged]))
    while len(grid) * len(merged) > UNION_LIMIT:
        grid = grid[::2]
    n = len(grid)
    count, mean, squares = np.zeros(n), np.zeros(n), np.zeros(n)
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    for x, y in merged:
        start, stop = int(np.searchsorted(grid, x[0])), int(np.searchsorted(grid, x[-1], "right"))
        part = slice(start, stop)
        value = y if stop - start == len(x) and np.array_equal(grid[part], x) else np.interp(grid[part], x, y)
        # Welford's update: stable where the mean is large and the spread is small.
        count[part] += 1.0
        delta = value - mean[part]
        mean[part] += delta / count[part]
        squares[part] += delta * (value - mean[part])
        np.minimum(low[part], value, out=low[part])
        np.maximum(high[part], value, out=high[part])
    # Between two curves that do not overlap there may be a thinned position that none of them reaches.
    if not count.all():
        kept = count > 0
        grid, count, mean, squares, low, high = (a[kept] for a in (grid, count, mean, squares, low, high))
    if band == "none":
        return Aggregate(grid, mean, None, None)
    if band == "minmax":
        return Aggregate(grid, mean, low, high)
    spread = np.sqrt(squares / np.maximum(count - 1.0, 1.0))
    if band == "ci95":
        quantiles = np.array([student_t(k) for k in range(len(merged))])
        spread *= quantiles[count.astype(np.int64) - 1] / np.sqrt(count)
    return Aggregate(grid, mean, mean - spread, mean + spread)


def student_t(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t; 0 for no degree of freedom, where there is no spread to scale."""
    if freedom < 1:
        return 0.0
    if freedom <= len(_T95):
        return _T95[freedom - 1]
    # Abramowitz and Stegun 26.7.5, to the third term; off by less than 2e-4 from 10 degrees on.
    z = 1.959963984540054
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + g1 / freedom + g2 / freedom**2 + g3 / freedom**3


def bucket_size(count: int, buckets: int) -> int:
    """The smallest power of two that fits ``count`` points into ``buckets`` buckets.

    Growing series keep their buckets until the size doubles, and then every two merge: nothing is reshuffled.
    """
    return 1 << max(0, math.ceil(count / max(buckets, 1)) - 1).bit_length()


def reduce(curves: Sequence[Floats], budget: int, offset: int = 0) -> Indices:
    """The indices to draw of curves that share their x: about ``budget`` of them, ascending, with every extreme kept.

    Of each bucket of points that is the place of the smallest and of the largest value of each curve, and of the first
    value of the first curve that is not finite, so that gaps survive. The first and the last point are always there.
    ``offset`` is the place of the first point in the whole series: buckets are cut where the whole series has them, so
    that they stay while a reader pans.
    """
    n = len(curves[0])
    if n <= budget:
        return np.arange(n, dtype=np.int64)
    return picks(curves, bucket_size(n, max(1, budget // (2 * len(curves)))), offset)


def picks(curves: Sequence[Floats], size: int, offset: int = 0) -> Indices:
    """What `reduce` keeps, of buckets of this many points."""
    n = len(curves[0])
    lead = offset % size
    buckets = -(-(lead + n) // size)
    found = [np.array([0, n - 1])]
    for place, curve in enumerate(curves):
        finite = np.isfinite(curve)
        padded = np.full(buckets * size, np.nan)
        padded[lead : lead + n] = np.where(finite, curve, np.nan)
        # Over whole buckets of one size the downsampler's own cuts fall exactly between ours.
        extremes = _DOWNSAMPLER.downsample(padded, n_out=2 * buckets).astype(np.int64) - lead
        extremes = extremes[(extremes >= 0) & (extremes < n)]
        found.append(extremes[finite[extremes]])
        if place == 0 and not finite.all():
            gaps = np.flatnonzero(~finite)
            first = np.unique((gaps + lead) // size, return_index=True)[1]
            found.append(gaps[first])
    return np.unique(np.concatenate(found)).astype(np.int64)


def carried(rows: NDArray[np.int64], axis_rows: NDArray[np.int64], axis_values: Floats) -> Floats:
    """For each row the value another metric had in it, else its last one before; NaN before the first.

    Both ``rows`` ascend. Values that are not finite are passed over.
    """
    finite = np.isfinite(axis_values)
    axis_rows, axis_values = axis_rows[finite], axis_values[finite]
    if not len(axis_rows):
        return np.full(len(rows), np.nan)
    places = np.searchsorted(axis_rows, rows, "right") - 1
    return np.where(places >= 0, axis_values[np.maximum(places, 0)], np.nan)


def _windows(padded: Floats, width: int) -> Floats:
    """The sums of all windows of ``width``; ``padded`` is a whole number of blocks of that width."""
    blocks = padded.reshape(-1, width)
    heads = np.cumsum(blocks, axis=1).ravel()
    tails = np.cumsum(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    count = len(padded) - width + 1
    sums = tails[:count] + heads[width - 1 :]
    # A window that is a block of its own would count twice.
    sums[::width] = heads[width - 1 :: width]
    return np.asarray(sums, dtype=np.float64)


def _merged(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The finite points, those at one x as their mean."""
    kept = np.isfinite(y) & np.isfinite(x)
    x, y = x[kept], y[kept]
    if len(x) < 2 or (x[1:] > x[:-1]).all():
        return x, y
    starts = np.flatnonzero(np.concatenate(([True], x[1:] > x[:-1])))
    counts = np.diff(np.append(starts, len(x)))
    return x[starts], np.add.reduceat(y, starts) / counts
