"""The curve of one run in progress, smoothed and reduced as far as it came: the line that `trackio.lines.line` makes.

A look at a run of ten million points costs what was logged since the last one, a window of smoothing and a bucket.
"""

from __future__ import annotations

import numpy as np

from trackio import lines, series
from trackio.grammar import View
from trackio.lines import Line
from trackio.live.column import Column
from trackio.live.held import Held
from trackio.records import RunSeries
from trackio.series import Ema, Floats, Indices

MOST_WINDOWS = 8
"""So many windows of one curve are kept: what a few readers look at."""


class Curve:
    """x, smoothed and raw values of a run over steps or time."""

    def __init__(self, held: Held, one: RunSeries, axis: str, smoothing: float) -> None:
        self._held, self._one, self._axis, self._smoothing = held, one, axis, smoothing
        self.is_ordered = True
        """False once x went back; nothing is kept then, and lines are made from the whole."""
        self._restart()

    def _restart(self) -> None:
        none = np.empty(0)
        self._x, self._y = Column(none), Column(none)
        self._generation = self._held.generation
        self._ema = Ema(self._smoothing) if 0 < self._smoothing < 1 else None
        self._half = 0
        self._below = 0
        self._windows: dict[tuple[int, int, bool], _Window] = {}
        self.is_ordered = True

    @property
    def nbytes(self) -> int:
        """The memory it takes beside the series."""
        return self._x.nbytes + self._y.nbytes

    def line(self, view: View, budget: int) -> Line:
        """The line of a view over this curve's axis and smoothing; without name and colour."""
        self._grow()
        if not self.is_ordered:
            return lines.line([self._series()], view, self._axis, budget)
        x, y, raw = self._x.values, self._y.values, self._held.value.values if self._smoothing > 0 else None
        base = int(np.searchsorted(x, 0.0, "right")) if view.xscale == "log" else 0
        dropped = base
        if view.yscale == "log":
            dropped += int((y[base:] <= 0).sum()) if base else self._below
        start, stop, ahead = _cut(x, view, base)
        if start >= stop and (start == base or stop == len(x)):
            none = np.empty(0)
            return self._made(none, none, None if raw is None else none, (0, 0, 0), dropped)
        end = min(stop + 1, len(x))
        kept = self._kept(view, (base, ahead, end), budget)
        found = [None if one is None else _positive(one[kept], view) for one in (y, raw)]
        assert found[0] is not None  # noqa: S101 - narrows the type
        first, last = (int(np.searchsorted(kept, place)) for place in (start, stop))
        return self._made(x[kept], found[0], found[1], (first, last, stop - start), dropped)

    def _made(self, x: Floats, y: Floats, raw: Floats | None, places: tuple[int, int, int], dropped: int) -> Line:
        first, last, count = places
        members, metric = (self._one.run_id,), self._one.metric
        return Line("", "", lines.GREY, x, y, None, None, raw, count, members, metric, first, last, dropped)

    def _series(self) -> RunSeries:
        one = self._one
        return RunSeries(
            one.run_id,
            one.run_name,
            one.group,
            one.order,
            one.created_ns,
            one.config,
            one.metric,
            self._held.series,
        )

    def _grow(self) -> None:
        """Take in what was read since."""
        held = self._held
        if held.generation != self._generation or len(held) < len(self._x):
            self._restart()
        known = len(self._x)
        if len(held) == known or not self.is_ordered:
            return
        x = self._abscissa(slice(known, None))
        if (x[1:] < x[:-1]).any() or (known and x[0] < self._x.values[-1]):
            self.is_ordered = False
            self._x, self._y = Column(np.empty(0)), Column(np.empty(0))
            return
        self._x.extend(x)
        changed = self._smooth(known)
        self._below += int((self._y.values[changed:] <= 0).sum())
        for window in self._windows.values():
            window.changed(changed)

    def _abscissa(self, part: slice) -> Floats:
        held = self._held
        if self._axis == "step":
            return held.step.values[part].astype(np.float64)
        if self._axis == "time":
            return np.asarray(held.time_ns.values[part] / 1e6)
        return np.asarray((held.time_ns.values[part] - self._one.created_ns) / 1e9)

    def _smooth(self, known: int) -> int:
        """Bring y up to the raw values; says from where on it changed."""
        values = self._held.value.values
        if self._ema is not None:
            self._y.extend(self._ema.go_on(values[known:]))
            return known
        if self._smoothing <= 0:
            self._y.extend(values[known:])
            return known
        half = max(3, min(int(self._smoothing), len(values))) // 2
        start = max(0, known - half) if half == self._half else 0
        self._half = half
        first, smoothed = series.moving_average_from(values, int(self._smoothing), start)
        self._below -= int((self._y.values[first:] <= 0).sum())
        self._y.extend(smoothed, first)
        return first

    def _kept(self, view: View, span: tuple[int, int, int], budget: int) -> Indices:
        """The places that are drawn of a window; those of buckets that are as they were, are known already."""
        base, ahead, end = span
        curves = 1 + (self._smoothing > 0)
        if end - ahead <= budget:
            return np.arange(ahead, end, dtype=np.int64)
        size = series.bucket_size(end - ahead, max(1, budget // (2 * curves)))
        key = (ahead - base, size, view.yscale == "log")
        window = self._windows.pop(key, None) or _Window(base, ahead, size)
        # Back as the one used last; whoever looked long ago starts anew.
        self._windows[key] = window
        if len(self._windows) > MOST_WINDOWS:
            del self._windows[next(iter(self._windows))]
        raw = self._held.value.values if self._smoothing > 0 else None
        return window.kept([_Part(one, view) for one in (self._y.values, raw) if one is not None], end)


class _Part:
    """Values of which a stretch is asked for, as log axes see them."""

    def __init__(self, values: Floats, view: View) -> None:
        self._values, self._view = values, view

    def at(self, start: int, stop: int) -> Floats:
        return _positive(self._values[start:stop], self._view)


class _Window:
    """The places drawn of a stretch that begins at ``ahead``, by buckets of ``size`` points."""

    def __init__(self, base: int, ahead: int, size: int) -> None:
        self._base, self._ahead, self._size = base, ahead, size
        self._settled = ahead
        """All picks before it hold, as long as nothing before it changes."""
        self._picks: Indices = np.empty(0, np.int64)

    def changed(self, place: int) -> None:
        """Told that values from a place on are others now."""
        self._settle(place)

    def kept(self, parts: list[_Part], end: int) -> Indices:
        start = self._aligned(min(self._settled, end - 1))
        found = series.picks([part.at(start, end) for part in parts], self._size, start - self._base) + start
        if start > self._ahead:
            # The first point of a stretch is always picked; here it is one among others, unless its bucket has it.
            found = self._without_first(parts, start, end, found)
        known = self._picks[: int(np.searchsorted(self._picks, start))]
        whole = np.concatenate([known, found])
        self._picks, self._settled = whole, end
        # The bucket that is not full and the last point, which is always drawn.
        self._settle(end - 1)
        return whole

    def _without_first(self, parts: list[_Part], start: int, end: int, found: Indices) -> Indices:
        stop = min(start + self._size, end)
        curves = [part.at(start, stop) for part in parts]
        own = any(_is_pick(curve, is_first=place == 0) for place, curve in enumerate(curves))
        return found if own or end - 1 == start else found[1:]

    def _settle(self, place: int) -> None:
        self._settled = min(self._settled, self._aligned(place))

    def _aligned(self, place: int) -> int:
        """Where the bucket of a place begins."""
        return max(self._ahead, self._base + (place - self._base) // self._size * self._size)


def _is_pick(bucket: Floats, *, is_first: bool) -> bool:
    """Whether the first point of a bucket is drawn for its own sake."""
    finite = np.isfinite(bucket)
    if not finite[0]:
        return is_first
    values = bucket[finite]
    return bool(bucket[0] == values.min() or bucket[0] == values.max())


def _positive(values: Floats, view: View) -> Floats:
    return np.where(values > 0, values, np.nan) if view.yscale == "log" else values


def _cut(x: Floats, view: View, base: int) -> tuple[int, int, int]:
    """Where the inside of the window begins and ends, and its neighbour ahead."""
    start = base if view.xmin is None else max(base, int(np.searchsorted(x, view.xmin, "left")))
    stop = len(x) if view.xmax is None else max(base, int(np.searchsorted(x, view.xmax, "right")))
    return start, stop, max(base, start - 1)
