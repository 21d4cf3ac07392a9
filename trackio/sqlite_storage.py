"""``SQLiteStorage``: what callers of the original read back under this name, answered by the store."""

from __future__ import annotations

from typing import Any

from trackio import references
from trackio.errors import UnknownProject, UnknownRun
from trackio.records import AlertRecord, MetricKind, RunRecord
from trackio.store.home import Home
from trackio.store.project import ProjectStore
from trackio.times import iso, nanoseconds


class SQLiteStorage:
    """Reads only. A project or run that is not there answers with nothing, as the original does."""

    @staticmethod
    def get_projects() -> list[str]:
        """The names of all projects."""
        return Home().projects()

    @staticmethod
    def get_runs(project: str) -> list[str]:
        """The names of a project's runs, oldest first."""
        store = _store(project)
        return [] if store is None else [run.name for run in store.runs()]

    @staticmethod
    def get_logs(project: str, run: str, max_points: int | None = None) -> list[dict[str, Any]]:
        """Every row of a run, by its name or id: ``step``, ``timestamp`` and its metrics.

        With ``max_points``, about so many rows evenly apart, the last one among them.
        """
        rows = _rows(project, run, "metric")
        if max_points is None or max_points < 1 or len(rows) <= max_points:
            return rows
        apart = -(-len(rows) // max_points)
        return rows[:: -1 * apart][::-1]

    @staticmethod
    def get_system_logs(project: str, run: str) -> list[dict[str, Any]]:
        """Likewise what was sampled from the machine."""
        return _rows(project, run, "system")

    @staticmethod
    def get_run_config(project: str, run: str) -> dict[str, Any] | None:
        """The config of a run; None when there is no such run."""
        _, record = _run(project, run)
        return None if record is None else dict(record.config)

    @staticmethod
    def get_all_run_configs(project: str) -> dict[str, dict[str, Any]]:
        """The config of every run, by name."""
        store = _store(project)
        return {} if store is None else {run.name: dict(run.config) for run in store.runs()}

    @staticmethod
    def get_max_steps_for_runs(project: str) -> dict[str, int]:
        """The highest step of every run, by name."""
        store = _store(project)
        return {} if store is None else {run.name: run.last_step or 0 for run in store.runs()}

    @staticmethod
    def get_last_step(project: str, run: str) -> int | None:
        """The highest step of a run; None when it has none."""
        _, record = _run(project, run)
        return None if record is None else record.last_step

    @staticmethod
    def get_run_status(project: str, run: str) -> str | None:
        """``running``, ``finished``, ``failed`` or ``crashed``; None when there is no such run."""
        _, record = _run(project, run)
        return None if record is None else record.status

    @staticmethod
    def get_all_metrics_for_run(project: str, run: str) -> list[str]:
        """The names of a run's metrics."""
        store, record = _run(project, run)
        return [] if store is None or record is None else [metric.name for metric in store.metrics(record.id)]

    @staticmethod
    def get_metric_values(project: str, run: str, metric_name: str) -> list[dict[str, Any]]:
        """``step``, ``timestamp`` and ``value`` of every point of one metric."""
        store, record = _run(project, run)
        if store is None or record is None:
            return []
        return [
            {"step": step, "timestamp": iso(time_ns), "value": _decoded(value)}
            for _, step, time_ns, value in store.values(record.id, metric_name)
        ]

    @staticmethod
    def get_alerts(
        project: str, run_name: str | None = None, level: str | None = None, since: str | float | None = None
    ) -> list[dict[str, Any]]:
        """The alerts of a project, or of one run, newest first."""
        store, record = _run(project, run_name) if run_name is not None else (_store(project), None)
        if store is None or (run_name is not None and record is None):
            return []
        found = store.alerts(None if record is None else record.id)
        since_ns = 0 if since is None else nanoseconds(str(since))
        wanted = [
            one
            for one in found
            if one.time_ns // 1000 > since_ns // 1000 and (level is None or one.level == level.lower())
        ]
        return [_alert(one) for one in reversed(wanted)]


def _store(project: str) -> ProjectStore | None:
    try:
        store = Home().project(project)
    except UnknownProject:
        return None
    store.catch_up()
    return store


def _run(project: str, run: str) -> tuple[ProjectStore | None, RunRecord | None]:
    store = _store(project)
    if store is None:
        return None, None
    try:
        return store, store.run(run)
    except UnknownRun:
        return store, None


def _rows(project: str, run: str, kind: MetricKind) -> list[dict[str, Any]]:
    store, record = _run(project, run)
    if store is None or record is None:
        return []
    return [
        {"step": step, "timestamp": iso(time_ns), **{name: _decoded(value) for name, value in values.items()}}
        for step, time_ns, values in store.rows(record.id, kind)
    ]


def _decoded(value: Any) -> Any:
    """A logged medium as the object that its reference is."""
    reference = references.decode(value)
    return value if reference is None else reference


def _alert(one: AlertRecord) -> dict[str, Any]:
    return {
        "timestamp": iso(one.time_ns),
        "run": one.run_name,
        "title": one.title,
        "text": one.text,
        "level": one.level,
        "step": one.step,
        "data": one.data,
    }
