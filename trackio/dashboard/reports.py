"""All Markdown that the runs of a project logged, newest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trackio import references
from trackio.dashboard import media
from trackio.dashboard.known import Known
from trackio.dashboard.overview import REPORTS, structure_of_reports
from trackio.dashboard.site import LiveSite
from trackio.report import words
from trackio.report.gather import Run
from trackio.report.media import medium, panels
from trackio.report.media.found import Found
from trackio.report.model import Head, Link
from trackio.report.tables import color
from trackio.report.urls import INDEX, relative

if TYPE_CHECKING:
    from markupsafe import Markup

MOST = 40
"""So many stand on the page; older ones are on the pages of their runs."""

_LAST = """
    SELECT step, time_ns, value FROM points
    JOIN metrics ON metrics.num = points.metric JOIN runs ON runs.num = metrics.run
    WHERE runs.id = ? AND metrics.kind = 'metric' AND metrics.name = ? AND value GLOB '{"_type":"trackio.*'
    ORDER BY points.row DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class ReportItem:
    """The last Markdown that a run logged under one name."""

    title: str
    run: Link
    href: str
    """Where it stands on its run's page, with those before it."""
    color: int
    step: str
    time: str
    body: Markup


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """``reports.html.j2``."""

    head: Head
    crumbs: tuple[Link, ...]
    name: str
    items: tuple[ReportItem, ...]
    more: int


def page(known: Known, site: LiveSite) -> ReportsPage:
    """The page."""
    project = known.project
    path = f"{project.urls.slug}/{REPORTS}"
    found = [(one.updated_ns, run, one) for run in project.runs for one in run.media if one.kind == "markdown"]
    newest = sorted(found, key=lambda entry: -entry[0])
    model = {"page": "reports", "project": project.name, "base": "", "charts": [], "defaults": {}}
    title = f"Reports · {project.name}"
    description = f"{words.count(len(newest), 'report')} of {project.name}"
    own = replace(site, structure=structure_of_reports(known))
    items = [_item(known, run, one, path) for _, run, one in newest[:MOST]]
    return ReportsPage(
        head=own.head(path, title=title, description=description, model=model, has_media=True),
        crumbs=(Link("Projects", relative(INDEX, path)), Link(project.name, relative(project.urls.index, path))),
        name="Reports",
        items=tuple(item for item in items if item is not None),
        more=max(0, len(newest) - MOST),
    )


def _item(known: Known, run: Run, one: Found, path: str) -> ReportItem | None:
    _, rows = known.store.query(_LAST, (run.record.id, one.metric))
    if not rows:
        return None
    step, time_ns, value = rows[0]
    href = relative(known.project.urls.run(run.slug), path)
    return ReportItem(
        title=one.metric,
        run=Link(run.record.name, href),
        href=f"{href}#{panels.anchor(one)}",
        color=color(known.project, run),
        step=f"step {step:,}",
        time=words.minute(time_ns),
        body=medium.html(medium.view(references.decode(value) or {}, media.place_of(known))),
    )
