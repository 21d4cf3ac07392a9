"""Figures of notes: what a block asks for, held against what there is, and how it is drawn."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio import grammar, picture
from trackio.energy.statement import Curve
from trackio.errors import NotFound
from trackio.grammar import View
from trackio.lines import KWH, TIMES, Line, lines
from trackio.records import RunSeries
from trackio.report import chartjob, data, exports, figures, jobs, privacy, words
from trackio.report.columns import encode
from trackio.report.figures import Member
from trackio.report.gather import Metric, Project
from trackio.report.narrative.blocks import SIZES, FigureBlock
from trackio.report.narrative.facts import ProjectFacts, RunFacts, Unknown, grouped
from trackio.report.narrative.problems import Say, near
from trackio.report.urls import ProjectUrls, relative

if TYPE_CHECKING:
    from markupsafe import Markup

EXPORTS = chartjob.EXPORTS
MOST_METRICS = 20


@dataclass(frozen=True, slots=True)
class Curves:
    """One metric of a figure, and where its data lies."""

    metric: str
    slug: str
    count: int
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class FigureJob:
    """A figure that can be drawn: names that fit in a message to another process."""

    home: Path
    project: str
    urls: ProjectUrls
    anchor: str
    curves: tuple[Curves, ...]
    configs: Mapping[str, Mapping[str, Any]]
    """What runs are grouped by, by run id."""
    groups: tuple[str, ...]
    view: View
    own_x: str
    """The x-axis of the first metric's own chart."""
    size: str
    updated_ns: int
    is_running: bool
    curve_by_run: Mapping[str, Curve] = field(default_factory=dict)
    """What runs used over time, where the x-axis is energy."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(one.metric for one in self.curves)

    @property
    def metric(self) -> str:
        """What the y-axis is called."""
        return self.metrics[0] if len(self.metrics) == 1 else "value"

    @property
    def title(self) -> str:
        """What stands over it."""
        return self.view.title or ", ".join(self.metrics)

    def chart(self, page: str) -> str:
        """The address of the chart's own page that shows just this, as a link on ``page``."""
        several = self.metrics if len(self.metrics) > 1 else ()
        wanted = replace(self.view, metric_names=several, height=SIZES[self.size], alerts="shown")
        query = grammar.query(wanted, View(x=self.own_x))
        address = relative(self.urls.chart(self.curves[0].slug), page)
        return f"{address}?{query}" if query else address


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure, drawn."""

    figure: Markup
    subtitle: str
    lines: tuple[Line, ...]
    files: Mapping[str, bytes]
    """Its exports, by suffix."""


def job(block: FigureBlock, facts: ProjectFacts, anchor: str, say: Say) -> FigureJob | None:
    """What draws a figure; None where the block names something that is not there, which is then said."""
    project = facts.project

    def told(key: str, text: str) -> None:
        say(block.lines.get(key, block.line), text)

    metrics = _metrics(block, project, told)
    runs = _runs(block, facts, told)
    if not metrics or not runs:
        return None
    ids = {one.id for one in runs}
    parts = []
    for one in metrics:
        members = tuple(figures.member(run) for run in one.runs if run.record.id in ids)
        if not members:
            told("metrics", f"None of these runs logged {one.name!r}.")
            return None
        parts.append(Curves(one.name, one.slug, one.count, members))
    x = _axis(block, project, metrics[0], runs, told)
    shown = {member.id for part in parts for member in part.members}
    configs: dict[str, Mapping[str, Any]] = {}
    if block.groupby not in (None, "none"):
        try:
            grouped([one for one in runs if one.id in shown], str(block.groupby))
        except Unknown as error:
            told("groupby", str(error))
        configs = {one.id: privacy.public(one.run.record.config) for one in runs if one.id in shown}
    records = [one.run.record for one in runs if one.id in shown]
    patterns = tuple(one for one in block.runs if "*" in one)
    names = tuple(one for one in block.runs if "*" not in one)
    return FigureJob(
        home=facts.home,
        project=project.name,
        urls=project.urls,
        anchor=anchor,
        curves=tuple(parts),
        configs=configs,
        groups=project.groups,
        view=replace(block.view, x=x, alerts="hidden", runs=patterns, run_names=names),
        own_x=metrics[0].x,
        size=block.size,
        updated_ns=max(record.updated_ns for record in records),
        is_running=any(record.status == "running" for record in records),
        curve_by_run={run: curve for run, curve in facts.curves.items() if run in shown} if x == KWH else {},
    )


def _metrics(block: FigureBlock, project: Project, told: Any) -> list[Metric]:
    known = {one.name: one for one in project.metrics}
    for name in grammar.unmatched(list(known), block.metrics):
        told("metrics", f"No run of {project.name} logged {name!r}. {near(name, list(known))}")
    found = [known[name] for name in grammar.chosen(list(known), block.metrics)] if block.metrics else []
    if len(found) > MOST_METRICS:
        told("metrics", f"{len(found)} metrics in one figure are more than {MOST_METRICS}. Name fewer.")
        return []
    return found


def _runs(block: FigureBlock, facts: ProjectFacts, told: Any) -> list[RunFacts]:
    try:
        runs = facts.chosen(block.runs)
    except NotFound as error:
        told("runs", str(error))
        return []
    if block.group is not None:
        chosen = [one for one in runs if one.group == block.group]
        if not chosen:
            told("group", f"None of these runs is in a group {block.group!r}. {near(block.group, facts.groups)}")
        return chosen
    if not runs:
        told("runs", f"Project {facts.name} has no runs yet.")
    return runs


def _axis(block: FigureBlock, project: Project, metric: Metric, runs: Sequence[RunFacts], told: Any) -> str:
    if not block.has_x:
        return metric.x
    x = block.view.x
    names = [one.name for one in project.metrics]
    if x == KWH and x not in names:
        if not any(project.has_readings(one.id) for one in runs):
            told("x", "None of these runs measured its energy, so kwh cannot be the x-axis.")
    elif x not in TIMES and x not in names:
        told("x", f"No run logged {x!r}, so it cannot be the x-axis. {near(x, [*TIMES, *names])}")
    return x


def draw(one: FigureJob, page: str, base: str, *, is_transparent: bool) -> Drawn:
    """Draw it for ``page``; ``base`` is the address of its exports without their suffixes."""
    series = read(one)
    small = _lines(one, series, 400)
    fine = _lines(one, series, 800)
    subtitle = picture.summary(small, one.view)
    links = {kind: relative(f"{base}.{suffix}", page) for kind, suffix in EXPORTS.items()}
    figure = picture.figure(
        small,
        one.view,
        slug=one.anchor,
        metric=one.metric,
        title=one.title,
        subtitle=subtitle,
        date=words.day(one.updated_ns),
        is_running=one.is_running,
        links=links,
        page=one.chart(page),
        heading=3,
    )
    view = replace(one.view, height=SIZES[one.size])
    files = exports.pictures(fine, view, one.title, is_transparent=is_transparent) | {"csv": _csv(fine)}
    return Drawn(figures.markup(figure), subtitle, tuple(small), files)


def read(one: FigureJob) -> list[RunSeries]:
    """Every series of a figure, whole."""
    has_own_axis = one.view.x not in TIMES and not one.curve_by_run
    axes = dict.fromkeys(one.metrics, one.view.x) if has_own_axis else {}
    found = figures.read(one.home, one.project, {part.metric: part.members for part in one.curves}, axes)
    series = [replace(each, config=one.configs.get(each.run_id, {})) for name in one.metrics for each in found[name]]
    return jobs.along(series, one.curve_by_run) if one.curve_by_run else series


def model(one: FigureJob, drawn: Drawn, page: str, data_file: str, base: str) -> dict[str, Any]:
    """What the page's model says of it."""
    return {
        "metric": ", ".join(one.metrics),
        "slug": one.anchor,
        "key": one.anchor,
        "title": one.title,
        "name": one.view.title,
        "subtitle": drawn.subtitle,
        "base": relative(one.urls.slug, page) + "/",
        "data": relative(data_file, page),
        "full": None,
        "page": relative(one.urls.chart(one.curves[0].slug), page),
        "links": {kind: relative(f"{base}.{suffix}", page) for kind, suffix in EXPORTS.items()},
        "defaults": _defaults(one.view),
        "pageDefaults": chartjob.chart_defaults(one.own_x),
        "height": SIZES[one.size],
        "count": sum(part.count for part in one.curves),
        "parts": [
            {
                "metric": part.metric,
                "slug": part.slug,
                "data": relative(one.urls.series(part.slug), page),
                "full": None
                if part.count <= data.COMPLETE_POINTS
                else relative(one.urls.series(part.slug, full=True), page),
                "defaults": {},
            }
            for part in one.curves
        ],
    }


