"""Charts before their points are there: a figure's frame with its names, which the page's script fills (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from trackio import picture
from trackio.grammar import View
from trackio.records import MetricRecord
from trackio.report import chartjob, devices, figures, plan, slugs, words
from trackio.report.chartjob import ChartJob
from trackio.report.figures import Member
from trackio.report.foremost import MOST_DRAWN, foremost
from trackio.report.gather import Metric, Project, Run
from trackio.report.heads import Site
from trackio.report.jobs import ChartResult
from trackio.report.model import MoreCharts, Section
from trackio.report.more import more
from trackio.report.runpages import SYSTEM_VIEW, VIEW
from trackio.report.urls import relative


def chart(project: Project, metric: Metric, site: Site, page: str, *, is_over_energy: bool = False) -> ChartResult:
    """The chart of a metric as it stands on a page, which may be its own."""
    # Its data are asked for by name; nothing is read from the home.
    job = plan.chart_job(project, metric, site, Path())
    job = job.over_energy if is_over_energy else job
    subtitle = _said(job.members, job.view)
    return ChartResult(job, {}, _figure(job, subtitle, page), Markup(), subtitle)


@dataclass(frozen=True, slots=True)
class RunCharts:
    """The charts of a run's page."""

    sections: tuple[Section, ...]
    system: tuple[Section, ...]
    """Those of its machine."""
    models: tuple[dict[str, Any], ...]
    """What the page's model says of them."""
    more: MoreCharts | None
    more_system: int


def run_charts(project: Project, run: Run, page: str) -> RunCharts:
    """The charts of a run's page, as frames."""
    known = {metric.name: metric for metric in project.metrics}
    models: list[dict[str, Any]] = []

    def shell(metric: MetricRecord) -> Markup:
        of = known[metric.name]
        models.append(run_model(project, of, metric, page))
        return _run_figure(run, models[-1], replace(VIEW, x=of.x))

    logged = {one.name: one for one in run.numeric("metric") if one.name in known}
    kept = foremost(list(logged), MOST_DRAWN)
    sections = figures.sections([logged[name] for name in kept], lambda one: one.name, shell)
    drawn = set(kept)
    rest = [(name, known[name].slug) for name in logged if name not in drawn]
    others = more(project.urls, page, len(kept), rest)
    everything = sorted(run.numeric("system"), key=lambda one: one.name)
    system = everything[:MOST_DRAWN]
    taken = [metric.slug for metric in project.metrics]
    slug_of = slugs.slugs({f"system {one.name}": one.name for one in system}, "system", taken)
    found: list[Section] = []
    shown = 0
    for name, places in devices.sections([one.name for one in system]):
        own = []
        for one in (system[place] for place in places):
            title = devices.place(one.name).title
            models.append(_model(slug_of[f"system {one.name}"], one, title, SYSTEM_VIEW.x, None))
            own.append(_run_figure(run, models[-1], SYSTEM_VIEW))
        found.append(Section(name, len(places), tuple(own), shown < figures.OPEN_CHARTS))
        shown += len(places)
    return RunCharts(sections, tuple(found), tuple(models), others, len(everything) - len(system))


def run_model(project: Project, of: Metric, metric: MetricRecord, page: str) -> dict[str, Any]:
    """What the model of a run's page says of the chart of one of its metrics."""
    return _model(of.slug, metric, of.name, of.x, relative(project.urls.chart(of.slug), page))


@lru_cache(maxsize=256)
def _said(members: tuple[Member, ...], view: View) -> str:
    """What a chart of these runs shows, in words; most charts of a project have the same."""
    return picture.summary(figures.stand_ins(members, view, ()), view)


def _figure(job: ChartJob, subtitle: str, page: str) -> Markup:
    own = job.urls.chart(job.slug)
    return figures.markup(
        picture.figure(
            (),
            job.view,
            slug=job.slug,
            metric=job.metric,
            title=job.title,
            subtitle=subtitle,
            project=job.project if page == own else "",
            date=words.day(job.updated_ns),
            is_running=job.is_running,
            links=chartjob.links(job.urls, job.slug, page),
            page="" if page == own else relative(own, page),
            heading=1 if page == own else 3,
            pending=job.count,
        )
    )


def _run_figure(run: Run, model: dict[str, Any], view: View) -> Markup:
    return figures.markup(
        picture.figure(
            (),
            view,
            slug=model["slug"],
            metric=model["metric"],
            title=model["title"],
            subtitle="",
            date=words.day(run.record.updated_ns),
            is_running=run.record.status == "running",
            heading=3,
            pending=model["count"],
        )
    )


def _model(slug: str, metric: MetricRecord, title: str, x: str, page: str | None) -> dict[str, Any]:
    return {
        "metric": metric.name,
        "slug": slug,
        "title": title,
        "subtitle": "",
        "page": page,
        "links": {},
        "defaults": chartjob.chart_defaults(x),
        "count": metric.count,
        "kind": metric.kind,
    }
