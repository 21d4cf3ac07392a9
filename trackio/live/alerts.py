"""The alerts that charts of a live page mark, with their places where steps and times do not tell these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trackio.energy.axis import along
from trackio.flags import placed
from trackio.lines import KWH, TIMES
from trackio.live.project import LiveProject
from trackio.records import RunRecord, RunSeries, Series
from trackio.report import alertdata, alerts
from trackio.report.columns import encode
from trackio.report.gather import Run


def document(project: LiveProject, axis: str, run: str | None = None) -> list[dict[str, Any]]:
    """The alerts as columns, by run, as the file ``data/project.alerts.js`` of a report has them.

    Over a metric or kWh each has ``x`` besides. ``run`` is the id of the only one that is asked for.
    """
    raised = project.raised()
    records = [record for record in project.runs.values() if record.id in raised and run in (None, record.id)]
    own = [Run(record, "", (), alerts=raised[record.id]) for record in sorted(records, key=lambda one: one.order)]
    columns = alertdata.of_runs(own)
    if axis not in TIMES:
        for one, found in zip(own, columns, strict=True):
            marks = placed(alerts.of_own(one), _along(project, one.record, axis), axis)
            found["x"] = encode([mark.x for mark in marks])
    return columns


def _along(project: LiveProject, record: RunRecord, axis: str) -> Sequence[RunSeries]:
    """The run with the x-axis beside it, if it has that."""
    logged = project.metrics[record.id]
    if ("metric", axis) in logged:
        series = project.kept((record.id, "metric", axis)).held.series
        return [RunSeries.of(record, "", _NOTHING, series)]
    curve = project.energy(record.id) if axis == KWH else None
    longest = max(logged.values(), key=lambda one: one.count * one.is_numeric, default=None)
    if curve is None or longest is None:
        return ()
    series = project.kept((record.id, longest.kind, longest.name)).held.series
    return [along(RunSeries.of(record, "", series), curve)]


_NONE = np.empty(0, np.int64)
_NOTHING = Series(_NONE, _NONE, _NONE, np.empty(0))
