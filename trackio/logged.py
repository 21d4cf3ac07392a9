"""One run read back: what is known of it, its values as arrays and as a DataFrame."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from trackio.errors import UnknownMetric
from trackio.records import MetricKind, MetricRecord, RunRecord, Series, Status
from trackio.store.points import FLOAT, INTEGER
from trackio.times import when

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from trackio.frames import Point
    from trackio.store.project import ProjectStore

MARKDOWN = "trackio.markdown"
"""The ``_type`` of a logged text that is the JSON of a piece of Markdown; the Markdown itself is its ``_value``."""

_TYPES = """
    SELECT metrics.name, types FROM metrics JOIN runs ON runs.num = metrics.run WHERE runs.id = ? AND metrics.kind = ?
"""
_EXACT = 2.0**53


@dataclass(frozen=True, slots=True)
class Report:
    """Markdown that a run logged under a name."""

    name: str
    step: int
    time_ns: int
    content: str


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
        return dict(self._record.summary)

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
        return [metric.name for metric in self.metric_records("metric")]

    def system_metrics(self) -> list[str]:
        """The names of what was sampled from the machine."""
        return [metric.name for metric in self.metric_records("system")]

    def metric_records(self, kind: MetricKind = "metric") -> list[MetricRecord]:
        """Likewise with count, range and last value of each, which costs no reading of points."""
        self._store.catch_up()
        return self._store.metrics(self.id, kind)

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

    def points(
        self, names: Sequence[str] | None = None, kind: MetricKind = "metric"
    ) -> dict[str, Series | list[Point]]:
        """The points of the metrics named, or of all: as arrays where that loses nothing, else one by one.

        One by one come texts, truth values, integers that float64 cannot hold, and mixtures. A series of integers has
        an int64 ``value``. Raises UnknownMetric.
        """
        known = {metric.name: metric for metric in self.metric_records(kind)}
        wanted = list(known if names is None else dict.fromkeys(names))
        self._check(wanted, kind, known)
        _, rows = self._store.query(_TYPES, (self.id, kind))
        types = dict(rows)
        whole = {name for name in wanted if types[name] == INTEGER and _is_narrow(known[name])}
        arrays = self._store.series(self.id, [n for n in wanted if n in whole or types[n] == FLOAT], kind)
        return {
            name: (_as_integers(arrays[name]) if name in whole else arrays[name])
            if name in arrays
            else self._store.values(self.id, name, kind)
            for name in wanted
        }

    def history(self, metrics: str | Sequence[str] | None = None, *, kind: MetricKind = "metric") -> pd.DataFrame:
        """One row per ``log()`` call: ``step``, ``timestamp`` and a column per metric, all of them when none is named.

        Types are kept exactly, as `trackio.frames.frame` describes. Raises UnknownMetric.
        """
        from trackio.frames import frame

        return frame(self.points([metrics] if isinstance(metrics, str) else metrics, kind))

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
        wanted = set(names) if keys is not None else set()
        for row in sorted(rows):
            if wanted <= rows[row].keys():
                yield rows[row]

    def reports(self) -> list[Report]:
        """The Markdown that the run logged, in order of arrival."""
        self._store.catch_up()
        texts = [metric.name for metric in self._store.metrics(self.id) if not metric.is_numeric]
        found = [
            (row, Report(name, step, time_ns, content))
            for name in texts
            for row, step, time_ns, value in self._store.values(self.id, name)
            if (content := _markdown(value)) is not None
        ]
        return [report for _, report in sorted(found, key=lambda pair: pair[0])]

    def chart(self, metrics: str | Sequence[str], *, theme: str = "light", **parameters: Any) -> alt.LayerChart:
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

    def _check(self, names: Iterable[str], kind: MetricKind, known: Iterable[str] | None = None) -> None:
        logged = list(known if known is not None else (metric.name for metric in self._store.metrics(self.id, kind)))
        for name in names:
            if name not in logged:
                raise UnknownMetric(name, logged, f"run {self.name!r}")

    def __repr__(self) -> str:
        return f"Run({'/'.join(self.path)!r}, {self.name!r}, {self.status})"


def _no_points() -> Series:
    """What a metric that only ever logged texts has."""
    import numpy as np

    none = np.empty(0, dtype=np.int64)
    return Series(row=none, step=none, time_ns=none, value=np.empty(0, dtype=np.float64))


def _markdown(value: object) -> str | None:
    if not isinstance(value, str) or MARKDOWN not in value:
        return None
    try:
        found = json.loads(value)
    except ValueError:
        return None
    is_markdown = isinstance(found, dict) and found.get("_type") == MARKDOWN
    return str(found.get("_value", "")) if is_markdown else None


def _is_narrow(metric: MetricRecord) -> bool:
    """Whether float64 holds the metric's integers exactly."""
    low, high = metric.minimum, metric.maximum
    return low is not None and high is not None and low > -_EXACT and high < _EXACT


def _as_integers(series: Series) -> Series:
    whole: Any = series.value.astype("int64")
    return replace(series, value=whole)
