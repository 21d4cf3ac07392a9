"""Which pages there are, which files each consists of, and a key for each that changes when the page would (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from trackio.report import alertdata, cache, cardfiles, chartjob, data, figures, runpages, urls
from trackio.report.chartjob import ChartJob
from trackio.report.energy import making, targets
from trackio.report.energy.targets import Target
from trackio.report.foremost import MOST_DRAWN
from trackio.report.gather import Metric, Project, Run
from trackio.report.heads import Site
from trackio.report.media import jobs as media_jobs
from trackio.report.media.choice import Chosen
from trackio.report.media.found import Need
from trackio.report.model import Link
from trackio.report.narrative import making as note_pages
from trackio.report.narrative.making import NoteJob
from trackio.report.narrative.notes import Note
from trackio.telling import telling


@dataclass(frozen=True, slots=True)
class Part:
    """A page with the files that belong to it; it is made again when its key is new or a file is missing."""

    page: str
    key: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """The parts of one project."""

    project: Project
    charts: tuple[tuple[Part, ChartJob], ...]
    runs: tuple[tuple[Part, Run], ...]
    media: tuple[tuple[Part, Need], ...]
    """What is made of stored files; those that are only copied are not planned here."""
    chosen: Chosen
    page: Part
    energy: Part | None = None
    """The energy page; None where no run measured anything or told why not."""
    card: Part | None = None
    """The files of the model card; None without runs."""
    targets: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    """The metrics that are shown against energy, and the values up to which it is told."""

    notes: tuple[Link, ...] = ()
    """The notes that say something of it, by their addresses from the root of the site."""

    @property
    def telling(self) -> str | None:
        """The metric that stands for the project on its card."""
        names = telling([metric.name for metric in self.project.metrics])
        return names[0] if names else None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be on the site, beside its manifest and assets."""

    projects: tuple[ProjectPlan, ...]
    index: Part
    notes: tuple[tuple[Part, NoteJob], ...] = ()

    def parts(self) -> list[Part]:
        """All of them."""
        found = [self.index, *(part for part, _ in self.notes)]
        for one in self.projects:
            found += [one.page, *(part for part, _ in one.charts), *(part for part, _ in one.runs)]
            found += [part for part, _ in one.media]
            found += [part for part in (one.energy, one.card) if part is not None]
        return found


def plan(
    projects: Sequence[Project],
    site: Site,
    home: Path,
    code: str,
    media: Mapping[str, Chosen],
    *,
    notes: Sequence[Note] = (),
) -> Plan:
    """The plan; ``code`` is the version of everything that pages are made by, ``media`` the choice by project."""
    own = [_project(project, site, home, code, media[project.name]) for project in projects]
    planned = tuple(_with_notes(one, notes) for one in own)
    jobs = _notes(notes, projects, site, code)
    index_key = cache.key(code, site.key, [one.page.key for one in planned], [part.key for part, _ in jobs])
    return Plan(planned, Part(urls.INDEX, index_key, (urls.INDEX,)), jobs)


def _notes(
    notes: Sequence[Note], projects: Sequence[Project], site: Site, code: str
) -> tuple[tuple[Part, NoteJob], ...]:
    pages = {one.name: Link(one.name, one.urls.index) for one in projects}
    states = {one.name: {run.record.id: _state(run) for run in one.runs} for one in projects}
    found = []
    for note in notes:
        job = note_pages.job(note, site, pages.get(note.project or ""))
        key = cache.key(code, site.key, note_pages.key(job, states))
        found.append((Part(job.page, key, note_pages.names(job)), job))
    return tuple(found)


def _with_notes(one: ProjectPlan, notes: Sequence[Note]) -> ProjectPlan:
    """The plan of a project with the notes that say something of it, which its page links."""
    told = tuple(Link(note.title, note.page) for note in notes if one.project.name in note.projects)
    if not told:
        return one
    return replace(one, notes=told, page=replace(one.page, key=cache.key(one.page.key, [repr(link) for link in told])))