def values(drawn: Drawn, one: FigureJob) -> dict[str, Any]:
    """What the page's data file says of it: the lines as they were drawn."""
    found = []
    for line in drawn.lines:
        made = data.line(line) | {"metric": line.metric, "dropped": line.dropped}
        made |= {"first": line.first, "last": line.last} | ({} if line.raw is None else {"raw": encode(line.raw)})
        found.append(made)
    return {"metric": one.metric, "complete": False, "lines": found}


def _lines(one: FigureJob, series: Sequence[RunSeries], budget: int) -> list[Line]:
    # Few enough points that many lines stay a light page.
    count = len({each.run_id for each in series}) * len(one.metrics)
    each = budget if count <= 10 else budget // 2 if count <= 40 else budget // 4
    return lines(series, one.view, each, one.groups)


def _defaults(view: View) -> dict[str, Any]:
    plain = View()
    found = {each.name: getattr(view, each.name) for each in fields(View)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
        if value != getattr(plain, name) and name != "title"
    }


def _csv(drawn: Sequence[Line]) -> bytes:
    """What is drawn, point by point: for a figure in a paper."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["line", "metric", "x", "y", "low", "high"])
    for line in drawn:
        blank = [math.nan] * len(line.x)
        low, high = (blank if band is None else band.tolist() for band in (line.lo, line.hi))
        rows = list(zip(line.x.tolist(), line.y.tolist(), low, high, strict=True))
        for row in rows[line.first : line.last]:
            # Not a number is an empty cell, as gaps are.
            writer.writerow([line.label, line.metric, *("" if math.isnan(value) else repr(value) for value in row)])
    return out.getvalue().encode("utf-8", "replace")
