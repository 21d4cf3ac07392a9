"""The map step: what one worker does, from names that fit in a message to the finished files of some pages.

Jobs are plain frozen values and their results are bytes, so that any executor of ``concurrent.futures``'s shape can
carry them: a process pool here, a cluster where one machine is too small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from trackio import picture
from trackio.energy import axis
from trackio.energy.statement import Curve
from trackio.grammar import View
from trackio.records import Raised, RunSeries
from trackio.report import alertdata, data, figures
from trackio.report.chartfiles import Figure, chart_files, figure_of, overview, reduced
from trackio.report.chartjob import ChartJob, over_energy
from trackio.report.energy.targets import Target

BATCH_POINTS, BATCH_CHARTS = 2_000_000, 16
"""The most that is read together: 64 MB of points, and few enough charts that the progress is seen."""

BASE_POINTS = 20_000
"""A chart costs as much as reading so many points before its first one is read."""


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
    over_energy: Figure | None = None
    """The metric over energy, for the energy page; None where no run that logged it measured any."""
    reached: Mapping[Target, Mapping[str, int | None]] = field(default_factory=dict)
    """When each run came up to each target, by id."""


def charts(jobs: Sequence[ChartJob]) -> list[ChartResult]:
    """Do the jobs of some charts of one project."""
    series, raised = _read(jobs), alertdata.read(jobs)
    return [_chart(job, series.pop(job.metric), raised) for job in jobs]


def _chart(job: ChartJob, series: Sequence[RunSeries], raised: Mapping[str, Raised]) -> ChartResult:
    small = figures.draw(series, job.groups, job.view, is_small=True)
    subtitle = picture.summary(small, job.view)
    alerts = alertdata.of_job(job, raised, series)
    files = chart_files(job, series, alerts) if job.is_stale else {}
    over = None
    if job.curves is not None:
        more, beside = job.over_energy, along(series, job.curves)
        alerts_along = alertdata.of_job(more, raised, beside)
        files |= chart_files(more, beside, alerts_along) if job.is_stale else {}
        over = overview(more, beside, job.urls.energy, alerts_along)
    return ChartResult(
        replace(job, curves=None),
        files,
        figure_of(job, small, job.urls.index, alerts),
        figures.thumbnail(small[:10], job.view, job.metric),
        subtitle,
        over,
        {target: {one.run_id: target.reached_ns(one.series) for one in series} for target in job.targets},
    )


def inline_charts(jobs: Sequence[ChartJob]) -> list[tuple[ChartResult, dict[str, object]]]:
    """Some charts of one project for a single file: each one's picture, and what its data would register, by key."""
    series, raised = _read(jobs), alertdata.read(jobs)
    return [_inline_chart(job, series.pop(job.metric), raised) for job in jobs]


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


def _inline_chart(
    job: ChartJob, series: Sequence[RunSeries], raised: Mapping[str, Raised]
) -> tuple[ChartResult, dict[str, object]]:
    small = figures.draw(series, job.groups, job.view, is_small=True)
    alerts = alertdata.of_job(job, raised, series)
    is_whole = job.count <= data.COMPLETE_POINTS
    first, full = data.chart(job.metric, series, small, is_whole=is_whole)
    first |= {} if is_whole else alertdata.places(alerts, job.x)
    values: dict[str, object] = {job.slug: first}
    if full is not None:
        values[f"{job.slug}.full"] = full
    over = None
    if job.curves is not None:
        beside = along(series, job.curves)
        alerts_along = alertdata.of_job(job.over_energy, raised, beside)
        over = overview(job.over_energy, beside, None, alerts_along)
        if not is_whole:
            values[over_energy(job.slug)] = reduced(job.over_energy, beside, alerts_along, is_small=True)
    reached = {target: {one.run_id: target.reached_ns(one.series) for one in series} for target in job.targets}
    plain = replace(job, curves=None)
    result = ChartResult(
        plain, {}, figure_of(job, small, None, alerts), Markup(), picture.summary(small, job.view), over, reached
    )
    return result, values


def along(series: Sequence[RunSeries], curves: Mapping[str, Curve] | None) -> list[RunSeries]:
    """The series of the runs that measured energy, with it as their x-axis."""
    beside = [axis.along(one, (curves or {}).get(one.run_id)) for one in series]
    return [one for one in beside if one.axis is not None and len(one.axis)]
