"""Alerts on their way to charts: read beside the series, placed on an x-axis, and as columns for the browser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from trackio.flags import Alert, gravity, placed
from trackio.lines import TIMES, axis_of
from trackio.records import Raised, RunSeries
from trackio.report import alerts, data
from trackio.report.chartjob import ChartJob
from trackio.report.columns import encode
from trackio.report.gather import Project, Run
from trackio.store.home import Home

TIP_LETTERS = 240
"""Of a text beside a mark."""


def read(jobs: Sequence[ChartJob]) -> Mapping[str, Raised]:
    """The alerts of the runs of some charts of one project, by run."""
    own = [job for job in jobs if job.has_alerts]
    return Home(own[0].home).project(own[0].project).raised() if own else {}


def of_job(job: ChartJob, raised: Mapping[str, Raised], series: Sequence[RunSeries]) -> list[Alert]:
    """What one chart marks, placed on its x-axis."""
    marks = alerts.of_chart(raised, {one.id: one.created_ns for one in job.members})
    return placed(marks, series, axis_of(series, job.view)) if marks else []


def files(project: Project) -> dict[str, bytes]:
    """The files of a project's alerts; none where there are none."""
    if not project.raised:
        return {}
    return {
        project.urls.alerts: data.document(alerts.document(project)),
        project.urls.alert_marks: data.script("alerts", {"alerts": of_runs(project.runs)}),
    }


def names(project: Project) -> tuple[str, ...]:
    """What `files` are called."""
    return (project.urls.alerts, project.urls.alert_marks) if project.raised else ()


def of_runs(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """The alerts of these runs as ``site/src/data.js`` reads them: columns, and each text once."""
    return [_columns(run, run.alerts) for run in runs if run.alerts is not None]


def places(marks: Sequence[Alert], axis: str) -> dict[str, Any]:
    """Where a chart marks alerts, by run, for a file that has no series to tell it by; nothing on steps and times."""
    if axis in TIMES:
        return {}
    found: dict[str, list[float]] = {}
    for one in marks:
        found.setdefault(one.run_id, []).append(one.x)
    return {"alerts": {run: encode(xs) for run, xs in found.items()}} if found else {}


def _columns(run: Run, raised: Raised) -> dict[str, Any]:
    marks = alerts.of_own(run)
    titles = {title: place for place, title in enumerate(dict.fromkeys(one.title for one in marks))}
    # The first text is that of alerts without one.
    said = [alerts.cleaned(one.text or "", TIP_LETTERS) for one in raised.newest]
    texts = {text: place for place, text in enumerate(dict.fromkeys(["", *said]))}
    return {
        "run": run.record.id,
        "name": run.record.name,
        "created_ms": run.record.created_ns / 1e6,
        "since": encode([one.since_ms for one in marks]),
        "step": encode([math.nan if one.step is None else one.step for one in marks]),
        "level": encode([gravity(one.level) for one in marks]),
        "title": encode([titles[one.title] for one in marks]),
        "text": encode([texts[text] for text in said]),
        "titles": list(titles),
        "texts": list(texts),
    }
