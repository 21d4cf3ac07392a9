"""The first page and the pages of projects: the report's own contexts, with frames that fill as points arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from trackio.dashboard import shells
from trackio.dashboard.cards import Summary
from trackio.dashboard.energies import Energy
from trackio.dashboard.known import Known
from trackio.dashboard.site import LiveSite
from trackio.lines import KWH
from trackio.report import chartjob, pages, tables
from trackio.report.foremost import MOST_DRAWN, drawn
from trackio.report.gather import Project, Run
from trackio.report.media.choice import Chosen
from trackio.report.model import Card, ChartPage, IndexPage, Link, ProjectPage
from trackio.report.plan import Part, Plan, ProjectPlan
from trackio.report.served import Edits, Served
from trackio.report.tables import Table
from trackio.report.urls import INDEX, ProjectUrls, relative

ALL_MEDIA = Chosen("all")
"""A server has every file at hand."""

COMPARE, REPORTS = "compare.html", "reports.html"
"""Pages that a report does not have, beside that of their project."""

_NO_PART = Part("", "", ())


def index(summaries: Sequence[Summary], site: LiveSite) -> IndexPage:
    """Every project as a card, without pictures: drawing hundreds would take seconds."""
    read = [one.project for one in summaries if one.project is not None]
    own = replace(site, structure=names(summaries), version=version(summaries))
    page = pages.index(Plan(tuple(planned(one) for one in read), _NO_PART), own, {}, {})
    cards = {card.name: card for card in page.cards}
    return replace(page, cards=tuple(cards.get(one.name) or _bare(one) for one in summaries))


def names(summaries: Sequence[Summary]) -> str:
    """Text that differs when there are other projects."""
    return digest([one.name for one in summaries])


def version(summaries: Sequence[Summary]) -> str:
    """Text that differs whenever the first page does."""
    return digest(
        [
            (one.name, one.fault, one.project and [(run.slug, run.record.revision) for run in one.project.runs])
            for one in summaries
        ]
    )


def updated_ms(summaries: Sequence[Summary]) -> int:
    """The time of the newest record of all; 0 without any."""
    return max((one.project.updated_ns for one in summaries if one.project is not None), default=0) // 1_000_000


def project(known: Known, energy: Energy | None, site: LiveSite, edits: Edits | None) -> ProjectPage:
    """The charts and runs of a project."""
    one = known.project
    path = one.urls.index
    table = _table(one, energy)
    own = replace(site, structure=structure(known, table=table))
    results = {(one.name, metric.name): shells.chart(one, metric, site, path) for metric in drawn(one)}
    page = pages.project(planned(one), own, results, None if energy is None else energy.stated, table=table)
    return replace(page, served=served(one, path, edits))


def without_charts(known: Known, energy: Energy | None, site: LiveSite) -> tuple[ProjectPage, str]:
    """The same with its runs alone, and what its structure is."""
    table = _table(known.project, energy)
    stated = None if energy is None else energy.stated
    return pages.project(planned(known.project), site, {}, stated, table=table), structure(known, table=table)


def structure(known: Known, run: Run | None = None, table: Table | None = None) -> str:
    """Text that differs when a page has to be asked for again, as it has other parts than before."""
    one = known.project
    # Metrics that are drawn when a reader names them change nothing but the number that the page tells.
    metrics = [(metric.name, metric.slug) for metric in drawn(one)]
    state: list[object] = [one.has_energy_axis, one.groups, metrics, len(one.metrics)]
    if table is not None:
        state += [[(column.name, column.note) for column in table[0]], table[2], any(row.tags for row in table[1])]
        state += [(own.record.id, own.slug, own.record.group, [media.slug for media in own.media]) for own in one.runs]
    if run is not None:
        record = run.record
        state += [record.id, run.slug, record.name, record.tags, record.notes]
        names = [metric.name for metric in run.metrics]
        state += [names if len(names) <= MOST_DRAWN else len(names)]
        state += [[(media.slug, len(media.steps)) for media in run.media]]
    for own in one.runs if run is None else (run,):
        # What stands under figures says which runs go on; alerts come with the news, once there is a place for them.
        state += [own.record.status, own.alerts is None]
    return digest(state)


def structure_of_energy(known: Known, reckoning: int) -> str:
    """The same of the page of energy, which is made anew with each reckoning."""
    return f"{structure(known)}.{reckoning}"


def structure_of_reports(known: Known) -> str:
    """The same of the page of reports."""
    state = [
        (run.record.id, media.slug, media.updated_ns)
        for run in known.project.runs
        for media in run.media
        if media.kind == "markdown"
    ]
    return digest(state)


def structure_of_chart(known: Known) -> str:
    """The same of the page of a chart, which says whether its runs go on."""
    return str(known.project.live)


def chart(known: Known, slug: str, site: LiveSite) -> ChartPage:
    """The page of one chart, made for an iframe, also of one over energy; raises UnknownMetric."""
    plain = slug.removesuffix(f".{KWH}")
    is_over_energy = plain != slug and known.project.has_energy_axis
    one, own = known.project, known.metric(plain if is_over_energy else slug)
    path = one.urls.chart(slug)
    shell = shells.chart(one, own, site, path, is_over_energy=is_over_energy)
    model = {
        "page": "chart",
        "project": one.name,
        "base": "../",
        "charts": [chartjob.chart_model(shell.job, path, shell.subtitle)],
        "defaults": chartjob.chart_defaults(shell.job.x),
        "updated_ms": one.updated_ns // 1_000_000,
        **chartjob.alert_model(shell.job.urls, path, has_alerts=shell.job.has_alerts),
    }
    title = f"{shell.job.page_title} · {one.name}"
    description = f"{shell.job.page_title}: {shell.subtitle}"
    head = replace(site, structure=structure_of_chart(known)).head(
        path, title=title, description=description, model=model, is_embed=True
    )
    return ChartPage(head, shell.figure)


def planned(one: Project) -> ProjectPlan:
    """The project as the report plans it, without what only files need."""
    return ProjectPlan(one, (), (), (), ALL_MEDIA, _NO_PART)


def served(one: Project, path: str, edits: Edits | None, run: str | None = None) -> Served:
    """What a page at ``path`` can do beside showing."""
    folder = one.urls.slug
    has_reports = any(media.kind == "markdown" for found in one.runs for media in found.media)
    reports = Link("All reports", relative(f"{folder}/{REPORTS}", path)) if has_reports else None
    return Served(relative(f"{folder}/{COMPARE}", path), reports, edits, run)


def edits(one: Project, urls: dict[str, ProjectUrls], path: str) -> Edits:
    """What whoever has the write token may do on a page."""
    others = tuple(name for name in urls if name != one.name)
    groups = tuple(dict.fromkeys(run.record.group for run in one.runs if run.record.group is not None))
    return Edits(relative("api/runs", path), one.name, others, groups)


def _table(one: Project, energy: Energy | None) -> Table:
    return tables.table(one, None if energy is None else energy.stated.runs)


def _bare(one: Summary) -> Card:
    """The card of a project that was not read yet, or cannot be."""
    said = "cannot be read" if one.fault else "being read"
    return Card(one.name, relative(one.urls.index, INDEX), said, "", "", 0, None)


def digest(state: object) -> str:
    """Text that differs when what it is of does."""
    return blake2b(repr(state).encode("utf-8", "replace"), digest_size=8).hexdigest()
