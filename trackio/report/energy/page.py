"""The energy page of a project: what its runs used together and side by side (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from trackio.energy import units
from trackio.energy.rates import idle_share
from trackio.energy.statement import ProjectEnergy, RunEnergy
from trackio.grammar import View, query
from trackio.lines import KWH
from trackio.report import chartjob, words
from trackio.report.chartfiles import Figure
from trackio.report.energy import bars, tables
from trackio.report.energy import words as energy_words
from trackio.report.energy.document import Used
from trackio.report.energy.model import Amount, Bars, EnergyPage, EnergyParts
from trackio.report.foremost import drawn
from trackio.report.gather import Project, Run
from trackio.report.heads import Site
from trackio.report.model import Link
from trackio.report.urls import INDEX, relative

NAMED = 10
"""So many runs are named where something is said of them."""


def parts(
    project: Project, energy: ProjectEnergy, used: Used, metrics: Sequence[Figure], power: Figure | None, *, page: str
) -> EnergyParts:
    """What the page says; ``page`` is where it stands."""
    found = runs_of(project, energy)
    is_measured = energy.account.joules is not None
    links = chartjob.links(project.urls, bars.SLUG, page) if page == project.urls.energy else {}
    estimate = energy_words.estimate(project.assumptions, energy)
    notes = [energy_words.shared(energy), estimate, *energy_words.notes(energy)]
    return EnergyParts(
        amounts=tuple(_amounts(project, energy)),
        covers=tuple(energy_words.covers(energy)),
        runs=bars.runs(project, found, page, links) if is_measured else None,
        power=None if power is None else power.figure,
        metrics=tuple(one.figure for one in metrics),
        others=_others(project, metrics, page) if metrics else (),
        targets=_targets(project, found, used, page),
        table=tables.runs(project, found, used, page) if is_measured else None,
        devices=tables.devices(energy.devices) if is_measured else None,
        assumptions=energy_words.assumed(project.assumptions),
        missing=energy_words.missing(energy_words.missing_of(energy.runs)),
        notes=tuple(note for note in notes if note),
        unmeasured=_unmeasured(energy),
    )


def page(project: Project, site: Site, found: EnergyParts, charts: Sequence[Figure], meta: Sequence[str]) -> EnergyPage:
    """The page."""
    path = project.urls.energy
    model: dict[str, Any] = {
        "page": "energy",
        "project": project.name,
        "base": "",
        "charts": [chartjob.chart_model(one.job, path, one.subtitle) for one in charts],
        "defaults": {},
        "updated_ms": project.updated_ns // 1_000_000,
        **chartjob.alert_model(project.urls, path, has_alerts=bool(project.raised)),
    }
    said = ", ".join(one.value for one in found.amounts) or units.NOT_MEASURED
    head = site.head(
        path,
        title=f"Energy · {project.name}",
        description=f"Energy of {project.name}: {said}",
        model=model,
        load=[project.urls.data, *(project.urls.series(one.job.shares or one.job.slug) for one in charts)],
        image=project.urls.chart(bars.SLUG, "png") if found.runs is not None else None,
    )
    return EnergyPage(
        head=head,
        crumbs=(Link("Projects", relative(INDEX, path)), Link(project.name, relative(project.urls.index, path))),
        name="Energy",
        meta=tuple(meta),
        energy=found,
        data=relative(project.urls.energy_data, path),
    )


def runs_of(project: Project, energy: ProjectEnergy) -> list[tuple[Run, RunEnergy]]:
    """The runs that measured, in their order."""
    by_id = {one.run_id: one for one in energy.runs}
    return [(run, by_id[run.record.id]) for run in project.runs if run.record.id in by_id]


def _amounts(project: Project, energy: ProjectEnergy) -> list[Amount]:
    is_live = any(one.is_live for one in energy.runs)
    found = energy_words.amounts(energy.account, project.assumptions, is_live=is_live)
    idle = idle_share(energy.by_kind)
    if idle is not None:
        found.append(Amount(f"{units.percent(idle)} idle", "of the GPUs' energy, while they were used less than 5 %"))
    return found


def _targets(project: Project, found: Sequence[tuple[Run, RunEnergy]], used: Used, page: str) -> tuple[Bars, ...]:
    return tuple(bars.target(project, found, page, target, own) for target, own in used if own)


def _others(project: Project, metrics: Sequence[Figure], page: str) -> tuple[Link, ...]:
    """The charts of the other metrics that were logged by runs which measured."""
    if not project.has_energy_axis:
        return ()
    shown = {one.job.metric for one in metrics}
    address = query(View(x=KWH))
    return tuple(
        Link(metric.name, f"{relative(project.urls.chart(metric.slug), page)}?{address}")
        for metric in drawn(project)
        if metric.name not in shown and any(project.has_readings(run.record.id) for run in metric.runs)
    )


def _unmeasured(energy: ProjectEnergy) -> Markup:
    names = energy.unmeasured
    if not names:
        return Markup("")
    more = f" and {words.count(len(names) - NAMED, 'other')}" if len(names) > NAMED else ""
    # A name that turns the direction of text turns its own alone.
    said = Markup(", ").join(Markup("<bdi>{}</bdi>").format(name) for name in names[:NAMED])
    count = words.count(len(names), "run")
    return Markup("Nothing is known of {} recorded without a meter: {}{}.").format(count, said, more)
