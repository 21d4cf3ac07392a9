"""Curves of energy as pages need them: short enough to travel, as power over time, as columns for the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trackio.energy.curves import known, mean_power, reduced
from trackio.energy.statement import JOULES_PER_KWH, Curve, DeviceEnergy, RunEnergy
from trackio.records import RunSeries, Series
from trackio.report.columns import encode
from trackio.report.figures import Member

METRIC = "watts"
"""What the series of power are called; their charts are titled *Power*."""

RUN_KNOTS, DEVICE_KNOTS = 1000, 400
"""How many knots of a curve travel to the process that draws: more than a picture has pixels to show."""

PROJECT_KNOTS, MOST_KNOTS, LEAST_KNOTS = 40_000, 400, 24
"""Knots of all runs together, and of each, that the browser loads when a reader asks for energy as the x-axis."""

BINS, PROJECT_BINS, LEAST_BINS = 200, 40_000, 40
"""Stretches of a curve of power, of all curves together, and of each at least."""


def short(energy: RunEnergy) -> RunEnergy:
    """The same with shorter curves."""
    return replace(
        energy,
        curve=None if energy.curve is None else reduced(energy.curve, RUN_KNOTS),
        devices=tuple(
            replace(one, curve=None if one.curve is None else reduced(one.curve, DEVICE_KNOTS))
            for one in energy.devices
        ),
    )


def columns(curves: Mapping[str, Curve], created_ns: Mapping[str, int]) -> dict[str, Any]:
    """The curves by run id, as ``site/src/energy.js`` reads them: milliseconds since the run's start, and kWh."""
    most = max(LEAST_KNOTS, min(MOST_KNOTS, PROJECT_KNOTS // max(1, len(curves))))
    return {run: _columns(reduced(curve, most), created_ns[run]) for run, curve in curves.items()}


def power(one: Member, curve: Curve, *, curves: int = 1, label: str = METRIC) -> RunSeries:
    """Mean power over time as a series of a chart that shows so many; NaN where nothing is known."""
    most = max(LEAST_BINS, min(BINS, PROJECT_BINS // max(1, curves)))
    # No finer than the readings.
    time_ns, watts = mean_power(curve, max(1, min(most, (len(curve.time_ns) - 1) // 2)))
    place = np.arange(len(time_ns), dtype=np.int64)
    series = Series(place, place, time_ns, watts)
    return RunSeries(one.id, one.name, one.group, one.order, one.created_ns, {}, label, series)


def counted(energy: RunEnergy) -> list[DeviceEnergy]:
    """The devices that are in the total and have a curve."""
    return [one for one in energy.devices if one.is_counted and one.curve is not None]


def _columns(curve: Curve, created_ns: int) -> dict[str, Any]:
    def since(time_ns: Any) -> Any:
        return encode(np.rint((time_ns - created_ns) / 1e6))

    found = {"time": since(curve.time_ns), "kwh": encode(curve.joules / JOULES_PER_KWH)}
    stretches = known(curve)
    return found if len(stretches) < 2 else found | {"known": since(stretches.ravel())}
