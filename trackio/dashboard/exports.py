"""Charts and runs as files, made when somebody asks for them, by the report's own code."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from trackio import charts
from trackio.dashboard import energy as energy_pages
from trackio.dashboard.energies import Energy
from trackio.dashboard.known import Known
from trackio.errors import UnknownMetric
from trackio.lines import KWH
from trackio.records import RunSeries
from trackio.report import alertdata, cardfiles, data, exports, figures, jobs, plan
from trackio.report.chartjob import EXPORTS, ChartJob
from trackio.report.energy import barfiles, bars, block, making
from trackio.report.energy import page as pages_of_energy
from trackio.report.gather import Run
from trackio.report.heads import Site
from trackio.report.runpages import KINDS, VIEW
from trackio.server.limits import Few

SUFFIXES = tuple(EXPORTS.values())

_drawing = threading.Lock()
"""Drawing holds the interpreter: one at a time leaves the others their turn."""

_waiting = Few(16)
"""What more than two browsers ask for at once."""


def chart(known: Known, slug: str, suffix: str, energy: Energy | None) -> bytes | Iterator[bytes]:
    """A file of a chart, whole or in pieces; raises UnknownMetric."""
    key = ("export", slug, suffix, None if energy is None else energy.revision)
    if key in known.made:
        return known.made[key]
    if slug == bars.SLUG and energy is not None:
        found = pages_of_energy.runs_of(known.project, energy.measured.energy)
        with _waiting.place(), _drawing:
            files = barfiles.files(known.project, found, is_transparent=False)
        return known.keep(key, files[suffix])
    job = _job(known, slug, energy)
    series = _series(known, job, energy)
    if suffix == "csv":
        return exports.csv_pieces(series, KWH if job.x == KWH else None)
    with _waiting.place():
        return known.keep(key, _picture(known, job, list(series), suffix))


def parquet(known: Known, run: Run) -> bytes:
    """The points of a run."""
    one, home = figures.member(run), known.home
    axes = {metric.name: metric.x for metric in known.project.metrics if metric.x != VIEW.x}
    shown = [metric.name for metric in known.project.metrics]
    own = figures.read_run(home, known.project.name, one, "metric", axes)
    system = figures.read_run(home, known.project.name, one, "system", {})
    series = [own[name] for name in shown if name in own] + [system[name] for name in sorted(system)]
    kinds = [KINDS[0]] * (len(series) - len(system)) + [KINDS[1]] * len(system)
    return exports.parquet_bytes(series, kinds)


def card(known: Known, path: str, energy: Energy | None) -> bytes | None:
    """A file of the project's model card; None for what is none of them."""
    if path not in cardfiles.names(known.project):
        return None
    measured = None if energy is None else energy.measured.energy
    return cardfiles.make(known.home, known.project, Site(), measured).get(path)


def document(known: Known, path: str, energy: Energy | None) -> bytes | None:
    """A file of the project for scripts and programs; None for what is none of them."""
    project = known.project
    if path == project.urls.energy_data and energy is not None:
        return data.document(energy_pages.stated(known, energy))
    return alertdata.files(project).get(path)


def _job(known: Known, slug: str, energy: Energy | None) -> ChartJob:
    project, site, home = known.project, Site(), known.home
    if slug == block.SLUG and energy is not None:
        return making.power(project, site, energy.measured)[0]
    plain = slug.removesuffix(f".{KWH}")
    if plain == slug:
        return plan.chart_job(project, known.metric(slug), site, home)
    if energy is None:
        raise UnknownMetric(slug, [metric.slug for metric in project.metrics], project.name)
    return plan.chart_job(project, known.metric(plain), site, home).over_energy


def _series(known: Known, job: ChartJob, energy: Energy | None) -> Iterator[RunSeries]:
    """The series of a chart, one run after the other."""
    if job.slug == block.SLUG and energy is not None:
        yield from making.power(known.project, Site(), energy.measured)[1]
        return
    axes = {job.metric: job.x} if job.x not in (VIEW.x, KWH) else {}
    for member in job.members:
        found = figures.read(known.home, known.project.name, {job.metric: [member]}, axes)[job.metric]
        yield from found if job.x != KWH or energy is None else jobs.along(found, energy.measured.curves)


def _picture(known: Known, job: ChartJob, series: Sequence[RunSeries], suffix: str) -> bytes:
    drawn = figures.draw(series, job.groups, job.view)
    marks = alertdata.of_job(job, known.project.raised, series)
    with _drawing:
        spec = exports.vega_lite(drawn, job.view, job.name, marks)
        if suffix == "vl.json":
            return exports.spec_bytes(spec)
        svg = charts.svg(spec)
        return svg.encode() if suffix == "svg" else exports.png(svg)
