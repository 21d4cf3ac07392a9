"""Everything that pages are planned from, read once: projects, runs and what is known of their metrics (no points)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from trackio import definitions, grammar
from trackio.energy import assumptions
from trackio.energy.statement import Assumptions
from trackio.errors import UnknownMetric, UnknownProject, UnknownRun
from trackio.lines import KWH, groups_of
from trackio.records import MetricDefinition, MetricRecord, Raised, RunRecord
from trackio.report import slugs, urls
from trackio.report.media.found import Found, find
from trackio.report.snapshots import numbers
from trackio.store.home import Home
from trackio.store.project import ProjectStore

Target: TypeAlias = tuple[str, float]
"""A metric, and the value up to which energy is told."""

ENERGY_TARGET = "energy_target"
"""The setting of a project that holds a metric's name and a value."""

Definitions: TypeAlias = Mapping[str, Sequence[MetricDefinition]]
"""What each run said of its metrics, by its id."""

Find: TypeAlias = Callable[[ProjectStore], Mapping[str, Sequence[Found]]]
"""What looks for the media of every run, by its id; slugs are still empty."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a report is about; empty means all. Runs and metrics are names, exact or with ``*``."""

    projects: Sequence[str] = ()
    runs: Sequence[str] = ()
    metrics: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A run and its metrics."""

    record: RunRecord
    slug: str
    metrics: tuple[MetricRecord, ...]
    """Of both kinds, also those without numbers."""
    media: tuple[Found, ...] = ()
    """By name, in the order logged."""
    alerts: Raised | None = None
    """None where it raised none."""

    def numeric(self, kind: str) -> list[MetricRecord]:
        """Those that charts can show, in the order logged."""
        return [metric for metric in self.metrics if metric.kind == kind and metric.is_numeric]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a project: a chart."""

    name: str
    slug: str
    count: int
    """Points over all runs."""
    runs: tuple[Run, ...]
    """Those that logged it, by order."""
    x: str = "step"
    """The x-axis of its chart unless asked otherwise: a metric that its runs named as its ``step_metric``, or steps."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project as the report shows it."""

    name: str
    urls: urls.ProjectUrls
    runs: tuple[Run, ...]
    metrics: tuple[Metric, ...]
    groups: tuple[str, ...] = field(default=())
    """In order of first appearance over all runs, chosen or not, so that a choice changes no colours."""
    hidden: frozenset[str] = field(default=frozenset())
    """The metrics that runs asked to leave out; they are shown when they are chosen by name."""
    axes: Mapping[str, str] = field(default_factory=dict)
    """The metric that is the x-axis of another, by the other's name, where all runs that logged both say so."""

    left: tuple[Metric, ...] = ()
    """Metrics that have no chart, as there are too many."""
    measured: Mapping[str, bool] = field(default_factory=dict)
    """The runs that measured their energy, or told why they could not, by id; and whether there are readings."""
    goals: Mapping[str, Literal["minimize", "maximize"]] = field(default_factory=dict)
    """Whether more or less of a metric is better, where its runs said so."""
    assumptions: Assumptions = field(default_factory=Assumptions)
    """What decides what energy stands for."""
    target: Target | None = None
    """The metric and value up to which energy is told."""

    def has_readings(self, run_id: str) -> bool:
        """Whether a run may have an amount of energy."""
        return self.measured.get(run_id, False)

    @property
    def has_energy_axis(self) -> bool:
        """Whether charts can be drawn over energy; a logged metric of that name goes before it."""
        return any(self.has_readings(run.record.id) for run in self.runs) and all(
            metric.name != KWH for metric in self.metrics
        )

    @property
    def raised(self) -> dict[str, Raised]:
        """The alerts of the runs that raised any, by id."""
        return {run.record.id: run.alerts for run in self.runs if run.alerts is not None}

    @property
    def updated_ns(self) -> int:
        """The time of the newest record; 0 without runs."""
        return max((run.record.updated_ns for run in self.runs), default=0)

    @property
    def live(self) -> int:
        """How many runs are still going."""
        return sum(run.record.status == "running" for run in self.runs)


