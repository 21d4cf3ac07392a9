"""The files of one chart: its page, its exports and its data; and its figure as it stands on other pages."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trackio import picture
from trackio.lines import KWH, Line
from trackio.records import RunSeries
from trackio.report import alertdata, data, datahash, exports, figures, words
from trackio.report.chartjob import ChartJob, alert_model, chart_defaults, chart_model, iframe, links
from trackio.report.heads import HEIGHT, WIDTH
from trackio.report.model import ChartPage
from trackio.report.render import render
from trackio.report.snapshots.slots import EMBED, KEPT, slot
from trackio.report.urls import relative

if TYPE_CHECKING:
    from markupsafe import Markup

    from trackio.flags import Alert


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart as it stands on a page beside its own."""

    job: ChartJob
    figure: Markup
    subtitle: str


def overview(
    job: ChartJob, series: Sequence[RunSeries], page: str | None, alerts: Sequence[Alert] = ()
) -> Figure | None:
    """The chart on another page; None where it has nothing to show. ``alerts`` are placed on its x-axis."""
    drawn = figures.draw(series, job.groups, job.view, is_small=True)
    if not drawn:
        return None
    return Figure(replace(job, curves=None), figure_of(job, drawn, page, alerts), picture.summary(drawn, job.view))


def chart_files(job: ChartJob, series: Sequence[RunSeries], alerts: Sequence[Alert] = ()) -> dict[str, bytes]:
    """A chart's page, its exports, and its data where it has some of its own; ``alerts`` are placed on its x-axis."""
    urls, slug = job.urls, job.slug
    drawn = figures.draw(series, job.groups, job.view)
    is_whole = job.count <= data.COMPLETE_POINTS
    files = {
        urls.chart(slug): _chart_page(job, drawn, alerts, datahash.of_chart(job.metric, series)),
        urls.chart(slug, "csv"): exports.csv_bytes(series, KWH if job.x == KWH else None),
    }
    pictures = exports.pictures(drawn, job.view, job.name, is_transparent=job.site.is_transparent, alerts=alerts)
    files |= {urls.chart(slug, suffix): part for suffix, part in pictures.items()}
    files[urls.chart(slug, "oembed.json")] = _oembed(job, files[urls.chart(slug, "png")])
    if job.shares is not None:
        return files if is_whole else files | {urls.series(slug): data.script(slug, reduced(job, series, alerts))}
    first, full = data.chart(job.metric, series, drawn, is_whole=is_whole)
    first |= {} if is_whole else alertdata.places(alerts, job.x)
    files[urls.series(slug)] = data.script(slug, first)
    if full is not None:
        files[urls.series(slug, full=True)] = data.script(f"{slug}.full", full)
    return files


def reduced(
    job: ChartJob, series: Sequence[RunSeries], alerts: Sequence[Alert] = (), *, is_small: bool = False
) -> dict[str, object]:
    """The lines alone, of a chart whose points lie in another's file."""
    drawn = figures.draw(series, job.groups, job.view, is_small=is_small)
    return data.chart(job.metric, (), drawn, is_whole=False)[0] | alertdata.places(alerts, job.x)


def _chart_page(job: ChartJob, drawn: Sequence[Line], alerts: Sequence[Alert], digest: str) -> bytes:
    path = job.urls.chart(job.slug)
    cite = job.site.cite(path, [job.project, job.page_title], digest, job.updated_ns)
    subtitle = picture.summary(drawn, job.view)
    model = {
        "page": "chart",
        "project": job.project,
        "base": "../",
        "charts": [chart_model(job, path, subtitle)],
        "defaults": chart_defaults(job.x),
        "updated_ms": job.updated_ns // 1_000_000,
        **alert_model(job.urls, path, has_alerts=job.has_alerts),
    }
    head = job.site.head(
        path,
        title=f"{job.page_title} · {job.project}",
        description=f"{job.page_title}: {subtitle}",
        model=model,
        load=[job.urls.data, job.urls.series((job.count <= data.COMPLETE_POINTS and job.shares) or job.slug)],
        image=job.urls.chart(job.slug, "png"),
        oembed=job.urls.chart(job.slug, "oembed.json"),
        is_embed=True,
    )
    return render(ChartPage(head, figure_of(job, drawn, path, alerts, cite=cite)))


def figure_of(
    job: ChartJob, drawn: Sequence[Line], page: str | None, alerts: Sequence[Alert], *, cite: str = ""
) -> Markup:
    """The figure as it stands on a page; None is a single file, which has no others to link to."""
    own = job.urls.chart(job.slug)
    return figures.markup(
        picture.figure(
            drawn,
            job.view,
            slug=job.slug,
            metric=job.metric,
            title=job.title,
            project=job.project if page == own else "",
            date=words.day(job.updated_ns),
            is_running=job.is_running,
            links={} if page is None else links(job.urls, job.slug, page),
            page="" if page in (own, None) else relative(own, page or ""),
            heading=1 if page == own else 3,
            alerts=alerts,
            own=picture.Own(slot(KEPT), cite, slot(EMBED)) if page == own else None,
        )
    )


def _oembed(job: ChartJob, image_bytes: bytes) -> bytes:
    """See https://oembed.com, section 2.3.4. Without a base address the iframe's is relative to this file."""
    page, png = job.urls.chart(job.slug), job.urls.chart(job.slug, "png")
    found: dict[str, object] = {
        "version": "1.0",
        "type": "rich",
        "title": f"{job.page_title} · {job.project}",
        "provider_name": "trackio",
        "width": WIDTH,
        "height": HEIGHT,
        "html": iframe(job.site.url(page) or relative(page, page), job.page_title),
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
