"""``list runs``, ``get run`` and ``list metrics``."""

from __future__ import annotations

from typing import Any

from trackio.documents.encoding import Document
from trackio.documents.points import opened
from trackio.documents.selecting import project_of, run_of
from trackio.logged import Run
from trackio.records import MetricKind, MetricRecord, Status
from trackio.store.home import Home
from trackio.times import iso

_BEFORE = frozenset({"id", "name", "num_logs", "last_step", "status"})
"""What ``get run`` has had in another place from the beginning."""


def runs(home: Home, *, project: str | None = None, group: str | None = None, status: Status | None = None) -> Document:
    """The runs of a project that fit, oldest first."""
    found = project_of(home, project)
    return {"project": found.name, "runs": [_entry(one) for one in found.runs(group=group, status=status)]}


def run(home: Home, *, project: str | None = None, run: str | None = None) -> Document:
    """State, config, summary and metrics of a run."""
    found = project_of(home, project)
    one = run_of(found, run)
    others = {name: value for name, value in _entry(one).items() if name not in _BEFORE}
    return {
        "project": found.name,
        "run": one.name,
        "id": one.id,
        "num_logs": one.num_logs,
        "last_step": one.last_step,
        "metrics": one.metrics(),
        "config": one.config,
        "summary": {name: opened(value) for name, value in one.summary.items()},
        "status": one.status,
        **others,
    }


def metrics(home: Home, *, project: str | None = None, run: str | None = None) -> Document:
    """The metrics of a run, with what is known of each, or the names of those of all runs."""
    return _metrics(home, project, run, "metric")


def system_metrics(home: Home, *, project: str | None = None, run: str | None = None) -> Document:
    """Likewise of what was sampled from the machine."""
    return _metrics(home, project, run, "system")


def _metrics(home: Home, project: str | None, run: str | None, kind: MetricKind) -> Document:
    found = project_of(home, project)
    if run is None:
        names = found.metrics() if kind == "metric" else found.system_metrics()
        return {"project": found.name, "run": None, "metrics": names}
    one = found.run(run)
    records = one.metric_records(kind)
    return {
        "project": found.name,
        "run": one.name,
        "metrics": [record.name for record in records],
        "details": [_known(record) for record in records],
    }


def _entry(run: Run) -> dict[str, Any]:
    record = run.record
    return {
        "id": run.id,
        "name": run.name,
        "group": run.group,
        "status": run.status,
        "last_step": run.last_step,
        "num_logs": run.num_logs,
        "job_type": run.job_type,
        "tags": run.tags,
        "notes": run.notes,
        "exit_code": record.exit_code,
        "created_at": iso(record.created_ns),
        "updated_at": iso(record.updated_ns),
        "finished_at": None if record.finished_ns is None else iso(record.finished_ns),
        "duration_seconds": record.seconds,
    }


def _known(metric: MetricRecord) -> dict[str, Any]:
    return {
        "name": metric.name,
        "points": metric.count,
        "last_step": metric.last_step,
        "last": opened(metric.last),
        "min": metric.minimum,
        "max": metric.maximum,
    }
