"""A chart of the report as a value: where it lies, which files it consists of, what pages know of it (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from trackio.energy.statement import Curve
from trackio.grammar import View
from trackio.lines import KWH
from trackio.report import data
from trackio.report.energy.targets import Target
from trackio.report.figures import Member
from trackio.report.heads import HEIGHT, WIDTH, Site
from trackio.report.urls import ProjectUrls, relative

EXPORTS = {"svg": "svg", "png": "png", "csv": "csv", "spec": "vl.json"}
"""The kinds of a chart's links, and their suffixes."""


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
    title: str | None = None
    """What stands over the chart, if not the metric's name."""
    shares: str | None = None
    """The slug of the chart whose data this one draws, when it has none of its own."""
    curves: Mapping[str, Curve] | None = None
    """What runs used over time, by id, where the chart is drawn over energy too."""
    targets: tuple[Target, ...] = ()
    """Values of the metric whose moments are looked for."""
    has_alerts: bool = False
    """Whether any of the runs raised alerts."""

    @property
    def name(self) -> str:
        """What stands over the chart."""
        return self.title or self.metric

    @property
    def page_title(self) -> str:
        """What its own page is called elsewhere."""
        return f"{self.name} over energy" if self.shares is not None and self.x == KWH else self.name

    @property
    def over_energy(self) -> ChartJob:
        """The job of the same metric over energy."""
        return replace(self, slug=over_energy(self.slug), x=KWH, shares=self.slug)

    @property
    def view(self) -> View:
        """What the chart shows, unless a reader asks for more."""
        return View(x=self.x)


def over_energy(slug: str) -> str:
    """The slug of a chart over energy; no slug of a metric has a dot in it."""
    return f"{slug}.{KWH}"


def chart_names(urls: ProjectUrls, slug: str, count: int, *, has_energy: bool = False) -> list[str]:
    """The files of a chart, its page first; ``has_energy`` where it is drawn over energy too."""
    names = [*picture_names(urls, slug), urls.series(slug)]
    if has_energy:
        names += picture_names(urls, over_energy(slug))
    if count > data.COMPLETE_POINTS:
        names += [urls.series(slug, full=True), *([urls.series(over_energy(slug))] if has_energy else [])]
    return names


def picture_names(urls: ProjectUrls, slug: str) -> list[str]:
    """The page of a chart and its exports."""
    return [urls.chart(slug), *(urls.chart(slug, suffix) for suffix in (*EXPORTS.values(), "oembed.json"))]


def chart_model(job: ChartJob, page: str, subtitle: str) -> dict[str, object]:
    """What the page's model says of a chart."""
    urls = job.urls
    is_whole = job.count <= data.COMPLETE_POINTS
    first, full = (job.shares or job.slug) if is_whole else job.slug, job.shares or job.slug
    return {
        "metric": job.metric,
        "slug": job.slug,
        "title": job.name,
        "subtitle": subtitle,
        "data": relative(urls.series(first), page),
        "full": None if is_whole else relative(urls.series(full, full=True), page),
        "page": relative(urls.chart(job.slug), page),
        "links": links(urls, job.slug, page),
        "defaults": chart_defaults(job.x),
        "count": job.count,
    }


def alert_model(urls: ProjectUrls, page: str, *, has_alerts: bool) -> dict[str, str]:
    """What the page's model says of alerts: where they lie, if there are any."""
    return {"alerts": relative(urls.alert_marks, page)} if has_alerts else {}


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
