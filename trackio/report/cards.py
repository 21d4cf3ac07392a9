"""A model card's contents, gathered: how far some runs of a project came, what they used, and where their pages are."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from trackio import consumption, grammar
from trackio.cards.contents import Card, CardRun, Chart, Result, Target, Value
from trackio.cards.results import MOST_ROWS
from trackio.errors import UnknownMetric, UsageError
from trackio.grammar import View
from trackio.telling import is_better_high, telling

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from trackio.energy.statement import Assumptions, ProjectEnergy
    from trackio.records import Series
    from trackio.report.gather import Metric, Project, Run
    from trackio.store.project import ProjectStore

Address: TypeAlias = Callable[[str], "str | None"]
"""From the path of a page or file in a report to its address on the card; None where there is none."""

NO_CHART = "none"
MOST_METRICS, MOST_OF_SEVERAL = 6, 3
"""So many metrics a card names of one run, and of each of several, unless they are asked for."""
MOST_NAMED = 20
"""A chart's address names up to so many runs; with more it shows them all."""

_QUALITY = re.compile("loss|acc|score|reward|perplexity|ppl|bpb|error|wer|cer|mae|mse", re.IGNORECASE)
_SPEED = re.compile("per_sec|throughput|runtime|steps?$|epoch", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a card shows of its runs, where its usual choice is not wanted."""

    metrics: tuple[str, ...] = ()
    """Exact or with ``*``; empty: those that tell how good a run is."""
    chart: str | None = None
    """The metric whose chart is shown; None: the first of the table; ``none``: no chart."""
    targets: Mapping[str, float] | None = None
    """Values of metrics: what was used until each was reached first."""
    training_type: str | None = None
    hardware: str | None = None
    not_included: tuple[str, ...] = ()
    """What else the training used and nobody measured, in words."""


def card_of(
    project: Project,
    store: ProjectStore,
    assumptions: Assumptions,
    address: Address,
    choice: Choice | None = None,
    *,
    image: Address | None = None,
    is_part: bool = False,
    energy: ProjectEnergy | None = None,
) -> Card:
    """What a card says of the runs that ``project`` was narrowed to.

    ``image`` is where the chart's picture will be, when it is elsewhere than the report's own. With ``is_part`` the
    project has other runs, which the chart's address leaves out. ``energy`` is what the runs used, where that was read
    already. Raises UnknownMetric and UsageError.
    """
    choice = choice or Choice()
    names = metrics_of(project, choice.metrics)
    if not choice.metrics:
        names = names[: MOST_METRICS if len(project.runs) == 1 else MOST_OF_SEVERAL]
    shown = chart_of(project, choice.chart, names)
    targets = choice.targets or {}
    for name in grammar.unmatched([metric.name for metric in project.metrics], (), tuple(targets)):
        raise UnknownMetric(name, [metric.name for metric in project.metrics], project.name)
    for name, value in targets.items():
        if not math.isfinite(value):
            raise UsageError(f"A target is a number, not {value!r} for {name!r}.")
    return Card(
        project=project.name,
        runs=tuple(
            # The table shows the first of them; reading the others' series would be for nothing.
            _run(run, store, names if place < MOST_ROWS else (), address(project.urls.run(run.slug)))
            for place, run in enumerate(project.runs)
        ),
        energy=energy or consumption.project_energy(store, [run.record.id for run in project.runs]),
        assumptions=assumptions,
        charts=() if shown is None else _charts(project, shown, address, image or address, is_part=is_part),
        targets=tuple(
            Target(run.record.name, name, value, consumption.energy_to_target(store, run.record.id, name, value))
            for run in project.runs[:MOST_ROWS]
            for name, value in targets.items()
            if any(metric.name == name for metric in run.metrics)
        ),
        report_url=address(project.urls.index),
        training_type=choice.training_type,
        hardware=choice.hardware,
        not_included=choice.not_included,
    )


def metrics_of(project: Project, wanted: Sequence[str] = ()) -> list[str]:
    """The metrics asked for, else those that tell how good a run is, the most telling first. Raises UnknownMetric."""
    names = [metric.name for metric in project.metrics]
    if wanted:
        for name in grammar.unmatched(names, wanted):
            raise UnknownMetric(name, names, project.name)
        return grammar.chosen(names, wanted)
    found = telling([name for name in names if not _SPEED.search(name)])
    return [name for name in found if _QUALITY.search(name) or is_better_high(name)] or found[:1]


def chart_of(project: Project, wanted: str | None, names: Sequence[str]) -> Metric | None:
    """The metric whose chart stands on the card: that asked for, else the first of the table. Raises UnknownMetric."""
    known = {metric.name: metric for metric in project.metrics}
    if wanted is None:
        return known[names[0]] if names else None
    if wanted == NO_CHART and wanted not in known:
        return None
    if wanted not in known:
        raise UnknownMetric(wanted, list(known), project.name)
    return known[wanted]


def picture(project: Project, metric: str, home: Path) -> bytes:
    """A metric's chart of the runs that ``project`` was narrowed to, as PNG."""
    from trackio.report import exports, figures

    [one] = [known for known in project.metrics if known.name == metric]
    axes = {metric: one.x} if one.x != View().x else {}
    series = figures.read(home, project.name, {metric: [figures.member(run) for run in one.runs]}, axes)[metric]
    view = View(x=one.x)
    return exports.pictures(figures.draw(series, project.groups, view), view, metric)["png"]


def _charts(project: Project, metric: Metric, address: Address, image: Address, *, is_part: bool) -> tuple[Chart, ...]:
    picture = image(project.urls.chart(metric.slug, "png"))
    if picture is None:
        return ()
    page = address(project.urls.chart(metric.slug))
    if page is not None and is_part and len(project.runs) <= MOST_NAMED:
        page += f"?{grammar.query(View(run_names=tuple(_keys(project.runs))))}"
    return (Chart(metric.name, picture, page),)


def _keys(runs: Sequence[Run]) -> list[str]:
    """What names each run: its name, or its id where several are named alike."""
    names = [run.record.name for run in runs]
    return [name if names.count(name) == 1 else run.record.id for name, run in zip(names, runs, strict=True)]


def _run(run: Run, store: ProjectStore, names: Sequence[str], page: str | None) -> CardRun:
    record = run.record
    counting = consumption.COUNTS["step"]
    series = store.series(record.id, list(dict.fromkeys([*names, *counting]))) if names else {}
    counted = next((series[name] for name in counting if name in series), None)
    results = tuple(
        _result(
            name,
            series[name],
            _steps(series[name], counted),
            is_high=consumption.goal_of(store, record.id, name) == "maximize",
        )
        for name in names
        if name in series and len(series[name])
    )
    return CardRun(record.id, record.name, results, page, record.status)


def _steps(series: Series, counted: Series | None) -> NDArray[np.int64]:
    """The steps of a metric's points: what a metric that counts steps says where it was logged beside each of them.

    Some integrations number the rows that they log, and say in such a metric how far the training was.
    """
    if counted is None:
        return series.step
    known = np.isfinite(counted.value)
    said = dict(zip(counted.row[known].tolist(), counted.value[known].astype(np.int64).tolist(), strict=True))
    rows = series.row.tolist()
    return np.array([said[row] for row in rows], np.int64) if all(row in said for row in rows) else series.step


def _result(name: str, series: Series, steps: NDArray[np.int64], *, is_high: bool) -> Result:
    values = series.value
    finite = np.flatnonzero(np.isfinite(values))
    best = None
    if len(finite):
        place = int(finite[values[finite].argmax() if is_high else values[finite].argmin()])
        best = Value(float(values[place]), int(steps[place]))
    last = Value(float(values[-1]), int(steps[-1]))
    return Result(name, last, best, is_high)