def gather(home: Path | None, selection: Selection) -> list[Project]:
    """The chosen projects by name. Journals are folded in first, so that the report is as fresh as the data."""
    store = Home(home)
    known = store.projects()
    folders = addresses(known)
    for name in grammar.unmatched(known, selection.projects):
        raise UnknownProject(name, known)
    names = sorted(grammar.chosen(known, selection.projects))
    projects = []
    for name in names:
        one = store.project(name)
        one.catch_up()
        projects.append(_project(one, folders[name], find))
    _check(projects, selection)
    return [_narrowed(project, selection) for project in projects]


def addresses(names: Iterable[str]) -> dict[str, urls.ProjectUrls]:
    """Where the pages of each project lie, by its name; ``names`` are those of all projects there are."""
    named = {name: name for name in names}
    folders = slugs.slugs(named, "project", urls.RESERVED_PROJECTS)
    taken = [folder for folder in folders.values() if numbers.number(folder) is not None]
    if taken:
        folders = slugs.slugs(named, "project", (*urls.RESERVED_PROJECTS, *taken))
    return {name: urls.ProjectUrls(folder) for name, folder in folders.items()}


def whole(store: ProjectStore, own: urls.ProjectUrls, find: Find = find) -> Project:
    """One project with all that is shown of it, as far as its journals have been folded."""
    return _narrowed(_project(store, own, find), Selection())


def _project(store: ProjectStore, own: urls.ProjectUrls, find: Find) -> Project:
    records = store.runs()
    # Addresses come from all runs and metrics, chosen or not: a choice moves no page.
    by_id = slugs.slugs({record.id: record.name for record in records}, "run")
    logged, media, raised = store.metrics_by_run(None), _media(find(store)), store.raised()
    runs = [
        Run(record, by_id[record.id], tuple(logged.get(record.id, ())), media.get(record.id, ()), raised.get(record.id))
        for record in records
    ]
    names = dict.fromkeys(metric.name for run in runs for metric in run.numeric("metric"))
    by_name = slugs.slugs({name: name for name in names}, "metric", urls.RESERVED_METRICS)
    groups = tuple(groups_of(records))
    defined = store.definitions_by_run()
    hidden, axes = _hidden(runs, defined), _axes(runs, defined)
    settings = store.settings()
    return Project(
        store.name,
        own,
        tuple(runs),
        _metrics(runs, by_name),
        groups,
        hidden,
        axes,
        measured=store.measured(),
        goals=_goals(runs, defined),
        assumptions=assumptions.from_settings(settings),
        target=target_of(settings),
    )


def target_of(settings: Mapping[str, Any]) -> Target | None:
    """The target that a project keeps; None for what cannot be one."""
    found = settings.get(ENERGY_TARGET)
    if not isinstance(found, list) or [type(part) for part in found] not in ([str, float], [str, int]):
        return None
    return str(found[0]), float(found[1])


def _goals(runs: Sequence[Run], defined: Definitions) -> dict[str, Literal["minimize", "maximize"]]:
    found: dict[str, Literal["minimize", "maximize"]] = {}
    for run in runs if defined else ():
        for metric in run.numeric("metric"):
            one = definitions.find(defined.get(run.record.id, ()), metric.name)
            if one is not None and one.goal is not None:
                found.setdefault(metric.name, "maximize" if one.goal == "maximize" else "minimize")
    return found


def _hidden(runs: Sequence[Run], defined: Definitions) -> frozenset[str]:
    """The metrics and media that ``define_metric(hidden=True)`` of any run that logged them leaves out."""
    return frozenset(
        name
        for run in runs
        if run.record.id in defined
        for name in [*(one.name for one in run.numeric("metric")), *(one.metric for one in run.media)]
        if (one := definitions.find(defined[run.record.id], name)) is not None and one.hidden
    )


