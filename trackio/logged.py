"""One run read back: what is known of it, its values as arrays and as a DataFrame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from trackio.errors import UnknownMetric
from trackio.records import MetricKind, MetricRecord, RunRecord, Series, Status
from trackio.times import when

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from trackio.store.project import ProjectStore


class Run:
    """One run, as it was when it was asked for; its values are read when they are asked for."""

    def __init__(self, store: ProjectStore, record: RunRecord) -> None:
        self._store, self._record = store, record

    @property
    def record(self) -> RunRecord:
        """Everything that is known of the run but its values."""
        return self._record

    @property
    def id(self) -> str:
        """The id, unique in the project."""
        return self._record.id

    @property
    def name(self) -> str:
        """The name, which other runs may share."""
        return self._record.name

    @property
    def project(self) -> str:
        """The project's name."""
        return self._record.project

    @property
    def path(self) -> list[str]:
        """Project and id."""
        return [self.project, self.id]

    @property
    def group(self) -> str | None:
        """The group, for runs that belong together, such as the seeds of one setting."""
        return self._record.group

    @property
    def job_type(self) -> str | None:
        """What the run did, such as ``train`` or ``eval``."""
        return self._record.job_type

    @property
    def tags(self) -> list[str]:
        """The tags."""
        return list(self._record.tags)

    @property
    def notes(self) -> str | None:
        """Free text about the run."""
        return self._record.notes

    @property
    def config(self) -> dict[str, Any]:
        """The configuration."""
        return dict(self._record.config)

    @property
    def summary(self) -> dict[str, Any]:
        """The last value of every metric, overlaid with what the script set itself."""
        last = {metric.name: metric.last for metric in self._store.metrics(self.id)}
        return {**last, **self._record.summary}

    @property
    def status(self) -> Status:
        """``running``, ``finished``, ``failed`` (it ended in an error) or ``crashed`` (its process is gone)."""
        return self._record.status

    @property
    def state(self) -> Status:
        """Likewise, by wandb's name."""
        return self._record.status

    @property
    def last_step(self) -> int | None:
        """The highest step; None before the first ``log()``."""
        return self._record.last_step

    @property
    def num_logs(self) -> int:
        """How many ``log()`` calls left a row."""
        return self._record.row_count

    @property
    def created_at(self) -> datetime:
        """When it began, in UTC."""
        return when(self._record.created_ns)

    @property
    def updated_at(self) -> datetime:
        """When the last record of it arrived, in UTC."""
        return when(self._record.updated_ns)

    @property
    def finished_at(self) -> datetime | None:
        """When it ended, in UTC."""
        return None if self._record.finished_ns is None else when(self._record.finished_ns)

    def metrics(self) -> list[str]:
        """The names of the metrics, in order of first appearance."""
        return [metric.name for metric in self._known("metric")]

    def system_metrics(self) -> list[str]:
        """The names of what was sampled from the machine."""
        return [metric.name for metric in self._known("system")]

    def metric(self, name: str, kind: MetricKind = "metric") -> Series:
        """The numeric points of a metric as arrays, in order of arrival: ``row``, ``step``, ``time_ns``, ``value``.

        Texts are left out; ``history`` has them. Raises UnknownMetric.
        """
        self._store.catch_up()
        found = self._store.series(self.id, [name], kind)
        if name not in found:
            self._check([name], kind)
            return _no_points()
        return found[name]

    def history(self, metrics: str | Iterable[str] | None = None, *, kind: MetricKind = "metric") -> pd.DataFrame:
        """One row per ``log()`` call: ``step``, ``timestamp`` and a column per metric, all of them when none is named.

        Types are kept exactly, as `trackio.frames.frame` describes. Raises UnknownMetric.
        """
        from trackio.frames import frame

        self._store.catch_up()
        names = [metrics] if isinstance(metrics, str) else None if metrics is None else list(metrics)
        if names is None:
            names = [metric.name for metric in self._known(kind)]
        else:
            self._check(names, kind)
        return frame({name: self._store.values(self.id, name, kind) for name in names})

    def scan_history(self, keys: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """The rows as dicts with ``_step``, ``_timestamp`` (seconds since the epoch) and the metrics they have.

        As wandb has it: with ``keys``, only rows that have all of them.
        """
        names = self.metrics() if keys is None else list(keys)
        self._check(names, "metric")
        rows: dict[int, dict[str, Any]] = {}
        for name in names:
            for row, step, time_ns, value in self._store.values(self.id, name):
                rows.setdefault(row, {"_step": step, "_timestamp": time_ns / 1e9})[name] = value
        for row in sorted(rows):
            if keys is None or all(name in rows[row] for name in names):
                yield rows[row]

    def chart(self, metrics: str | Sequence[str], *, theme: str = "light", **parameters: Any) -> alt.Chart:
        """A chart of this run alone; the parameters are those of the project's ``chart``."""
        from trackio.drawing import draw

        return draw(self._store, metrics, {**parameters, "runs": [self.id]}, theme=theme)

    def refresh(self) -> Run:
        """The run as it is now."""
        self._store.catch_up()
        self._record = self._store.run(self.id)
        return self

    def fields(self) -> dict[str, Any]:
        """What `trackio.filters` chooses and orders by."""
        return {
            "name": self.name,
            "id": self.id,
            "group": self.group,
            "job_type": self.job_type,
            "state": self.status,
            "tags": self._record.tags,
            "notes": self.notes,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "duration": self._record.seconds,
            "config": self._record.config,
            "summary": self.summary,
        }

    def _known(self, kind: MetricKind) -> list[MetricRecord]:
        self._store.catch_up()
        return self._store.metrics(self.id, kind)

    def _check(self, names: Iterable[str], kind: MetricKind) -> None:
        known = [metric.name for metric in self._store.metrics(self.id, kind)]
        for name in names:
            if name not in known:
                raise UnknownMetric(name, known, f"run {self.name!r}")

    def __repr__(self) -> str:
        return f"Run({'/'.join(self.path)!r}, {self.name!r}, {self.status})"
