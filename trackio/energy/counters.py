"""Energy by counter: the stretches between counters that follow each other, and which of them to believe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trackio.energy import powers
from trackio.energy.powers import Powers
from trackio.energy.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN = 1.5
"""More than this times its power limit no device draws."""

_STEP_SECONDS = 1.0
# Counters move in steps of a tenth of a second or so, and two processes read them at moments of their own: over less
# than this a difference says nothing about power.
_LATE_SECONDS = 5.0
# How long a process may be held up between noting the moment and reading the counter.


@dataclass(frozen=True, slots=True)
class Limits:
    """What is known of a device beside its readings; 0 where it is not."""

    power_mw: int = 0
    range_mj: int = 0
    """Where the counter wraps."""


@dataclass(frozen=True, slots=True, eq=False)
class Counters:
    """Stretches from one counter to the next, failed reads skipped."""

    found: NDArray[np.intp]
    """Rows whose counter is used."""
    first: NDArray[np.intp]
    """Rows at which the stretches begin, and end."""
    last: NDArray[np.intp]
    joules: NDArray[np.float64]
    power_joules: NDArray[np.float64]
    """By power, NaN where that is not known throughout."""
    is_reset: NDArray[np.bool_]
    is_implausible: NDArray[np.bool_]
    """The counter claims more than the device can draw."""
    is_ambiguous: NDArray[np.bool_]
    """The counter may have wrapped once more than it tells."""
    is_left: NDArray[np.bool_]
    """Power is to be used instead."""
    is_least: NDArray[np.bool_]
    """``joules`` is the least that it can have been."""


def stretches(rows: Rows, power: Powers, limits: Limits) -> Counters:
    """All stretches of these rows. Differences are taken between integers: counters have more digits than floats."""
    found = _in_order(rows, limits)
    first, last = found[:-1], found[1:]
    seconds = (rows.clock_ns[last] - rows.clock_ns[first]) / 1e9
    used, is_reset = _used(rows.counter_mj[first], rows.counter_mj[last], limits)
    by_power = powers.between(power, first, last)
    is_integrated = is_reset & np.isfinite(by_power)
    is_implausible = ~is_integrated & _is_too_much(used, seconds, limits)
    is_ambiguous = np.zeros(len(used), np.bool_)
    if limits.power_mw > 0 and limits.range_mj > 0:
        is_ambiguous = ~is_reset & (used + float(limits.range_mj) <= MARGIN * limits.power_mw * seconds)
    return Counters(
        found=found,
        first=first,
        last=last,
        joules=used / 1e3,
        power_joules=by_power,
        is_reset=is_reset,
        is_implausible=is_implausible,
        is_ambiguous=is_ambiguous,
        is_left=is_integrated | is_implausible,
        is_least=is_reset | is_ambiguous,
    )


def _used(
    before: NDArray[np.int64], after: NDArray[np.int64], limits: Limits
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The least millijoules that lie between counters, and whether the second one began again from 0."""
    used = after - before
    if limits.range_mj > 0:
        used = np.where(used < 0, used + limits.range_mj, used)
    is_reset = used < 0
    return np.where(is_reset, after, used), is_reset


def _is_too_much(used: NDArray[np.int64], seconds: NDArray[np.float64], limits: Limits) -> NDArray[np.bool_]:
    if limits.power_mw <= 0:
        return np.zeros(len(used), np.bool_)
    return used > MARGIN * limits.power_mw * np.maximum(seconds, _STEP_SECONDS)


def _in_order(rows: Rows, limits: Limits) -> NDArray[np.intp]:
    """The rows with a counter, without those that were overtaken.

    Processes that share a device note the moment and then read. When one of them is held up in between, its counter is
    newer than its moment, and the next of another process may be lower: that is no reset, which would bill what was
    billed already. A counter counts as overtaken where the device cannot have drawn that much since a start from 0 and
    the fall is no more than what it can draw while a process is late; in a counter that wraps and whose device has no
    known limit, where the fall is the shorter way around.
    """
    found = np.flatnonzero(rows.counter_mj >= 0)
    counter, clock = rows.counter_mj[found], rows.clock_ns[found]
    fall = counter[:-1] - counter[1:]
    if not (fall > 0).any():
        return found
    seconds = np.diff(clock) / 1e9
    if limits.power_mw > 0:
        used, _ = _used(counter[:-1], counter[1:], limits)
        is_late = _is_too_much(used, seconds, limits) & (fall <= MARGIN * limits.power_mw * _LATE_SECONDS)
    else:
        is_late = (fall < limits.range_mj / 2) & (seconds <= _LATE_SECONDS)
    # The highest counter so far, from each restart anew: of places by size, so that one running maximum does for all.
    restart = np.append(0, np.cumsum((fall > 0) & ~is_late)) * len(found)
    by_size = np.argsort(counter, kind="stable")
    size = np.empty(len(found), np.int64)
    size[by_size] = np.arange(len(found))
    highest = by_size[np.maximum.accumulate(restart + size) - restart]
    kept: NDArray[np.intp] = found[counter >= counter[highest]]
    return kept
