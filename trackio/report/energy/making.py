"""Making the energy part of a project: what was measured, and the files that say it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.consumption import project_energy
from trackio.energy.statement import ProjectEnergy, RunEnergy
from trackio.records import RunSeries
from trackio.report import alertdata, chartfiles, chartjob, citation, data, figures
from trackio.report.chartfiles import Figure
from trackio.report.chartjob import ChartJob
from trackio.report.energy import barfiles, bars, block, curves, document, page, targets
from trackio.report.energy.document import Used
from trackio.report.gather import Project
from trackio.report.heads import Site
from trackio.report.jobs import ChartResult
from trackio.report.render import render
from trackio.store.home import Home

if TYPE_CHECKING:
    from markupsafe import Markup

    from trackio.report.plan import ProjectPlan


@dataclass(frozen=True, slots=True)
class Measured:
    """What the runs of a project used, and what is short enough to travel of it."""

    energy: ProjectEnergy
    short: Mapping[str, RunEnergy]
    """By run id, with shorter curves."""

    @property
    def curves(self) -> dict[str, Any]:
        """The shorter curves of whole runs, by id."""
        return {run: one.curve for run, one in self.short.items() if one.curve is not None}


def measure(home: Path, project: Project) -> Measured:
    """Read the samples of all runs of the report, once."""
    store = Home(home).project(project.name)
    found = project_energy(store, [run.record.id for run in project.runs])
    return Measured(found, {one.run_id: curves.short(one) for one in found.runs})


def is_measured(project: Project) -> bool:
    """Whether any run of the report measured its energy, or told why it could not."""
    return any(run.record.id in project.measured for run in project.runs)


def has_readings(project: Project) -> bool:
    """Whether there may be amounts."""
    return any(project.has_readings(run.record.id) for run in project.runs)


def names(project: Project) -> tuple[str, ...]:
    """The files of the energy part, its page first."""
    own = project.urls
    found = [own.energy, own.energy_data]
    if has_readings(project):
        found += [own.energy_axis, *chartjob.picture_names(own, block.SLUG), own.series(block.SLUG)]
        found += [own.chart(bars.SLUG, suffix) for suffix in chartjob.EXPORTS.values()]
    return tuple(found)


def make(
    planned: ProjectPlan,
    site: Site,
    measured: Measured,
    results: Mapping[tuple[str, str], ChartResult],
    meta: Sequence[str],
    *,
    cite: Markup,
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files, and the document among them."""
    project, energy = planned.project, measured.energy
    used = used_of(planned, measured, results)
    stated = document.document(project, energy, used)
    job, series = power(project, site, measured)
    marks = alertdata.of_job(job, project.raised, series)
    figure = chartfiles.overview(job, series, project.urls.energy, marks)
    metrics = over_energy(planned, results)
    found = page.parts(project, energy, used, metrics, figure, page=project.urls.energy)
    shown = [*([figure] if figure else []), *metrics]
    context = citation.on(page.page(project, site, found, shown, meta), cite)
    files = {
        project.urls.energy: render(context),
        project.urls.energy_data: data.document(stated),
    }
    if has_readings(project):
        files[project.urls.energy_axis] = data.script("energy", axis(project, measured))
        files |= chartfiles.chart_files(job, series, marks)
        pictures = barfiles.files(project, page.runs_of(project, energy), is_transparent=site.is_transparent)
        files |= {project.urls.chart(bars.SLUG, suffix): content for suffix, content in pictures.items()}
    return files, stated


def axis(project: Project, measured: Measured) -> dict[str, Any]:
    """What the browser loads when a reader asks for energy as the x-axis."""
    created = {run.record.id: run.record.created_ns for run in project.runs}
    return {"energy": curves.columns(measured.curves, created)}


def power(project: Project, site: Site, measured: Measured) -> tuple[ChartJob, list[RunSeries]]:
    """The chart of the runs' power over time."""
    found = measured.curves
    series = [
        curves.power(figures.member(run), found[run.record.id], curves=len(found))
        for run in project.runs
        if run.record.id in found
    ]
    job = ChartJob(
        home=Path(),
        site=site,
        project=project.name,
        urls=project.urls,
        metric=curves.METRIC,
        slug=block.SLUG,
        members=tuple(figures.member(run) for run in project.runs if run.record.id in found),
        groups=project.groups,
        # Its file is whole however many runs there are.
        count=min(sum(len(one.series) for one in series), data.COMPLETE_POINTS),
        updated_ns=project.updated_ns,
        is_running=project.live > 0,
        is_stale=True,
        x="relative",
        title=block.TITLE,
        has_alerts=not found.keys().isdisjoint(project.raised),
    )
    return job, series


def over_energy(planned: ProjectPlan, results: Mapping[tuple[str, str], ChartResult]) -> list[Figure]:
    """The charts of the telling metrics over energy."""
    found = [results[planned.project.name, metric].over_energy for metric in planned.targets]
    return [one for one in found if one is not None]


def used_of(planned: ProjectPlan, measured: Measured, results: Mapping[tuple[str, str], ChartResult]) -> Used:
    """What the runs had used when they came up to each target."""
    found = []
    for metric, own in planned.targets.items():
        reached = results[planned.project.name, metric].reached
        found += [(target, targets.used(measured.energy.runs, reached[target])) for target in own]
    return found


def left(path: Path, project: Project) -> Mapping[str, Any] | None:
    """The document of the last build as it lies in the folder; None when it cannot be read."""
    try:
        found: Any = json.loads((path / project.urls.energy_data).read_bytes())
        document.stated(found)
        document.of_manifest(found, "")
        document.of_runs(found)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None
