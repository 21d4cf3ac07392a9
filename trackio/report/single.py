"""The whole report as one HTML file, to be mailed or attached: pictures, data, scripts and styles are all inline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any

from markupsafe import Markup

from trackio import settings
from trackio.errors import ReportError
from trackio.report import (
    alertdata,
    chartjob,
    citation,
    data,
    datahash,
    heads,
    jobs,
    pages,
    runpages,
    urls,
    words,
    workers,
)
from trackio.report.build import Options, Progress, choose, projects_of, silent
from trackio.report.chartjob import ChartJob
from trackio.report.energy import making
from trackio.report.energy import single as energies
from trackio.report.energy.making import Measured
from trackio.report.foremost import MOST_DRAWN
from trackio.report.gather import Project, Run
from trackio.report.heads import Site
from trackio.report.jobs import ChartResult
from trackio.report.media import panels
from trackio.report.media.choice import Mode
from trackio.report.media.inline import INLINE_TOTAL_BYTES, Inline
from trackio.report.media.panels import RunMedia, Shown
from trackio.report.model import AlertsPanel, Frame, FramesPage, Head, MoreCharts, ProjectPage, Row, RunPage, SinglePage
from trackio.report.more import shell
from trackio.report.plan import ProjectPlan, plan
from trackio.report.render import render
from trackio.report.snapshots import entry
from trackio.report.write import replace_file
from trackio.store.home import Home

MARK = b'<meta name="generator" content="trackio">'
"""Every page of ours has it in its head."""


def single(
    options: Options,
    *,
    progress: Progress = silent,
    on_left_out: Callable[[Mapping[str, int]], object] = lambda _: None,
) -> int:
    """Write the file ``options.output`` and give its size; a file that is not ours is left alone.

    ``on_left_out`` is told how many metrics of a project have no chart, as there are too many, by its name.
    """
    _refuse_foreign(options.output)
    site = Site(urls.base_url(options.base_url), credit=options.credit)
    home = options.home or settings.home()
    limit = MOST_DRAWN if options.charts_limit is None else options.charts_limit
    projects = projects_of(home, replace(options, charts_limit=limit))
    on_left_out({one.name: len(one.left) for one in projects if one.left})
    chosen = {one.name: choose(home, one, replace(options, media=_last(options))) for one in projects}
    planned = plan(projects, site, home, "", chosen).projects
    total = sum(len(one.charts) for one in planned)
    measured = {one.project.name: making.measure(home, one.project) for one in planned if one.energy is not None}
    todo = [_over_energy(job, one, measured) for one in planned for _, job in one.charts]
    batches = jobs.batches(todo, workers.processors(options.workers))
    results: dict[tuple[str, str], ChartResult] = {}
    values: dict[str, dict[str, object]] = {one.project.name: {} for one in planned}
    seconds = sum(job.count for batch in batches for job in batch) * workers.SECONDS_OF_A_POINT
    with workers.workers(seconds, len(batches), options.workers) as executor:
        for future in as_completed([executor.submit(jobs.inline_charts, batch) for batch in batches]):
            for result, found in future.result():
                results[result.job.project, result.job.metric] = result
                values[result.job.project] |= found
                progress(len(results), total)
    documents = []
    for one in planned:
        own, energy = values[one.project.name], measured.get(one.project.name)
        documents.append(_document(one, site, home, results, values=own, measured=energy))
    page = documents[0] if len(documents) == 1 else render(_frames(projects, documents))
    try:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        replace_file(options.output, page)
    except OSError as error:
        raise ReportError(
            f"{options.output} could not be written ({error.strerror or error}). Name another file with --output."
        ) from error
    return len(page)


def _document(
    planned: ProjectPlan,
    site: Site,
    home: Path,
    results: Mapping[tuple[str, str], ChartResult],
    *,
    values: dict[str, object],
    measured: Measured | None,
) -> bytes:
    one = planned.project
    job = runpages.run_job(
        home, site, one, one.runs, planned.chosen, energies=None if measured is None else measured.short
    )
    found = None if measured is None else energies.inline(planned, site, measured, results)
    overview = pages.project(planned, site, results, None if found is None else found.stated)
    values |= {} if found is None else found.values
    values |= {"alerts": {"alerts": alertdata.of_runs(one.runs)}} if one.raised else {}
    left = [INLINE_TOTAL_BYTES]
    media = [_media(job, run, own, left) for run, own in zip(one.runs, job.media, strict=True)]
    runs = tuple(
        _without_charts(runpages.page(job, run, (), urls.INDEX, "", media=own)[0])
        for run, own in zip(one.runs, media, strict=True)
    )
    anchors = {row.id: f"#{page.anchor}" for row, page in zip(overview.rows, runs, strict=True)}
    scripts = [f"trackioData({data.inline(key)},{data.inline(value)})" for key, value in sorted(values.items())]
    page = SinglePage(
        head=_head(planned, results, has_media=any(media), energy=found),
        project=_anchored(overview, anchors),
        runs=runs,
        data=tuple(Markup(script) for script in scripts),  # noqa: S704 - escaped by inline()
        runtime=heads.ours("runtime.js"),
        energy=None if found is None else energies.anchored(found.parts, anchors),
    )
    digests = [runpages.digest(job, run, own) for run, own in zip(one.runs, media, strict=True)]
    # A single file has no public address of its own: it is passed from hand to hand.
    site = Site(credit=site.credit)
    cite = site.cite(urls.INDEX, [one.name], datahash.of_project(one.name, digests), one.updated_ns)
    return render(citation.on(page, cite))


def _over_energy(job: ChartJob, planned: ProjectPlan, measured: Mapping[str, Measured]) -> ChartJob:
    """The job, with what runs used where it is to be drawn over that."""
    if job.metric not in planned.targets:
        return job
    return replace(job, curves=measured[job.project].curves)


def _media(job: runpages.RunJob, run: Run, media: RunMedia, left: list[int]) -> Shown | None:
    """The last medium of each name of a run; ``left`` is how many bytes there is room for, and becomes less."""
    if not media.found:
        return None
    store = Home(job.home).project(job.project)
    place = Inline(store.blobs, media.faults, left)
    return panels.show(store, run.record.id, media, place, "", prefix=f"run-{run.slug}-")


def _last(options: Options) -> Mode:
    return "none" if options.media == "none" else "last"


def _head(
    planned: ProjectPlan,
    results: Mapping[tuple[str, str], ChartResult],
    *,
    has_media: bool,
    energy: energies.Inlined | None,
) -> Head:
    one = planned.project
    charts = []
    for metric in one.metrics:
        chart: dict[str, object] = {"metric": metric.name, "slug": metric.slug, "title": metric.name}
        chart |= {"page": None, "links": {}}
        chart |= {"subtitle": results[one.name, metric.name].subtitle, "count": metric.count}
        chart |= {"defaults": chartjob.chart_defaults(metric.x)}
        chart |= {"data": f"#{metric.slug}"}
        chart |= {"full": None if metric.count <= data.COMPLETE_POINTS else f"#{metric.slug}.full"}
        charts.append(chart)
    if energy is not None:
        charts += energy.charts
    model: dict[str, Any] = {
        "page": "single",
        "project": one.name,
        "base": "",
        "runs": [data.run(run.record, f"#run-{run.slug}") for run in one.runs],
        "groups": list(one.groups),
        "charts": charts,
        "energy": "#energy" if energy is not None and "energy" in energy.values else None,
        "defaults": {},
        "updated_ms": one.updated_ns // 1_000_000,
        **({"alerts": "#alerts"} if one.raised else {}),
    }
    facts = ", ".join(pages.facts(one))
    description = f"{one.name}: {facts}"
    return Site(None).head(
        urls.INDEX, title=one.name, description=description, model=model, is_single=True, has_media=has_media
    )


def _anchored(page: ProjectPage, anchors: Mapping[str, str]) -> ProjectPage:
    def here(row: Row) -> Row:
        return replace(row, href=anchors[row.id])

    return replace(
        page,
        crumbs=(),
        energy=None if page.energy is None else replace(page.energy, href="#energy"),
        more=None if page.more is None else _in_one_file(page.more),
        reports=tuple(replace(link, href=_report_anchor(link.href)) for link in page.reports),
        rows=tuple(here(row) for row in page.rows),
        alerts=None if page.alerts is None else _anchored_alerts(page.alerts, anchors),
        groups=tuple(replace(group, runs=tuple(here(row) for row in group.runs)) for group in page.groups),
    )


def _in_one_file(found: MoreCharts) -> MoreCharts:
    """What is not drawn is found by the script all the same, but there are no files to link to."""
    bare = shell(urls.ProjectUrls(""), urls.INDEX)
    return replace(found, links=(), unlinked=found.unlinked + len(found.links), shell=bare)


def _anchored_alerts(panel: AlertsPanel, anchors: Mapping[str, str]) -> AlertsPanel:
    items = [
        item if item.run is None else replace(item, run=replace(item.run, href=anchors[item.run_id]))
        for item in panel.items
    ]
    return replace(panel, items=tuple(items), data=None)


def _report_anchor(href: str) -> str:
    """``runs/<run>.html#media-<name>`` as the place of the same panel in a single file."""
    run, _, panel = href.removeprefix("runs/").partition(".html#")
    return f"#run-{run}-{panel}"


def _without_charts(page: RunPage) -> RunPage:
    own = None if page.energy is None else replace(page.energy, project="#energy")
    return replace(page, sections=(), system=(), media_index=None, energy=own)


def _frames(projects: list[Project], documents: list[bytes]) -> FramesPage:
    runs = sum(len(one.runs) for one in projects)
    frames = [
        Frame(one.name, f"project-{one.urls.slug}", document.decode())
        for one, document in zip(projects, documents, strict=True)
    ]
    meta = (words.count(len(projects), "project"), words.count(runs, "run"))
    return FramesPage("Training runs", heads.ICON, heads.ours("site.css"), heads.ours("embed.js"), meta, tuple(frames))


def _refuse_foreign(path: Path) -> None:
    entry.refuse(path)
    if path.is_dir():
        raise ReportError(f"{path} is a folder. Name a file with --output, such as {path / 'report.html'}.")
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except FileNotFoundError:
        return
    if start and MARK not in start:
        raise ReportError(f"{path} was not written by trackio. Name another file with --output; nothing was changed.")
