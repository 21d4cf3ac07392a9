"""Energy used so far over wall time: from pieces, of several devices together, at moments, as power."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trackio.energy import spans
from trackio.energy.pieces import Pieces
from trackio.energy.statement import Curve

Nanoseconds = NDArray[np.int64]
Floats = NDArray[np.float64]


def curve(pieces: Pieces, clock_ns: Nanoseconds, time_ns: Nanoseconds) -> Curve | None:
    """The curve of one device, from 0 to all it used; flat where nothing is known. None when nothing is.

    ``clock_ns`` and ``time_ns`` are what both clocks said at some moments, in any order: they tell the wall time.
    """
    if not len(pieces.joules) or not len(clock_ns):
        return None
    moments = np.stack((pieces.start_ns, pieces.end_ns), axis=1).ravel()
    wall = _wall(moments, clock_ns, time_ns)
    used = np.append(0.0, np.cumsum(pieces.joules))
    joules = np.stack((used[:-1], used[1:]), axis=1).ravel()
    is_new = np.append(True, moments[1:] > moments[:-1])
    return Curve(wall[is_new], joules[is_new], spans.union(wall[::2], wall[1::2]))


def add(curves: Sequence[Curve]) -> Curve | None:
    """The sum over the union of their knots; a curve is 0 before its first and stays at its total after its last."""
    if len(curves) < 2:
        return curves[0] if curves else None
    ordered = sorted(curves, key=lambda one: int(one.time_ns[0]))
    if all(one.time_ns[0] > before.time_ns[-1] for before, one in pairwise(ordered)):
        return _chained(ordered)
    time = curves[0].time_ns
    # Devices that were read together mostly have the same knots.
    if not all(np.array_equal(one.time_ns, time) for one in curves):
        time = np.unique(np.concatenate([one.time_ns for one in curves]))
    joules = np.zeros(len(time))
    for one in curves:
        joules += one.joules if np.array_equal(one.time_ns, time) else joules_at(one, time)
    edges = np.concatenate([known(one) for one in curves])
    return Curve(time, joules, spans.union(edges[:, 0], edges[:, 1]))


def _chained(curves: Sequence[Curve]) -> Curve:
    """The sum of curves of which each begins after the one before, as those of runs one after another: hundreds."""
    reached = np.cumsum([0.0, *(one.joules[-1] for one in curves[:-1])])
    return Curve(
        np.concatenate([one.time_ns for one in curves]),
        np.concatenate([one.joules + before for one, before in zip(curves, reached, strict=True)]),
        np.concatenate([known(one) for one in curves]),
    )


def joules_at(curve: Curve, time_ns: Nanoseconds) -> Floats:
    """What was used until each moment: 0 before the first knot, all of it after the last."""
    start = curve.time_ns[0]
    # Nanoseconds since 1970 have more digits than a float; since the start they do not.
    since = np.asarray(time_ns, np.int64) - start
    return np.asarray(np.interp(since, curve.time_ns - start, curve.joules))


def known(curve: Curve) -> Nanoseconds:
    """``(k, 2)``: the stretches of wall time of which something is known."""
    if curve.known_ns is not None:
        return curve.known_ns
    return spans.union(curve.time_ns[:1], curve.time_ns[-1:])


def mean_power(curve: Curve, bins: int) -> tuple[Nanoseconds, Floats]:
    """The middles of ``bins`` stretches of equal length, and the mean watts of each over the part that is known.

    NaN where nothing is known of a stretch; no stretches where the curve has no length.
    """
    start, length = curve.time_ns[0], int(curve.time_ns[-1] - curve.time_ns[0])
    if length <= 0 or bins < 1:
        return np.empty(0, np.int64), np.empty(0)
    edges = start + np.rint(np.linspace(0.0, float(length), bins + 1)).astype(np.int64)
    seconds = np.diff(spans.covered(known(curve), edges)) / 1e9
    joules = np.diff(joules_at(curve, edges))
    watts = np.divide(joules, seconds, out=np.full(bins, np.nan), where=seconds > 0)
    return edges[:-1] + np.diff(edges) // 2, watts


def reduced(curve: Curve, points: int) -> Curve:
    """The curve with at most ``points`` of its knots, and at least two: the first, the last and evenly between.

    The ends of what is known are kept too while they are no more than half of them.
    """
    count, points = len(curve.time_ns), max(2, points)
    if count <= points:
        return curve
    ends = np.searchsorted(curve.time_ns, known(curve).ravel())
    ends = ends if len(ends) <= points // 2 else ends[:0]
    evenly = np.rint(np.linspace(0, count - 1, max(2, points - len(ends)))).astype(np.intp)
    kept = np.union1d(evenly, ends)
    return Curve(curve.time_ns[kept], curve.joules[kept], curve.known_ns)


def side_by_side(pieces: Pieces) -> tuple[float, float] | None:
    """Joules by the counter and joules by power, over the stretches of which both are known; None without any."""
    both = pieces.is_covered & np.isfinite(pieces.power_joules)
    return (float(pieces.joules[both].sum()), float(pieces.power_joules[both].sum())) if both.any() else None


def _wall(moments: Nanoseconds, clock_ns: Nanoseconds, time_ns: Nanoseconds) -> Nanoseconds:
    """The wall time of moments of the monotonic clock, never falling, from what both clocks said.

    A wall clock that is set forward, or a machine that slept, makes the distance between the clocks grow, and so it is
    here. When it is set back, time would run twice: the distance is kept from falling, either by what it was before or
    by what it was after, whichever moves the readings less. So no stretch of time ever gets shorter than it was, and
    power never appears higher.
    """
    order = np.lexsort((time_ns, clock_ns))
    clock, time = clock_ns[order], time_ns[order]
    is_new = np.append(True, clock[1:] > clock[:-1])
    clock, time = clock[is_new], time[is_new]
    apart = time - clock
    later, earlier = np.maximum.accumulate(apart), np.minimum.accumulate(apart[::-1])[::-1]
    is_later_nearer = np.abs((later - apart).astype(np.float64)).sum() <= np.abs((apart - earlier).astype(float)).sum()
    apart = later if is_later_nearer else earlier
    inside = np.clip(moments, clock[0], clock[-1])
    grown = np.interp(inside - clock[0], clock - clock[0], apart - apart[0])
    return np.asarray(moments + apart[0] + np.rint(grown).astype(np.int64), np.int64)
