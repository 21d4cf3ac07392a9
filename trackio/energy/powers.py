"""Energy by power: the stretches between readings of power that follow each other, integrated as trapezoids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trackio.energy.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Powers:
    """Stretches from one reading of power to the next, failed ones skipped."""

    first: NDArray[np.intp]
    """Rows at which they begin, and end."""
    last: NDArray[np.intp]
    joules: NDArray[np.float64]
    is_near: NDArray[np.bool_]
    """Whether the two readings are near enough to each other for the power between them to be known."""
    place: NDArray[np.intp]
    """For each row its place among those with power; -1 where it has none."""


def stretches(rows: Rows, max_gap_seconds: float) -> Powers:
    """All stretches of these rows."""
    found = np.flatnonzero(rows.power_mw >= 0)
    first, last = found[:-1], found[1:]
    gaps = rows.clock_ns[last] - rows.clock_ns[first]
    watts = rows.power_mw[found] / 1e3
    place = np.full(len(rows.clock_ns), -1, np.intp)
    place[found] = np.arange(len(found))
    # Half a nanosecond: what a float of seconds loses of the integer it stands for.
    is_near = gaps <= max_gap_seconds * 1e9 + 0.5
    return Powers(first, last, (watts[:-1] + watts[1:]) / 2 * (gaps / 1e9), is_near, place)


def between(powers: Powers, first: NDArray[np.intp], last: NDArray[np.intp]) -> NDArray[np.float64]:
    """The energy between pairs of rows; NaN where one of the two lacks power, or a stretch between them is too long."""
    joules = np.full(len(first), np.nan)
    start, stop = powers.place[first], powers.place[last]
    far = np.append(0, np.cumsum(~powers.is_near))
    known = np.flatnonzero((start >= 0) & (stop >= 0))
    known = known[far[start[known]] == far[stop[known]]]
    if len(known):
        # Sums from each start to its stop; those from a stop to the next start are passed over.
        bounds = np.stack((start[known], stop[known]), axis=1).ravel()
        joules[known] = np.add.reduceat(np.append(powers.joules, 0.0), bounds)[::2]
    return joules
