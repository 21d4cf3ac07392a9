"""One run read back: what is known of it, its values as arrays and as a DataFrame."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from trackio import references
from trackio.editable import Editable
from trackio.errors import UnknownMetric
from trackio.logged_energy import RunConsumption
from trackio.logged_files import RunFiles
from trackio.logged_names import Names
from trackio.records import MetricKind, MetricRecord, RunRecord, Series, Status
from trackio.store.points import FLOAT, INTEGER
from trackio.times import when

if TYPE_CHECKING:
    import altair as alt

    from trackio.frames import Point
    from trackio.store.project import ProjectStore

_TYPES = """
    SELECT metrics.name, types FROM metrics JOIN runs ON runs.num = metrics.run WHERE runs.id = ? AND metrics.kind = ?
"""
_EXACT = 2.0**53

CLOCK = ("_step", "_timestamp", "_runtime")
"""Columns that wandb adds to every row."""


@dataclass(frozen=True, slots=True)
class Report:
    """Markdown that a run logged under a name."""

    name: str
    step: int
    time_ns: int
    content: str


class Run(Editable, RunFiles, RunConsumption, Names):
    """One run, as it was when it was asked for; its values are read when they are asked for."""

    def __init__(self, store: ProjectStore, record: RunRecord) -> None:
        self._store = store
        self._take(record)

    @property
    def record(self) -> RunRecord:
        """Everything that is known of the run but its values."""
        return self._record

    @property
    def id(self) -> str:
        """The id, unique in the project."""
        return self._record.id

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

    @property
    def lastHistoryStep(self) -> int:  # noqa: N802 - wandb's name
        """The highest step; -1 before the first ``log()``, as wandb has it."""
        return -1 if self._record.last_step is None else self._record.last_step

    @property
    def sweep_id(self) -> str | None:
        """The sweep that made the run, if one did."""
        found = self._store.events(self.id, "sweep")
        return str(found[-1].get("id")) if found else None

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

    def history(
        self,
        metrics: int | str | Sequence[str] | None = None,
        keys: Sequence[str] | None = None,
        x_axis: str = "_step",
        pandas: bool = True,
        stream: str = "default",
        *,
        samples: int | None = None,
        kind: MetricKind = "metric",
    ) -> Any:
        """One row per ``log()`` call as a DataFrame: ``step``, ``timestamp`` and a column per metric.

        All metrics come when none is named. Types are kept exactly, as `trackio.frames.frame` describes. The last three
        columns are wandb's: ``_step``, ``_timestamp`` (seconds since the epoch) and ``_runtime`` (since the beginning).

        The other arguments are wandb's too: a number in the first place, or ``samples``, picks so many rows, evenly;
        ``keys`` gives the rows that have all of them, none for a run that lacks one; ``x_axis`` sorts;
        ``pandas=False`` gives a list of dicts; ``stream="system"`` is ``kind="system"``. Raises UnknownMetric.
        """
        from trackio.frames import evenly, frame, records, with_clock

        kind = "system" if stream in ("system", "events") else kind
        if isinstance(metrics, int):
            metrics, samples = None, metrics
        wanted = [metrics] if isinstance(metrics, str) else metrics
        own = [name for name in keys or () if name not in CLOCK]
        points = {} if self._lacks(own, kind) else self.points(wanted if keys is None else own, kind)
        found = frame({name: _opened(one) for name, one in points.items()})
        found = found.reindex(columns=[*found.columns, *(name for name in own if name not in points)])
        if own:
            found = found.dropna(subset=own)
        found = with_clock(found, self._record.created_ns)
        if x_axis != "_step":
            self._check([x_axis] if x_axis not in CLOCK else [], kind)
            found = found.sort_values(x_axis if x_axis in found else "_step", kind="stable")
        found = evenly(found, samples)
        return found if pandas else records(found)

    def scan_history(
        self,
        keys: Sequence[str] | None = None,
        page_size: int = 1000,
        min_step: int | None = None,
        max_step: int | None = None,
        use_cache: bool = True,
    ) -> Iterator[dict[str, Any]]:
        """The rows as dicts with ``_step``, ``_timestamp`` (seconds since the epoch), ``_runtime`` and their metrics.

        As wandb has it: with ``keys``, only rows that have all of them, and nothing else in them; steps from
        ``min_step`` to before ``max_step``. Rows are read as they are asked for, whatever ``page_size`` says.
        """
        del page_size, use_cache
        self._store.catch_up()
        wanted = None if keys is None else [name for name in keys if name not in CLOCK]
        if self._lacks(wanted or (), "metric"):
            return iter(())
        return self._scan(keys, wanted, min_step, max_step)

    def _scan(
        self, keys: Sequence[str] | None, wanted: Sequence[str] | None, min_step: int | None, max_step: int | None
    ) -> Iterator[dict[str, Any]]:
        for step, time_ns, values in self._store.rows(self.id):
            if (min_step is not None and step < min_step) or (max_step is not None and step >= max_step):
                continue
            if wanted is not None and not all(name in values for name in wanted):
                continue
            clock = dict(zip(CLOCK, (step, time_ns / 1e9, (time_ns - self._record.created_ns) / 1e9), strict=True))
            # The clock goes before metrics of its names, as rows of another run have them that were logged anew.
            row = {**clock, **{name: references.opened(value) for name, value in values.items()}, **clock}
            yield row if keys is None else {name: row[name] for name in keys}

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
        self._take(self._store.run(self.id))
        return self

    def load(self, force: bool = False) -> Run:  # noqa: ARG002 - wandb's
        """``refresh``, by wandb's name."""
        return self.refresh()

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

    def _lacks(self, names: Iterable[str], kind: MetricKind) -> bool:
        """Whether the run has not all of these; raises UnknownMetric for one that no run of the project has."""
        self._store.catch_up()
        logged = {metric.name for metric in self._store.metrics(self.id, kind)}
        missing = [name for name in names if name not in logged]
        if missing:
            known = {metric.name for metrics in self._store.metrics_by_run(kind).values() for metric in metrics}
            for name in missing:
                if name not in known:
                    raise UnknownMetric(name, sorted(known), f"project {self.project!r}")
        return bool(missing)

    def _check(self, names: Iterable[str], kind: MetricKind, known: Iterable[str] | None = None) -> None:
        logged = list(known if known is not None else (metric.name for metric in self._store.metrics(self.id, kind)))
        for name in names:
            if name not in logged:
                raise UnknownMetric(name, logged, f"run {self.name!r}")

    def __repr__(self) -> str:
        return f"Run({'/'.join(self.path)!r}, {self.name!r}, {self.status})"


def _opened(points: Series | list[Point]) -> Series | list[Point]:
    if isinstance(points, Series):
        return points
    return [(*place, references.opened(value)) for *place, value in points]


def _no_points() -> Series:
    """What a metric that only ever logged texts has."""
    import numpy as np

    none = np.empty(0, dtype=np.int64)
    return Series(row=none, step=none, time_ns=none, value=np.empty(0, dtype=np.float64))


def _markdown(value: object) -> str | None:
    if not isinstance(value, str) or references.MARKDOWN not in value:
        return None
    try:
        # Reports of earlier releases have spaces that references do not have.
        found = json.loads(value)
    except ValueError:
        return None
    is_markdown = isinstance(found, dict) and found.get("_type") == references.MARKDOWN
    return str(found.get("_value", "")) if is_markdown else None


def _is_narrow(metric: MetricRecord) -> bool:
    """Whether float64 holds the metric's integers exactly."""
    low, high = metric.minimum, metric.maximum
    return low is not None and high is not None and low > -_EXACT and high < _EXACT


def _as_integers(series: Series) -> Series:
    whole: Any = series.value.astype("int64")
    return replace(series, value=whole)