def _axes(runs: Sequence[Run], defined: Definitions) -> dict[str, str]:
    found: dict[str, set[str | None]] = {}
    for run in runs if defined else ():
        names = [metric.name for metric in run.numeric("metric")]
        for name in names:
            one = definitions.find(defined.get(run.record.id, ()), name)
            axis = one.step_metric if one is not None and one.step_metric in names else None
            found.setdefault(name, set()).add(axis)
    agreed = {name: next(iter(axes)) for name, axes in found.items() if len(axes) == 1}
    return {name: axis for name, axis in agreed.items() if axis is not None and axis != name}


def _media(found: Mapping[str, Sequence[Found]]) -> dict[str, tuple[Found, ...]]:
    """The media of each run; a name has the same slug in all of them."""
    names = dict.fromkeys(one.metric for media in found.values() for one in media)
    by_name = slugs.slugs({name: name for name in names}, "medium")
    return {run: tuple(replace(one, slug=by_name[one.metric]) for one in media) for run, media in found.items()}


def _metrics(runs: Sequence[Run], slug_of: Mapping[str, str]) -> tuple[Metric, ...]:
    counts: dict[str, int] = {}
    members: dict[str, list[Run]] = {}
    for run in runs:
        for metric in run.numeric("metric"):
            counts[metric.name] = counts.get(metric.name, 0) + metric.count
            members.setdefault(metric.name, []).append(run)
    return tuple(Metric(name, slug_of[name], counts[name], tuple(found)) for name, found in members.items())


def _check(projects: Sequence[Project], selection: Selection) -> None:
    """Every name asked for is known to one project at least."""
    runs = [text for project in projects for run in project.runs for text in (run.record.name, run.record.id)]
    for name in grammar.unmatched(runs, selection.runs):
        raise UnknownRun(name, sorted({run.record.name for project in projects for run in project.runs}))
    metrics = [metric.name for project in projects for metric in project.metrics]
    metrics += [one.metric for project in projects for run in project.runs for one in run.media]
    for name in grammar.unmatched(metrics, selection.metrics):
        raise UnknownMetric(name, sorted(set(metrics)))


def _narrowed(project: Project, selection: Selection) -> Project:
    runs, metrics = project.runs, project.metrics
    if selection.runs:
        names = [text for run in runs for text in (run.record.name, run.record.id)]
        wanted = set(grammar.chosen(names, selection.runs))
        runs = tuple(run for run in runs if run.record.name in wanted or run.record.id in wanted)
        metrics = _metrics(runs, {metric.name: metric.slug for metric in metrics})
    if selection.metrics:
        shown = set(grammar.chosen([metric.name for metric in metrics], selection.metrics))
        metrics = tuple(metric for metric in metrics if metric.name in shown)
        runs = tuple(_with_media(run, selection.metrics) for run in runs)
    elif project.hidden:
        metrics = tuple(metric for metric in metrics if metric.name not in project.hidden)
        runs = tuple(_without(run, project.hidden) for run in runs)
    # An axis that has no chart has no data that a page could load.
    charts = {metric.name for metric in metrics}
    axes = {name: axis for name, axis in project.axes.items() if axis in charts}
    metrics = tuple(replace(metric, x=axes[metric.name]) if metric.name in axes else metric for metric in metrics)
    return replace(project, runs=runs, metrics=metrics)


def _without(run: Run, hidden: frozenset[str]) -> Run:
    metrics = tuple(one for one in run.metrics if one.kind == "system" or one.name not in hidden)
    return replace(run, metrics=metrics, media=tuple(one for one in run.media if one.metric not in hidden))


def _with_media(run: Run, names: Sequence[str]) -> Run:
    wanted = set(grammar.chosen([one.metric for one in run.media], names))
    return replace(run, media=tuple(one for one in run.media if one.metric in wanted))
