"""One device's readings as stretches of time in which energy is linear: what accounts and curves are made of.

1. Between two counters that follow each other, failed reads skipped, the energy is their difference, however long the
   gap. It is taken between integers: a counter of years has more digits than a float.
2. A counter that fell began again from 0: there the power is integrated, or the second counter is the least it was.
3. Where there is no counter the power is integrated.
4. Only what lies in the union of the sessions, and in the window, counts.
5. A counter that claims more than the device can draw is not believed: there the power is integrated.

Power is integrated as trapezoids between readings that follow each other, failed ones skipped, while they are at most
``max_gap_seconds`` apart. A stretch of time that has no piece is one of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trackio.energy import spans
from trackio.energy.records import Method, Session
from trackio.energy.rows import Rows, merged_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MAX_GAP_SECONDS = 5.0
"""Between readings further apart than this power is not known."""

METHODS: tuple[Method, ...] = ("counter", "power", "reset")

IDLE_PERCENT = 5.0
"""A device is idle whose utilization at the end of an interval is below this."""

MARGIN = 1.5
"""More than this times its power limit no device draws."""

COUNTER, POWER, RESET = range(len(METHODS))

_STEP_SECONDS = 1.0
# Counters move in steps of a tenth of a second or so, and two processes read them at moments of their own: over less
# than this no power can be told from a difference.


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Arrays of one length, ascending in time and without overlap, cut to the sessions and the window."""

    start_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    joules: NDArray[np.float64]
    method: NDArray[np.int8]
    """Places in ``METHODS``."""
    is_covered: NDArray[np.bool_]
    """False where ``joules`` is the least that it can have been."""
    is_idle: NDArray[np.bool_]
    """Only where covered."""
    power_joules: NDArray[np.float64]
    """Integrated power beside a counter's joules; NaN where power was not read often enough, or no counter was."""
    spans_ns: NDArray[np.int64]
    """``(k, 2)``: the union of the sessions, cut to the window."""
    resets: int
    implausible: int
    ambiguous: int


