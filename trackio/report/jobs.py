"""The map step: what one worker does, from names that fit in a message to the finished files of some pages.

Jobs are plain frozen values and their results are bytes, so that any executor of ``concurrent.futures``'s shape can
carry them: a process pool here, a cluster where one machine is too small.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from markupsafe import Markup

from trackio import picture
from trackio.grammar import View
from trackio.lines import Line
from trackio.records import RunSeries
from trackio.report import data, exports, figures, words
from trackio.report.figures import Member
from trackio.report.heads import HEIGHT, WIDTH, Site
from trackio.report.model import ChartPage
from trackio.report.render import render
from trackio.report.urls import ProjectUrls, relative

EXPORTS = {"svg": "svg", "png": "png", "csv": "csv", "spec": "vl.json"}
"""The kinds of a chart's links, and their suffixes."""

BATCH_POINTS, BATCH_CHARTS = 2_000_000, 16
"""The most that is read together: 64 MB of points, and few enough charts that the progress is seen."""

BASE_POINTS = 20_000
"""A chart costs as much as reading so many points before its first one is read."""


@dataclass(frozen=True, slots=True)
class ChartJob:
    """One chart of a project: its page and exports, and its picture for the project's page."""

    home: Path
    site: Site
    project: str
    urls: ProjectUrls
    metric: str
    slug: str
    members: tuple[Member, ...]
    groups: tuple[str, ...]
    count: int
    """Points over all runs."""
    updated_ns: int
    is_running: bool
    is_stale: bool
    """False when only the picture is wanted, as page and exports are up to date."""
    x: str = "step"
    """The x-axis, unless a reader asks for another."""

    @property
    def view(self) -> View:
        """What the chart shows, unless a reader asks for more."""
        return View(x=self.x)


@dataclass(frozen=True, slots=True)
class ChartResult:
    """What a chart job gives."""

    job: ChartJob
    files: dict[str, bytes]
    figure: Markup
    """For the project's page."""
    thumbnail: Markup
    """For the project's card on the root page."""
    subtitle: str


def charts(jobs: Sequence[ChartJob]) -> list[ChartResult]:
    """Do the jobs of some charts of one project."""
    series = _read(jobs)
    return [_chart(job, series.pop(job.metric)) for job in jobs]


def _chart(job: ChartJob, series: Sequence[RunSeries]) -> ChartResult:
    small = figures.draw(series, job.groups, job.view, is_small=True)
    subtitle = picture.summary(small, job.view)
    files = _chart_files(job, series) if job.is_stale else {}
    return ChartResult(
        job, files, _figure(job, small, job.urls.index), figures.thumbnail(small[:10], job.view, job.metric), subtitle
    )


def inline_charts(jobs: Sequence[ChartJob]) -> list[tuple[ChartResult, dict[str, object]]]:
    """Some charts of one project for a single file: each one's picture, and what its data would register, by key."""
    series = _read(jobs)
    return [_inline_chart(job, series.pop(job.metric)) for job in jobs]


