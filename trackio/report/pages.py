"""The root page and the projects' pages, and the manifest (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trackio.energy import units
from trackio.report import alerts, chartjob, data, figures, heads, tables, words
from trackio.report.energy import document
from trackio.report.energy.document import Stated
from trackio.report.foremost import MOST_DRAWN, TELLING, drawn
from trackio.report.gather import Metric, Project, Run
from trackio.report.heads import Site
from trackio.report.jobs import ChartResult
from trackio.report.media import panels
from trackio.report.media.choice import Chosen
from trackio.report.model import Card, IndexPage, Link, ProjectPage
from trackio.report.more import more
from trackio.report.plan import Plan, ProjectPlan
from trackio.report.tables import Table
from trackio.report.urls import INDEX, relative
from trackio.telling import telling
from trackio.version import __version__

MOST_BYTES = 1_500_000
"""Of pictures on a page of very many charts."""

NEWEST = 8
"""So many reports are named on a project's page."""


def index(
    plan: Plan, site: Site, results: Mapping[tuple[str, str], ChartResult], energies: Mapping[str, Stated]
) -> IndexPage:
    """Every project as a card; ``energies`` is what is known of each one's, by name."""
    cards = tuple(_card(one, results, energies.get(one.project.name)) for one in plan.projects)
    projects = [one.project for one in plan.projects]
    runs, live = sum(len(one.runs) for one in projects), sum(one.live for one in projects)
    meta = [words.count(len(projects), "project"), words.count(runs, "run")] + [f"{live:,} running"] * (live > 0)
    updated = max((one.updated_ns for one in projects), default=0)
    meta += [f"updated {words.day(updated)}"] if updated else []
    model: dict[str, Any] = {
        "page": "index",
        "project": None,
        "base": "",
        "projects": [{"name": one.name, "path": relative(one.urls.index, INDEX)} for one in projects],
        "charts": [],
        "defaults": {},
        "updated_ms": updated // 1_000_000,
    }
    title = "Training runs" if len(projects) != 1 else projects[0].name
    head = site.head(INDEX, title=title, description=", ".join(meta), model=model, image=_image(plan.projects))
    reports = tuple(Link(job.title, relative(job.page, INDEX)) for _, job in plan.notes)
    return IndexPage(head, cards, tuple(meta), reports)


def project(
    planned: ProjectPlan,
    site: Site,
    results: Mapping[tuple[str, str], ChartResult],
    energy: Stated | None,
    *,
    table: Table | None = None,
) -> ProjectPage:
    """The charts and runs of a project; without ``results`` its runs alone. ``table`` saves making it again."""
    one = planned.project
    path = one.urls.index
    columns, rows, hidden = table or tables.table(one, None if energy is None else energy.runs)
    found = _fitting([results[one.name, metric.name] for metric in drawn(one)], len(one.metrics)) if results else []
    others = _others(one, found)
    is_grouped = any(figures.is_grouped(result.job.members) for result in found)
    model = {
        "page": "project",
        "project": one.name,
        "base": "",
        "charts": [chartjob.chart_model(result.job, path, result.subtitle) for result in found],
        "defaults": {},
        "updated_ms": one.updated_ns // 1_000_000,
        **chartjob.alert_model(one.urls, path, has_alerts=bool(one.raised)),
        **({"more": {"index": relative(one.urls.metrics, path)}} if others else {}),
    }
    meta = facts(one)
    head = site.head(
        path,
        title=one.name,
        description=f"{one.name}: {', '.join(meta)}",
        model=model,
        load=[one.urls.data],
        image=_image([planned]),
    )
    return ProjectPage(
        head=head,
        name=one.name,
        crumbs=(Link("Projects", relative(INDEX, path)),),
        meta=meta,
        live=one.live,
        groups=tables.listed(one, rows, is_grouped=is_grouped),
        group_names=tuple(name for name in one.groups if any(run.record.group == name for run in one.runs)),
        is_grouped=is_grouped,
        sections=figures.sections(found, lambda result: result.job.metric, lambda result: result.figure),
        columns=columns,
        rows=rows,
        hidden_columns=hidden,
        reports=(*(_link(note, path) for note in planned.notes), *_reports(one, planned.chosen)),
        energy=None if energy is None else Link(said(energy), relative(one.urls.energy, path)),
        has_energy_axis=one.has_energy_axis,
        alerts=alerts.of_project(one, path),
        more=more(one.urls, path, len(found), others, left=len(one.left)) if results else None,
    )


def _fitting(found: list[ChartResult], count: int) -> list[ChartResult]:
    """The charts that a page has room for, those that tell most among them, as pictures of many runs are large.

    A page of a project that has few, by ``count``, has all of them.
    """
    if count <= MOST_DRAWN:
        return found
    first = set(telling([result.job.metric for result in found])[:TELLING])
    kept: set[str] = set()
    size = 0
    for result in sorted(found, key=lambda result: result.job.metric not in first):
        size += len(result.figure)
        if size > MOST_BYTES and len(kept) >= figures.OPEN_CHARTS:
            break
        kept.add(result.job.metric)
    return [result for result in found if result.job.metric in kept]


def _others(one: Project, found: Sequence[ChartResult]) -> list[tuple[str, str]]:
    """The names and slugs of the charts that are not drawn."""
    if len(found) == len(one.metrics):
        return []
    drawn_names = {result.job.metric for result in found}
    return [(metric.name, metric.slug) for metric in one.metrics if metric.name not in drawn_names]


def _link(target: Link, path: str) -> Link:
    """To an address from the root of the site, as the page at ``path`` has to say it."""
    return Link(target.text, relative(target.href, path))


