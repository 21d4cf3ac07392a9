"""Frozen records that travel between the rooms; no behaviour beyond what follows from their own fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Scalar: TypeAlias = float | int | bool | str
Status: TypeAlias = Literal["running", "finished", "failed", "crashed"]
MetricKind: TypeAlias = Literal["metric", "system"]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as the store knows it. Times are nanoseconds since the epoch."""

    project: str
    id: str
    name: str
    group: str | None
    job_type: str | None
    tags: tuple[str, ...]
    notes: str | None
    config: Mapping[str, Any]
    summary: Mapping[str, Any]
    """What the script set itself, over the last value of every metric."""
    status: Status
    exit_code: int | None
    created_ns: int
    updated_ns: int
    """The time of the last record that arrived."""
    finished_ns: int | None
    row_count: int
    """How many ``log()`` calls left a row."""
    last_step: int | None
    revision: int
    """Grows with every change to the run; equal revisions mean equal data, but for energy of the last ten seconds."""
    order: int
    """0 for the first run of the project, then 1, 2, ...; steady, so colours hang on it."""

    @property
    def seconds(self) -> float:
        """From creation to the end, or to the last record when there is no end."""
        return ((self.finished_ns or self.updated_ns) - self.created_ns) / 1e9


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """What is known of one metric of one run without reading its points."""

    name: str
    kind: MetricKind
    count: int
    first_step: int | None
    last_step: int | None
    last: Scalar | None
    minimum: float | None
    """Smallest finite value; None when there is none."""
    maximum: float | None
    is_numeric: bool
    """False when only strings were logged under the name."""


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """What a run said of a metric, or of all metrics whose names begin alike, with ``define_metric``."""

    name: str
    """A metric, or the beginning of names followed by ``*``."""
    step_metric: str | None = None
    """The metric that its charts have as x-axis."""
    step_sync: bool = False
    """Whether rows without the step metric take its last value."""
    hidden: bool = False
    """Whether it is left out of charts."""
    summary: tuple[str, ...] = ()
    """What is kept of it in the summary; empty for its last value."""
    goal: str | None = None
    """``minimize`` or ``maximize``."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The numeric points of one metric of one run, in order of arrival; four arrays of one length.

    ``row`` counts the ``log()`` calls of the run from 0: values logged together share it.
    NaN and infinities stand as logged.
    """

    row: NDArray[np.int64]
    step: NDArray[np.int64]
    time_ns: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """What a metric has logged after some row."""

    count: int
    """How many points it has in all, those of text included."""
    has_text: bool
    """Whether there is text among them."""
    series: Series


@dataclass(frozen=True, slots=True)
class RunSeries:
    """A run's identity beside one of its series: what charts are made of."""

    run_id: str
    run_name: str
    group: str | None
    order: int
    created_ns: int
    config: Mapping[str, Any]
    metric: str
    series: Series
    axis: Series | None = field(default=None)
    """The series of the metric chosen as x-axis, when one is."""

    @classmethod
    def of(cls, record: RunRecord, metric: str, series: Series, axis: Series | None = None) -> RunSeries:
        """A series of a run."""
        return cls(
            run_id=record.id,
            run_name=record.name,
            group=record.group,
            order=record.order,
            created_ns=record.created_ns,
            config=record.config,
            metric=metric,
            series=series,
            axis=axis,
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of a project since one of its revisions."""

    database: str
    """Tells a database from another that took its place."""
    revision: int
    """The revision now."""
    run_count: int
    runs: tuple[str, ...]
    """The ids of the runs that are new or changed, oldest first."""
    alerts: tuple[int, int] = (0, 0)
    """The number of the last alert, and how many there are: another pair when any came or went."""


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """One alert that a run raised."""

    run_id: str
    run_name: str
    time_ns: int
    level: str
    title: str
    text: str | None
    step: int | None
    data: Any
    """Whatever JSON value was passed along."""
    num: int = 0
    """Grows with each alert of the project in the order in which they come in, which may be long after their time."""


@dataclass(frozen=True, slots=True)
class Raised:
    """The alerts of one run, as many as can be shown."""

    counts: Mapping[str, int]
    """How many there are, by level in small letters."""
    newest: tuple[AlertRecord, ...]
    """Oldest first, with levels in small letters and long texts cut."""

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ArtifactRecord:
    """One version of an artifact as the store knows it, in the collection that it was found in."""

    num: int
    """What its aliases and uses are kept by."""
    collection: str
    version: int
    source: str
    """The collection that it was logged to; another one than ``collection`` where that only links to it."""
    source_version: int
    type: str
    digest: str
    manifest: str
    """The name of the stored file that lists what it holds."""
    size: int
    """Of all files and references together, in bytes."""
    file_count: int
    description: str | None
    metadata: Mapping[str, Any]
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    """Those in ``collection``, sorted."""
    step: int | None
    """The step that its run had come to."""
    created_ns: int
    updated_ns: int
    added_ns: int
    """When it came into ``collection``."""
    run_id: str | None
    """The run that logged it; None when that was deleted."""

    @property
    def is_link(self) -> bool:
        """Whether the collection only links to it."""
        return self.collection != self.source


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file that a run saved."""

    name: str
    """Its path among the files of the run, with ``/``."""
    file: str
    """The name of the stored file that has its content."""
    size: int
    mtime_ns: int
    """When its content was last changed."""
    time_ns: int
    """When it was saved."""
