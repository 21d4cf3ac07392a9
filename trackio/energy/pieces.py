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

from trackio.energy import counters, powers, spans
from trackio.energy.counters import Counters, Limits
from trackio.energy.powers import Powers
from trackio.energy.records import Method, Session
from trackio.energy.rows import Rows, merged_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MAX_GAP_SECONDS = 5.0
"""Between readings further apart than this power is not known."""

METHODS: tuple[Method, ...] = ("counter", "power", "reset")

IDLE_PERCENT = 5.0
"""A device is idle whose utilization at the end of an interval is below this."""

COUNTER, POWER, RESET = range(len(METHODS))


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
    has_load: NDArray[np.bool_]
    """Whether utilization was read at the end, so that idle or not is known; only where covered."""
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
    power = powers.stretches(rows, max_gap_seconds)
    counted = counters.stretches(rows, power, Limits(power_limit_mw or 0, counter_range_mj or 0))
    is_linked, link_method = _linked(rows, power, counted)
    is_used = ~counted.is_left
    first = np.append(counted.first[is_used], power.first[is_linked])
    last = np.append(counted.last[is_used], power.last[is_linked])
    order = np.argsort(rows.clock_ns[first], kind="stable")
    first, last = first[order], last[order]
    joules = np.append(counted.joules[is_used], power.joules[is_linked])[order]
    method = np.append(np.where(counted.is_reset, RESET, COUNTER)[is_used], link_method[is_linked])[order]
    alone = np.full(np.count_nonzero(is_linked), np.nan)
    beside = np.append(counted.power_joules[is_used], alone)[order]
    covered = np.append(~counted.is_least[is_used], np.isnan(alone))[order]
    start, end = rows.clock_ns[first], rows.clock_ns[last]
    place, part_start, part_end = spans.cut(start, end, union)
    share = (part_end - part_start) / (end - start)[place]
    load = rows.utilization_percent[last]
    before = spans.covered(union, rows.clock_ns)
    counts = before[counted.last] > before[counted.first]
    return Pieces(
        start_ns=part_start,
        end_ns=part_end,
        joules=joules[place] * share,
        method=method[place].astype(np.int8),
        is_covered=covered[place],
        is_idle=(covered & (load < IDLE_PERCENT))[place],
        has_load=(covered & ~np.isnan(load))[place],
        power_joules=beside[place] * share,
        spans_ns=union,
        resets=int(np.count_nonzero(counted.is_reset & counts)),
        implausible=int(np.count_nonzero(counted.is_implausible & counts)),
        ambiguous=int(np.count_nonzero(counted.is_ambiguous & counts)),
    )


def _linked(rows: Rows, power: Powers, counted: Counters) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which stretches of power count, and as what: those that lie where no counter is used."""
    interval = np.searchsorted(counted.found, power.first, "right") - 1
    # Before the first counter (-1) and from the last one on there is no interval: both are the last place.
    is_open = np.append(counted.is_left, True)[interval]
    is_reset = np.append(counted.is_reset, False)[interval]
    ends = np.append(counted.found, len(rows.clock_ns))[interval + 1]
    return power.is_near & is_open & (power.last <= ends), np.where(is_reset, RESET, POWER)