def said(energy: Stated) -> str:
    """``1.25 kWh``, or that it was not measured."""
    return units.energy(energy.joules) if energy.joules is not None else f"energy {units.NOT_MEASURED}"


def _reports(one: Project, chosen: Chosen) -> tuple[Link, ...]:
    """The newest Markdown of the project's runs, as links to where it stands."""
    found = [
        (media.updated_ns, run, media) for run in one.runs for media in chosen.shown(run) if media.kind == "markdown"
    ]
    newest = sorted(found, key=lambda entry: -entry[0])[:NEWEST]
    return tuple(
        Link(
            f"{media.metric} · {run.record.name}",
            f"{relative(one.urls.run(run.slug), one.urls.index)}#{panels.anchor(media)}",
        )
        for _, run, media in newest
    )


def facts(one: Project) -> tuple[str, ...]:
    """``24 runs``, ``3 groups``, ``updated 21 Nov 2024``."""
    groups = {run.record.group for run in one.runs} - {None}
    found = [words.count(len(one.runs), "run")]
    found += [words.count(len(groups), "group")] if groups else []
    return (*found, *([f"updated {words.day(one.updated_ns)}"] if one.runs else []))


def manifest(
    projects: Sequence[ProjectPlan],
    energies: Mapping[str, Mapping[str, Any]] | None = None,
    digests: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> bytes:
    """``manifest.json``: a promise to readers; keys are added, never changed or removed.

    ``energies`` are the documents of the projects that have one, ``digests`` the hashes of their data, by name;
    ``more`` is what there is to say of all together.
    """
    document = {
        "trackio_report": 1,
        "generator": f"trackio {__version__}",
        "csp": heads.csp(),
        **(more or {}),
        "projects": [
            _manifest_project(one.project, one.chosen, (energies or {}).get(one.project.name))
            | {"data_hash": (digests or {}).get(one.project.name)}
            for one in projects
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=True).encode() + b"\n"


def _manifest_project(one: Project, chosen: Chosen, energy: Mapping[str, Any] | None) -> dict[str, Any]:
    by_run = {} if energy is None else document.of_runs(energy)
    return {
        "name": one.name,
        "path": one.urls.index,
        "data": one.urls.data,
        "runs": [
            {
                "id": run.record.id,
                "name": run.record.name,
                "group": run.record.group,
                "tags": list(run.record.tags),
                "status": run.record.status,
                "path": one.urls.run(run.slug),
                "data": one.urls.run_data(run.slug),
                "parquet": one.urls.run_data(run.slug, "parquet"),
                "media": _manifest_media(one, run, chosen),
                "energy": by_run.get(run.record.id),
                "alerts": alerts.stated([run.alerts], f"{one.urls.run(run.slug)}#{alerts.anchor(run)}"),
            }
            for run in one.runs
        ],
        "charts": [_manifest_chart(one, metric) for metric in one.metrics],
        "energy": None if energy is None else document.of_manifest(energy, one.urls.energy_data),
        "card": one.urls.card if one.runs else None,
        "alerts": _manifest_alerts(one),
    }


def _manifest_alerts(one: Project) -> dict[str, Any] | None:
    found = alerts.stated([run.alerts for run in one.runs], f"{one.urls.index}#{alerts.ANCHOR}")
    return None if found is None else found | {"data": one.urls.alerts}


def _manifest_media(one: Project, run: Run, chosen: Chosen) -> dict[str, Any] | None:
    shown = chosen.shown(run)
    if not shown:
        return None
    metrics = [
        {"metric": found.metric, "kind": found.kind, "count": len(found.steps) - chosen.first(found)} for found in shown
    ]
    return {"index": one.urls.run_data(run.slug, "media.json"), "files": one.urls.media(""), "metrics": metrics}


def _manifest_chart(one: Project, metric: Metric) -> dict[str, Any]:
    is_complete = metric.count <= data.COMPLETE_POINTS
    return {
        "metric": metric.name,
        "slug": metric.slug,
        "html": one.urls.chart(metric.slug),
        **{kind: one.urls.chart(metric.slug, suffix) for kind, suffix in chartjob.EXPORTS.items()},
        "oembed": one.urls.chart(metric.slug, "oembed.json"),
        "data": one.urls.series(metric.slug),
        "full": None if is_complete else one.urls.series(metric.slug, full=True),
        "points": metric.count,
    }


def _card(planned: ProjectPlan, results: Mapping[tuple[str, str], ChartResult], energy: Stated | None) -> Card:
    one = planned.project
    # Where charts are drawn as they are asked for, there is no picture of any.
    result = None if planned.telling is None else results.get((one.name, planned.telling))
    errors = alerts.counts(run.alerts for run in one.runs).get("error", 0)
    return Card(
        name=one.name,
        href=relative(one.urls.index, INDEX),
        runs=words.count(len(one.runs), "run"),
        charts=words.count(len(one.metrics), "chart"),
        updated=words.day(one.updated_ns) if one.runs else "",
        live=one.live,
        figure=None if result is None else result.thumbnail,
        energy="" if energy is None or energy.joules is None else units.energy(energy.joules),
        errors=words.count(errors, "error") if errors else "",
    )


def _image(planned: Sequence[ProjectPlan]) -> str | None:
    """The picture that stands for these projects elsewhere: the most telling chart's."""
    for one in planned:
        slugs = {metric.name: metric.slug for metric in one.project.metrics}
        if one.telling is not None:
            return one.project.urls.chart(slugs[one.telling], "png")
    return None