def batches(jobs: Iterable[ChartJob], at_least: int) -> list[list[ChartJob]]:
    """The jobs in groups that are read together: of one project, about alike in size, not too many points in any."""
    found: list[list[ChartJob]] = []
    by_project: dict[str, list[ChartJob]] = {}
    for job in jobs:
        by_project.setdefault(job.project, []).append(job)
    for own in by_project.values():
        points = sum(job.count for job in own)
        count = min(len(own), max(at_least, -(-points // BATCH_POINTS), -(-len(own) // BATCH_CHARTS)))
        dealt: list[list[ChartJob]] = [[] for _ in range(count)]
        sizes = [0] * count
        for job in sorted(own, key=lambda job: (not job.is_stale, -job.count)):
            place = sizes.index(min(sizes))
            dealt[place].append(job)
            sizes[place] += job.count + BASE_POINTS * (4 if job.is_stale else 1)
        found += dealt
    return found


def _read(jobs: Sequence[ChartJob]) -> dict[str, list[RunSeries]]:
    axes = {job.metric: job.x for job in jobs if job.x != View().x}
    return figures.read(jobs[0].home, jobs[0].project, {job.metric: job.members for job in jobs}, axes)


def _inline_chart(job: ChartJob, series: Sequence[RunSeries]) -> tuple[ChartResult, dict[str, object]]:
    small = figures.draw(series, job.groups, job.view, is_small=True)
    first, full = data.chart(job.metric, series, small, is_whole=job.count <= data.COMPLETE_POINTS)
    values: dict[str, object] = {job.slug: first}
    if full is not None:
        values[f"{job.slug}.full"] = full
    result = ChartResult(job, {}, _figure(job, small, None), Markup(), picture.summary(small, job.view))
    return result, values


def chart_names(urls: ProjectUrls, slug: str, count: int) -> list[str]:
    """The files of a chart, its page first."""
    names = [urls.chart(slug), *(urls.chart(slug, suffix) for suffix in EXPORTS.values())]
    names += [urls.chart(slug, "oembed.json"), urls.series(slug)]
    return names if count <= data.COMPLETE_POINTS else [*names, urls.series(slug, full=True)]


def chart_model(job: ChartJob, page: str, subtitle: str) -> dict[str, object]:
    """What the page's model says of a chart."""
    urls = job.urls
    return {
        "metric": job.metric,
        "slug": job.slug,
        "title": job.metric,
        "subtitle": subtitle,
        "data": relative(urls.series(job.slug), page),
        "full": None if job.count <= data.COMPLETE_POINTS else relative(urls.series(job.slug, full=True), page),
        "page": relative(urls.chart(job.slug), page),
        "links": links(urls, job.slug, page),
        "defaults": chart_defaults(job.x),
        "count": job.count,
    }


def chart_defaults(x: str) -> dict[str, str]:
    """Where a chart's own view differs from its page's."""
    return {} if x == View().x else {"x": x}


def links(urls: ProjectUrls, slug: str, page: str) -> dict[str, str]:
    """A chart's exports, as a page links to them."""
    return {kind: relative(urls.chart(slug, suffix), page) for kind, suffix in EXPORTS.items()}


def iframe(src: str, title: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    """The HTML that puts a page into another one, the same as the browser's *Copy embed* gives."""
    return (
        f'<iframe src="{escape(src)}" title="{escape(title)}" width="{width}" height="{height}" loading="lazy" '
        'style="border:0;max-width:100%" data-trackio></iframe>'
    )


def _chart_files(job: ChartJob, series: Sequence[RunSeries]) -> dict[str, bytes]:
    urls, slug = job.urls, job.slug
    drawn = figures.draw(series, job.groups, job.view)
    first, full = data.chart(job.metric, series, drawn, is_whole=job.count <= data.COMPLETE_POINTS)
    files = {urls.chart(slug): _chart_page(job, drawn), urls.chart(slug, "csv"): exports.csv_bytes(series)}
    pictures = exports.pictures(drawn, job.view, job.metric, is_transparent=job.site.is_transparent)
    files |= {urls.chart(slug, suffix): part for suffix, part in pictures.items()}
    files[urls.chart(slug, "oembed.json")] = _oembed(job, files[urls.chart(slug, "png")])
    files[urls.series(slug)] = data.script(slug, first)
    if full is not None:
        files[urls.series(slug, full=True)] = data.script(f"{slug}.full", full)
    return files


def _chart_page(job: ChartJob, drawn: Sequence[Line]) -> bytes:
    path = job.urls.chart(job.slug)
    subtitle = picture.summary(drawn, job.view)
    model = {
        "page": "chart",
        "project": job.project,
        "base": "../",
        "charts": [chart_model(job, path, subtitle)],
        "defaults": chart_defaults(job.x),
        "updated_ms": job.updated_ns // 1_000_000,
    }
    head = job.site.head(
        path,
        title=f"{job.metric} · {job.project}",
        description=f"{job.metric}: {subtitle}",
        model=model,
        load=[job.urls.data, job.urls.series(job.slug)],
        image=job.urls.chart(job.slug, "png"),
        oembed=job.urls.chart(job.slug, "oembed.json"),
        is_embed=True,
    )
    return render(ChartPage(head, _figure(job, drawn, path)))


def _figure(job: ChartJob, drawn: Sequence[Line], page: str | None) -> Markup:
    """The figure as it stands on a page; None is a single file, which has no others to link to."""
    own = job.urls.chart(job.slug)
    return figures.markup(
        picture.figure(
            drawn,
            job.view,
            slug=job.slug,
            metric=job.metric,
            project=job.project if page == own else "",
            date=words.day(job.updated_ns),
            is_running=job.is_running,
            links={} if page is None else links(job.urls, job.slug, page),
            page="" if page in (own, None) else relative(own, page or ""),
            heading=1 if page == own else 3,
        )
    )


def _oembed(job: ChartJob, image_bytes: bytes) -> bytes:
    """See https://oembed.com, section 2.3.4. Without a base address the iframe's is relative to this file."""
    page, png = job.urls.chart(job.slug), job.urls.chart(job.slug, "png")
    found: dict[str, object] = {
        "version": "1.0",
        "type": "rich",
        "title": f"{job.metric} · {job.project}",
        "provider_name": "trackio",
        "width": WIDTH,
        "height": HEIGHT,
        "html": iframe(job.site.url(page) or relative(page, page), job.metric),
    }
    image = job.site.url(png)
    if image is not None:
        # A PNG says its size in its first chunk; labels of the axes make it differ from chart to chart.
        width, height = struct.unpack_from(">II", image_bytes, 16)
        found |= {
            "provider_url": job.site.base_url,
            "thumbnail_url": image,
            "thumbnail_width": width,
            "thumbnail_height": height,
        }
    return json.dumps(found, indent=1, ensure_ascii=True).encode() + b"\n"
