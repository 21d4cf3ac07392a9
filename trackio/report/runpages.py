"""The pages of runs: config, summary, and every chart, the machine's own metrics by device included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio import picture
from trackio.energy.statement import RunEnergy
from trackio.flags import placed
from trackio.grammar import View
from trackio.lines import axis_of
from trackio.records import MetricKind, RunSeries
from trackio.report import (
    alertdata,
    alerts,
    citation,
    data,
    datahash,
    devices,
    exports,
    figures,
    markdown,
    privacy,
    slugs,
    tables,
    words,
)
from trackio.report.chartjob import chart_defaults
from trackio.report.columns import encode
from trackio.report.energy import block, curves, runpower
from trackio.report.foremost import MOST_DRAWN, MOST_VALUES, foremost
from trackio.report.gather import Project, Run
from trackio.report.heads import Site
from trackio.report.media import panels
from trackio.report.media.choice import Chosen
from trackio.report.media.found import kind_of
from trackio.report.media.jobs import MEDIA_FROM_A_RUN
from trackio.report.media.panels import RunMedia, Shown
from trackio.report.media.place import Place
from trackio.report.model import Link, MoreCharts, RunPage, Section
from trackio.report.more import more
from trackio.report.render import render
from trackio.report.urls import INDEX, ProjectUrls, relative
from trackio.store.home import Home

if TYPE_CHECKING:
    from markupsafe import Markup

VIEW = View(legend="none")
"""One line a chart, whose name is the page's title."""

SYSTEM_VIEW = replace(VIEW, x="relative")
"""What the machine does goes by the clock, not by steps."""

KINDS: tuple[MetricKind, MetricKind] = ("metric", "system")


@dataclass(frozen=True, slots=True)
class RunJob:
    """Some runs of a project: each one's page and data."""

    home: Path
    site: Site
    project: str
    urls: ProjectUrls
    runs: tuple[Run, ...]
    slugs: Mapping[str, str]
    """Of the project's metrics that the report shows; a run's page shows no others."""
    unpaged: Mapping[str, str]
    """Of those that have no chart of their own, as there are too many."""
    axes: Mapping[str, str]
    """The x-axes of charts that have another than steps, by metric."""
    media: tuple[RunMedia, ...]
    """Of each run."""
    about: Project
    """The project without its runs and metrics."""
    energies: Mapping[str, RunEnergy] = field(default_factory=dict)
    """What runs used, by id; with curves that are short enough to travel."""


def run_names(urls: ProjectUrls, run: Run, chosen: Chosen) -> list[str]:
    """The files of a run, its page first."""
    names = [urls.run(run.slug), urls.run_data(run.slug), urls.run_data(run.slug, "parquet")]
    media = chosen.shown(run)
    if media:
        names.append(urls.run_data(run.slug, "media.json"))
    for found in media:
        own = panels.script_names(found, chosen.first(found)) + panels.picture_names(found)
        names += [urls.run_media(run.slug, name) for name in own]
    return names


def run_pages(job: RunJob) -> list[tuple[str, dict[str, bytes], str]]:
    """Do a run job: the address of each page, its files, and the hash of the run's data."""
    return [(job.urls.run(run.slug), *_files(job, run, media)) for run, media in zip(job.runs, job.media, strict=True)]


def run_job(
    home: Path,
    site: Site,
    project: Project,
    runs: Sequence[Run],
    chosen: Chosen,
    *,
    energies: Mapping[str, RunEnergy] | None = None,
) -> RunJob:
    """The job of these runs."""
    media = tuple(panels.run_media(chosen, chosen.shown(run)) for run in runs)
    # Their media travel once.
    plain = tuple(replace(run, media=()) for run in runs)
    names = {metric.name: metric.slug for metric in project.metrics}
    axes = {metric.name: metric.x for metric in project.metrics if metric.x != VIEW.x}
    own = {run.record.id: (energies or {})[run.record.id] for run in runs if run.record.id in (energies or {})}
    about = replace(project, runs=(), metrics=(), left=(), measured={}, goals={}, axes={})
    unpaged = {metric.name: metric.slug for metric in project.left}
    return RunJob(home, site, project.name, project.urls, plain, names, unpaged, axes, media, about, own)


def _files(job: RunJob, run: Run, media: RunMedia) -> tuple[dict[str, bytes], str]:
    path = job.urls.run(run.slug)
    charts = _charts(job, run)
    shown = _media(job, run, media)
    context, values = page(job, run, charts, path, f"../data/runs/{run.slug}.js", media=shown)
    digest = _digest(run, charts, shown)
    cite = job.site.cite(path, [job.project, run.record.name], digest, run.record.updated_ns)
    found = {job.urls.run_media(run.slug, name): content for name, content in shown.files.items()} if shown else {}
    if shown:
        found[job.urls.run_data(run.slug, "media.json")] = data.document(shown.index)
    files = found | {
        path: render(citation.on(context, cite)),
        job.urls.run_data(run.slug): data.script(f"run:{run.slug}", values),
        job.urls.run_data(run.slug, "parquet"): exports.parquet_bytes(
            [chart.series for chart in charts], [chart.kind for chart in charts]
        ),
    }
    return files, digest


