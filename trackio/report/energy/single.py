"""The energy of a project inside the one file that holds its whole report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trackio.report import alertdata, chartfiles, chartjob, data
from trackio.report.chartfiles import Figure
from trackio.report.energy import block, document, making, page
from trackio.report.energy.document import Stated
from trackio.report.energy.making import Measured
from trackio.report.energy.model import Bars, EnergyParts, Table
from trackio.report.heads import Site
from trackio.report.jobs import ChartResult
from trackio.report.plan import ProjectPlan
from trackio.report.urls import INDEX


@dataclass(frozen=True, slots=True)
class Inlined:
    """What the file says, and what its scripts know."""

    parts: EnergyParts
    stated: Stated
    charts: list[dict[str, Any]]
    """Entries of the page's model."""
    values: dict[str, object]
    """What data scripts register, by key."""


def inline(
    planned: ProjectPlan, site: Site, measured: Measured, results: Mapping[tuple[str, str], ChartResult]
) -> Inlined:
    """The energy part of the file."""
    project, energy = planned.project, measured.energy
    used = making.used_of(planned, measured, results)
    job, series = making.power(project, site, measured)
    figure = chartfiles.overview(job, series, None, alertdata.of_job(job, project.raised, series))
    metrics = making.over_energy(planned, results)
    values: dict[str, object] = {}
    if figure is not None:
        values[block.SLUG] = {"metric": job.metric, "complete": True, "series": [data.columns(one) for one in series]}
        values["energy"] = making.axis(project, measured)
    return Inlined(
        parts=page.parts(project, energy, used, metrics, figure, page=INDEX),
        stated=document.stated(document.document(project, energy, used)),
        charts=[_model(one) for one in (*([figure] if figure else []), *metrics)],
        values=values,
    )


def anchored(parts: EnergyParts, anchors: Mapping[str, str]) -> EnergyParts:
    """The same with links to the runs in the file, by id; what would lead out of it is left away."""

    def bars(found: Bars) -> Bars:
        return replace(found, bars=tuple(replace(bar, href=anchors[bar.id]) for bar in found.bars))

    def table(found: Table) -> Table:
        return replace(found, rows=tuple(replace(row, href=anchors[row.id]) for row in found.rows))

    return replace(
        parts,
        runs=None if parts.runs is None else bars(parts.runs),
        targets=tuple(bars(one) for one in parts.targets),
        table=None if parts.table is None else table(parts.table),
        others=(),
    )


def _model(one: Figure) -> dict[str, Any]:
    job = one.job
    is_whole = job.count <= data.COMPLETE_POINTS
    own, shared = job.slug, job.shares or job.slug
    return {
        "metric": job.metric,
        "slug": job.slug,
        "title": job.name,
        "subtitle": one.subtitle,
        "page": None,
        "links": {},
        "data": f"#{shared if is_whole else own}",
        "full": None if is_whole else f"#{shared}.full",
        "defaults": chartjob.chart_defaults(job.x),
        "count": job.count,
    }
