"""Energy as an x-axis: how much a run had used when it logged each point; the twin of ``site/src/energy.js`` (pure)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from trackio.energy.curves import joules_at, known
from trackio.energy.statement import JOULES_PER_KWH
from trackio.records import Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trackio.energy.statement import Curve
    from trackio.records import RunSeries

NEAR_NS = 5_000_000_000
"""Points that were logged so long before the first reading or after the last one still belong to it."""


def along(one: RunSeries, curve: Curve | None) -> RunSeries:
    """The points of a series that lie in measured time, with the kWh used until each as their x-axis."""
    if curve is None or not len(curve.time_ns):
        return replace(one, axis=None)
    whole = one.series
    kept = is_measured(curve, whole.time_ns)
    series = Series(whole.row[kept], whole.step[kept], whole.time_ns[kept], whole.value[kept])
    kwh = joules_at(curve, series.time_ns) / JOULES_PER_KWH
    return replace(one, series=series, axis=Series(series.row, series.step, series.time_ns, kwh))


def is_measured(curve: Curve, time_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these moments lie in a stretch of which something is known, or near one."""
    found = np.zeros(len(time_ns), np.bool_)
    for start, end in known(curve).tolist():
        found |= (time_ns >= start - NEAR_NS) & (time_ns <= end + NEAR_NS)
    return found