def device_pieces(
    clock_ns: ArrayLike,
    counter_mj: ArrayLike,
    power_mw: ArrayLike,
    utilization_percent: ArrayLike,
    sessions: Iterable[Session],
    *,
    max_gap_seconds: float = MAX_GAP_SECONDS,
    power_limit_mw: int | None = None,
    counter_range_mj: int | None = None,
    window_ns: tuple[int, int] | None = None,
) -> Pieces:
    """The pieces of one device; columns as in ``records.Readings``, of several processes one after the other."""
    rows = merged_rows(clock_ns, counter_mj, power_mw, utilization_percent)
    union = spans.of_sessions(sessions, window_ns)
    power = _power(rows, max_gap_seconds)
    read = _read(rows, power, power_limit_mw or 0, counter_range_mj or 0)
    is_linked, link_method = _linked(rows, power, read)
    is_piece = ~(read.is_integrated | read.is_implausible)
    first = np.append(read.first[is_piece], power.first[is_linked])
    last = np.append(read.last[is_piece], power.last[is_linked])
    order = np.argsort(rows.clock_ns[first], kind="stable")
    first, last = first[order], last[order]
    joules = np.append(read.joules[is_piece], power.joules[is_linked])[order]
    method = np.append(np.where(read.is_reset, RESET, COUNTER)[is_piece], link_method[is_linked])[order]
    alone = np.full(np.count_nonzero(is_linked), np.nan)
    beside = np.append(np.where(read.is_reset, np.nan, read.power_joules)[is_piece], alone)[order]
    covered = np.append(~read.is_least[is_piece], np.isnan(alone))[order]
    start, end = rows.clock_ns[first], rows.clock_ns[last]
    place, part_start, part_end = spans.cut(start, end, union)
    share = (part_end - part_start) / (end - start)[place]
    idle = covered & (rows.utilization_percent[last] < IDLE_PERCENT)

    before = spans.covered(union, rows.clock_ns)
    counts = before[read.last] > before[read.first]
    return Pieces(
        start_ns=part_start,
        end_ns=part_end,
        joules=joules[place] * share,
        method=method[place].astype(np.int8),
        is_covered=covered[place],
        is_idle=idle[place],
        power_joules=beside[place] * share,
        spans_ns=union,
        resets=int(np.count_nonzero(read.is_reset & counts)),
        implausible=int(np.count_nonzero(read.is_implausible & counts)),
        ambiguous=int(np.count_nonzero(read.is_ambiguous & counts)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Power:
    """Stretches between readings of power that follow each other."""

    first: NDArray[np.intp]
    """Rows at which they begin, and end."""
    last: NDArray[np.intp]
    joules: NDArray[np.float64]
    is_near: NDArray[np.bool_]
    """Whether the two are near enough to each other to be integrated."""
    place: NDArray[np.intp]
    """For each row its place among those with power; -1 where it has none."""


def _power(rows: Rows, max_gap_seconds: float) -> _Power:
    found = np.flatnonzero(rows.power_mw >= 0)
    first, last = found[:-1], found[1:]
    gaps = rows.clock_ns[last] - rows.clock_ns[first]
    watts = rows.power_mw[found] / 1e3
    place = np.full(len(rows.clock_ns), -1, np.intp)
    place[found] = np.arange(len(found))
    # Half a nanosecond: what a float of seconds loses of the integer it stands for.
    is_near = gaps <= max_gap_seconds * 1e9 + 0.5
    return _Power(first, last, (watts[:-1] + watts[1:]) / 2 * (gaps / 1e9), is_near, place)


def _integrated(power: _Power, first: NDArray[np.intp], last: NDArray[np.intp]) -> NDArray[np.float64]:
    """The energy by power between pairs of rows; NaN where one of them lacks power or a gap between is too long."""
    joules = np.full(len(first), np.nan)
    start, stop = power.place[first], power.place[last]
    far = np.append(0, np.cumsum(~power.is_near))
    known = np.flatnonzero((start >= 0) & (stop >= 0))
    known = known[far[start[known]] == far[stop[known]]]
    if len(known):
        # Sums from each start to its stop; those from a stop to the next start are passed over.
        bounds = np.stack((start[known], stop[known]), axis=1).ravel()
        joules[known] = np.add.reduceat(np.append(power.joules, 0.0), bounds)[::2]
    return joules


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """Stretches between counters that follow each other, and what is to be made of them."""

    found: NDArray[np.intp]
    """Rows that have a counter."""
    first: NDArray[np.intp]
    """Rows at which they begin, and end."""
    last: NDArray[np.intp]
    joules: NDArray[np.float64]
    power_joules: NDArray[np.float64]
    is_reset: NDArray[np.bool_]
    is_integrated: NDArray[np.bool_]
    """A reset whose power is known."""
    is_implausible: NDArray[np.bool_]
    is_ambiguous: NDArray[np.bool_]
    is_least: NDArray[np.bool_]


def _read(rows: Rows, power: _Power, limit_mw: int, range_mj: int) -> _Read:
    found = np.flatnonzero(rows.counter_mj >= 0)
    first, last = found[:-1], found[1:]
    seconds = (rows.clock_ns[last] - rows.clock_ns[first]) / 1e9
    used = rows.counter_mj[last] - rows.counter_mj[first]
    if range_mj > 0:
        used = np.where((used < 0) & (used >= -range_mj), used + range_mj, used)
    is_reset = used < 0
    used = np.where(is_reset, rows.counter_mj[last], used)
    by_power = _integrated(power, first, last)
    is_integrated = is_reset & np.isfinite(by_power)
    none = np.zeros(len(used), np.bool_)
    is_implausible = is_ambiguous = none
    if limit_mw > 0:
        is_implausible = ~is_integrated & (used > MARGIN * limit_mw * np.maximum(seconds, _STEP_SECONDS))
        if range_mj > 0:
            # One wrap more than the counters tell would be possible too.
            is_ambiguous = ~(is_reset | is_implausible) & (used + float(range_mj) <= MARGIN * limit_mw * seconds)
    return _Read(
        found=found,
        first=first,
        last=last,
        joules=used / 1e3,
        power_joules=by_power,
        is_reset=is_reset,
        is_integrated=is_integrated,
        is_implausible=is_implausible,
        is_ambiguous=is_ambiguous,
        is_least=is_reset | is_ambiguous,
    )


def _linked(rows: Rows, power: _Power, read: _Read) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which stretches of power count, and as what: those that lie where no counter is believed."""
    interval = np.searchsorted(read.found, power.first, "right") - 1
    # Before the first counter (-1) and from the last on there is none: both are the last place.
    is_open = np.append(read.is_integrated | read.is_implausible, True)[interval]
    ends = np.append(read.found, len(rows.clock_ns))[interval + 1]
    method = np.where(np.append(read.is_integrated, False)[interval], RESET, POWER)
    return power.is_near & is_open & (power.last <= ends), method