def digest(job: RunJob, run: Run, media: Shown | None) -> str:
    """The hash of a run's data, where its charts are not at hand."""
    return _digest(run, _charts(job, run), media)


def _digest(run: Run, charts: Sequence[RunChart], media: Shown | None) -> str:
    shown = media.index["media"] if media else ()
    return datahash.of_run(run, [(chart.kind, chart.series) for chart in charts], shown)


def _media(job: RunJob, run: Run, media: RunMedia) -> Shown | None:
    if not media.found:
        return None
    store = Home(job.home).project(job.project)
    place = Place(store.blobs, media.faults, MEDIA_FROM_A_RUN)
    return panels.show(store, run.record.id, media, place, f"../data/runs/{run.slug}/")


@dataclass(frozen=True, slots=True)
class RunChart:
    """One chart of a run's page."""

    slug: str
    kind: MetricKind
    series: RunSeries


def _charts(job: RunJob, run: Run) -> list[RunChart]:
    one = figures.member(run)
    found = {
        kind: figures.read_run(job.home, job.project, one, kind, job.axes if kind == "metric" else {}) for kind in KINDS
    }
    names = {name: name for name in found["system"]}
    known = {**job.slugs, **job.unpaged}
    system = slugs.slugs({f"system {name}": name for name in names}, "system", known.values())
    logged = found["metric"]
    charts = [RunChart(slug, "metric", logged[name]) for name, slug in known.items() if name in logged]
    return charts + [
        RunChart(system[f"system {name}"], "system", series) for name, series in sorted(found["system"].items())
    ]


def page(
    job: RunJob, run: Run, charts: Sequence[RunChart], path: str, address: str, *, media: Shown | None
) -> tuple[RunPage, dict[str, Any]]:
    """The context of a run's page and what its data file, at ``address``, registers."""
    record = run.record
    values: dict[str, Any] = {}
    models = []
    logged, charts = charts, drawn(charts)
    others, found = _others(job, logged, charts, path), {}
    if others is not None and others.links:
        own = {chart.series.metric for chart in logged if chart.kind == "metric"}
        found = {"metrics": encode([k for k, name in enumerate(job.slugs) if name in own])}
    for chart in charts:
        columns, is_complete = data.run_columns(chart.series)
        values[chart.slug] = {"metric": chart.series.metric, "complete": is_complete, "series": [columns]}
        models.append(_chart_model(job, run, chart, path, address))
    energy, figure = job.energies.get(record.id), None
    power = [] if energy is None or not address else block.series(figures.member(run), energy)
    if power:
        values[block.SLUG] = runpower.values(power)
        models.append(runpower.model(power, address, run))
        figure = runpower.figure(power, run)
    by_kind = {kind: [chart for chart in charts if chart.kind == kind] for kind in KINDS}
    sections = {kind: _sections(job, found, run) for kind, found in by_kind.items()}
    model = {
        "page": "run",
        "project": job.project,
        "base": "../",
        "run": record.id,
        "runs": [data.run(run.record, job.urls.run(run.slug))],
        "charts": models,
        "energy": address if energy is not None and energy.curve is not None else None,
        "defaults": {"legend": VIEW.legend},
        "updated_ms": record.updated_ns // 1_000_000,
        **({} if run.alerts is None else {"alerts": address}),
        **({"more": {"index": relative(job.urls.metrics, path), "own": address}} if found else {}),
    }
    head = job.site.head(
        path,
        title=f"{record.name} · {job.project}",
        description=f"Run {record.name} of {job.project}: {record.status}, {words.count(record.row_count, 'log')}",
        model=model,
        load=[job.urls.run_data(run.slug)],
        image=None,
        has_media=media is not None,
    )
    plain = {key: value for key, value in record.summary.items() if kind_of(value) is None}
    summary = {**_last_values(run), **dict(words.flat(privacy.public(plain)))}
    texts = [
        (m.name, privacy.public_text(str(m.last)))
        for m in run.metrics
        if not m.is_numeric and m.last is not None and kind_of(m.last) is None
    ]
    kept = {"summary": set(foremost(list(summary), MOST_VALUES)), "texts": {name for name, _ in texts[:MOST_VALUES]}}
    context = RunPage(
        head=head,
        name=record.name,
        id=record.id,
        crumbs=(Link("Projects", relative(INDEX, path)), Link(job.project, relative(job.urls.index, path))),
        color=record.order % tables.COLOURED,
        state=tables.state(run),
        meta=_meta(run),
        facts=tuple(_facts(run)),
        parquet=f"../data/runs/{run.slug}.parquet",
        tags=record.tags,
        notes=figures.markup(markdown.to_html(record.notes)) if record.notes else None,
        config=tuple((key, words.value(value)) for key, value in words.flat(privacy.public(record.config))),
        summary=tuple((key, words.value(value)) for key, value in summary.items() if key in kept["summary"]),
        sections=sections["metric"],
        system=sections["system"],
        is_empty=not run.metrics,
        anchor=f"run-{run.slug}",
        texts=tuple((name, words.value(text)) for name, text in texts[:MOST_VALUES]),
        media=media.sections if media else (),
        media_notes=media.notes if media else (),
        media_index=f"../data/runs/{run.slug}.media.json" if media else None,
        energy=None if energy is None else block.block(job.about, energy, figure, page=relative(job.urls.energy, path)),
        alerts=alerts.of_run(run),
        more=others,
        more_system=sum(chart.kind == "system" for chart in logged) - len(by_kind["system"]),
        unlisted={"summary": len(summary) - len(kept["summary"]), "texts": max(0, len(texts) - MOST_VALUES)},
    )
    curve = None if energy is None else energy.curve
    along = {} if curve is None else {"energy": curves.columns({record.id: curve}, {record.id: record.created_ns})}
    raised = {} if run.alerts is None else {"alerts": alertdata.of_runs([run])}
    return context, {"run": record.id, "charts": values, **found, **along, **raised}


