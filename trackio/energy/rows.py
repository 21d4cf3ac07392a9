"""One device's readings from any number of processes, as rows in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One row a moment; columns as in ``records.Readings``."""

    clock_ns: NDArray[np.int64]
    counter_mj: NDArray[np.int64]
    power_mw: NDArray[np.int64]
    utilization_percent: NDArray[np.float64]


def merged_rows(
    clock_ns: ArrayLike, counter_mj: ArrayLike, power_mw: ArrayLike, utilization_percent: ArrayLike
) -> Rows:
    """Rows in any order, those of one moment as one: a missing value, below 0, gives way, and the largest stands."""
    clock = np.asarray(clock_ns, np.int64)
    counter, power = np.asarray(counter_mj, np.int64), np.asarray(power_mw, np.int64)
    load = np.asarray(utilization_percent, np.float64)
    if not (clock[1:] > clock[:-1]).all():
        order = np.argsort(clock, kind="stable")
        clock, counter, power, load = clock[order], counter[order], power[order], load[order]
        firsts = np.flatnonzero(np.append(True, clock[1:] > clock[:-1]))
        clock = clock[firsts]
        counter, power = np.maximum.reduceat(counter, firsts), np.maximum.reduceat(power, firsts)
        load = np.fmax.reduceat(load, firsts)
    return Rows(clock, counter, power, load)