def _project(project: Project, site: Site, home: Path, code: str, chosen: Chosen) -> ProjectPlan:
    common = cache.key(code, site.key, project.name, project.urls.slug)
    states = {run.record.id: _state(run) for run in project.runs}
    main = targets.main(project)
    aims = targets.targets(project, main)
    charts = []
    for metric in project.metrics:
        members = [states[run.record.id] for run in metric.runs]
        has_energy = metric in main
        key = cache.key(
            "chart", common, metric.name, metric.slug, metric.count, metric.x, project.groups, members, has_energy
        )
        names = chartjob.chart_names(project.urls, metric.slug, metric.count, has_energy=has_energy)
        job = replace(chart_job(project, metric, site, home), targets=aims.get(metric.name, ()))
        charts.append((Part(names[0], key, tuple(names)), job))
    slugs = [(metric.name, metric.slug, metric.x) for metric in project.metrics]
    unpaged = [(metric.name, metric.slug) for metric in project.left]
    runs = []
    for run in project.runs:
        names = runpages.run_names(project.urls, run, chosen)
        # Of the project's metrics only the run's own stand on its page: one that another run adds changes nothing here.
        own = {metric.name for metric in run.metrics}
        shown = [[entry for entry in slugs if entry[0] in own], [entry for entry in unpaged if entry[0] in own]]
        # Where each stands among all charts, which is how the page finds those that it does not draw.
        shown += [[k for k, entry in enumerate(slugs) if entry[0] in own]] if len(slugs) > MOST_DRAWN else []
        media = [chosen.state(run), [(one.metric, one.slug) for one in chosen.shown(run)]]
        own_energy = [project.assumptions if run.record.id in project.measured else None]
        key = cache.key("run", common, states[run.record.id], shown, media, own_energy)
        runs.append((Part(names[0], key, tuple(names)), run))
    energy = None
    if making.is_measured(project):
        told = [
            project.assumptions,
            project.target,
            [(metric.name, metric.slug) for metric in main],
            sorted(aims.items()),
        ]
        others = [(metric.name, metric.slug) for metric in project.metrics]
        key = cache.key("energy", common, list(states.values()), project.groups, told, others)
        energy = Part(project.urls.energy, key, making.names(project))
    own_files = cardfiles.names(project)
    card = None
    if own_files:
        said = [project.assumptions, project.target, [(metric.name, metric.slug) for metric in project.metrics]]
        card = Part(own_files[0], cache.key("card", common, list(states.values()), said), own_files)
    keys = [[part.key for part, _ in charts], [part.key for part, _ in runs]]
    page_key = cache.key("project", common, *keys, energy and energy.key, len(project.left))
    own_data = (project.urls.data, *data.metrics_names(project), *alertdata.names(project))
    page = Part(project.urls.index, page_key, (project.urls.index, *own_data))
    drawn = cache.key("media", code)
    needs = sorted(need for need in chosen.needs if media_jobs.made(project.urls, need))
    made = [
        (Part(media_jobs.page(project.urls, need), drawn, media_jobs.made(project.urls, need)), need) for need in needs
    ]
    return ProjectPlan(
        project,
        tuple(charts),
        tuple(runs),
        tuple(made),
        chosen,
        page,
        energy,
        card,
        {metric.name: aims.get(metric.name, ()) for metric in main},
    )


def _state(run: Run) -> list[object]:
    """All that a page can show of a run: its revision stands for its data, the rest follows clocks or other runs."""
    record = run.record
    return [record.id, record.revision, record.status, record.order, run.slug, record.created_ns, record.updated_ns]


def chart_job(project: Project, metric: Metric, site: Site, home: Path) -> ChartJob:
    """The job of a metric's chart."""
    records = [run.record for run in metric.runs]
    return ChartJob(
        home=home,
        site=site,
        project=project.name,
        urls=project.urls,
        metric=metric.name,
        slug=metric.slug,
        members=tuple(figures.member(run) for run in metric.runs),
        groups=project.groups,
        count=metric.count,
        updated_ns=max(record.updated_ns for record in records),
        is_running=any(record.status == "running" for record in records),
        is_stale=True,
        x=metric.x,
        has_alerts=any(run.alerts is not None for run in metric.runs),
    )