def drawn(charts: Sequence[RunChart]) -> list[RunChart]:
    """The charts that a run's page draws of those that there are."""
    names = [chart.series.metric for chart in charts if chart.kind == "metric"]
    kept = set(foremost(names, MOST_DRAWN))
    system = [chart for chart in charts if chart.kind == "system"][:MOST_DRAWN]
    return [chart for chart in charts if chart.kind == "metric" and chart.series.metric in kept] + system


def _others(job: RunJob, logged: Sequence[RunChart], charts: Sequence[RunChart], path: str) -> MoreCharts | None:
    """What the page says of metrics of the run that it does not draw."""
    known = {chart.series.metric for chart in charts if chart.kind == "metric"}
    rest = [chart for chart in logged if chart.kind == "metric" and chart.series.metric not in known]
    paged = [(chart.series.metric, chart.slug) for chart in rest if chart.series.metric in job.slugs]
    return more(job.urls, path, len(known), paged, left=len(rest) - len(paged))


def _sections(job: RunJob, charts: Sequence[RunChart], run: Run) -> tuple[Section, ...]:
    raised = alerts.of_own(run)

    def figure(chart: RunChart) -> Markup:
        view = replace(VIEW, x=_axis(job, chart)) if chart.kind == "metric" else SYSTEM_VIEW
        return figures.markup(
            picture.figure(
                figures.draw([chart.series], (), view, is_small=True),
                view,
                slug=chart.slug,
                metric=chart.series.metric,
                title=_chart_title(chart),
                subtitle="",
                date=words.day(run.record.updated_ns),
                is_running=run.record.status == "running",
                heading=3,
                alerts=placed(raised, [chart.series], axis_of([chart.series], view)),
            )
        )

    if not charts or charts[0].kind == "metric":
        return figures.sections(charts, lambda chart: chart.series.metric, figure)
    found: list[Section] = []
    shown = 0
    for name, places in devices.sections([chart.series.metric for chart in charts]):
        drawn = tuple(figure(charts[place]) for place in places)
        found.append(Section(name, len(places), drawn, shown < figures.OPEN_CHARTS))
        shown += len(places)
    return tuple(found)


def _chart_title(chart: RunChart) -> str:
    metric = chart.series.metric
    return metric if chart.kind == "metric" else devices.place(metric).title


def _axis(job: RunJob, chart: RunChart) -> str:
    return job.axes.get(chart.series.metric, VIEW.x)


def _chart_model(job: RunJob, run: Run, chart: RunChart, path: str, address: str) -> dict[str, Any]:
    is_shared = chart.kind == "metric"
    return {
        "metric": chart.series.metric,
        "slug": chart.slug,
        "title": _chart_title(chart),
        "subtitle": "",
        "data": address,
        "key": f"run:{run.slug}",
        "full": None,
        "page": relative(job.urls.chart(chart.slug), path) if chart.series.metric in job.slugs and is_shared else None,
        "links": {},
        "defaults": chart_defaults(_axis(job, chart)) if is_shared else {"x": SYSTEM_VIEW.x},
        "count": len(chart.series.series),
    }


def _meta(run: Run) -> tuple[str, ...]:
    record = run.record
    facts = [record.group and f"group {record.group}", words.duration(record.seconds)]
    facts += [words.count(record.row_count, "log"), None if record.last_step is None else f"step {record.last_step:,}"]
    return (*(fact for fact in facts if fact), f"started {words.minute(record.created_ns)}")


def _facts(run: Run) -> list[tuple[str, str]]:
    record = run.record
    facts = [("id", record.id), ("group", record.group), ("job type", record.job_type)]
    facts += [("started", words.minute(record.created_ns)), ("last log", words.minute(record.updated_ns))]
    facts += [("ended", words.minute(record.finished_ns) if record.finished_ns else None)]
    facts += [("exit code", str(record.exit_code) if record.exit_code else None)]
    return [(name, text) for name, text in facts if text]


def _last_values(run: Run) -> dict[str, Any]:
    return {
        metric.name: metric.last
        for metric in run.numeric("metric")
        if metric.last is not None and kind_of(metric.last) is None
    }
