"""What a summary says, gathered: the newest run of a project beside its baseline, and how rules were kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trackio.ci import sparks
from trackio.ci.evaluating import Scene, Subject, Unknown, deviation, evaluate, mean
from trackio.ci.judging import Verdict
from trackio.ci.recorded import Recorded
from trackio.ci.rules import Quantity
from trackio.ci.sparks import Curve
from trackio.telling import telling

if TYPE_CHECKING:
    from trackio.ci.checking import Checked
    from trackio.records import Status
    from trackio.report.gather import Project

SHOWN = 24
"""So many metrics stand open, with their trend; the others are folded away."""
CHARTS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A metric of the run, beside the baseline's."""

    metric: str
    value: float
    """The last one; NaN and infinities as they are."""
    best: float | None
    baseline: float | None
    spread: float | None
    """The standard deviation over the baseline's runs; None where there are not two."""
    is_better_high: bool
    page: str
    """Of its chart, in the report."""
    trend: str = ""

    @property
    def change(self) -> float | None:
        """Since the baseline; None where either is not known, or no number."""
        change = math.nan if self.baseline is None else self.value - self.baseline
        return change if math.isfinite(change) else None

    @property
    def word(self) -> str:
        """Whether it is better, in a word; a change within two standard deviations of the seeds is none."""
        if self.change is None:
            return "" if math.isfinite(self.value) else "no number"
        if self.change == 0:
            return "same"
        if self.spread is not None and abs(self.change) <= 2 * self.spread:
            return "within seeds"
        return "better" if (self.change > 0) is self.is_better_high else "worse"


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """The curves of a metric."""

    metric: str
    slug: str
    page: str
    run: Curve | None
    baseline: Curve | None


@dataclass(frozen=True, slots=True)
class Amount:
    """Energy or the like of the run, beside the baseline's; None where it is not known, with the reason."""

    value: float | None
    baseline: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A project, as a summary tells of it."""

    project: str
    page: str
    run: str
    run_page: str
    status: Status
    others: int
    """Runs of the report beside those that are told of."""
    baseline: tuple[str, ...]
    """The names of its runs; empty without one."""
    seconds: float
    kwh: Amount
    co2e_kg: Amount
    rows: tuple[Row, ...]
    drawings: tuple[Drawing, ...]
    more: int = 0
    """Runs beside the first: then values are means."""
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Why there is no baseline though one was named, a sentence each."""


def gather(project: Project, checked: Checked) -> Facts:
    """What there is to say of the run that was checked; ``project`` is the report's."""
    run = checked.runs[0]
    base = checked.baseline or ()
    metrics = {one.name: one for one in project.metrics}
    names = [one for one in telling(list(metrics)) if one in run.metrics and run.metrics[one].is_numeric]
    [own] = [one for one in project.runs if one.record.id == run.record.id]
    curves = {name: _curve(run, name) for name in names[:SHOWN]}
    rows = tuple(_row(checked, name, project.urls.chart(metrics[name].slug), curves.get(name)) for name in names)
    return Facts(
        project=project.name,
        page=project.urls.index,
        run=run.name,
        run_page=project.urls.run(own.slug),
        status=run.record.status,
        others=len(project.runs) - len(checked.runs),
        baseline=tuple(one.name for one in base),
        seconds=run.record.seconds,
        kwh=_amount(checked.runs, base, "kwh"),
        co2e_kg=_amount(checked.runs, base, "co2e_kg"),
        rows=rows,
        drawings=tuple(
            Drawing(name, metrics[name].slug, project.urls.chart(metrics[name].slug), curves[name], _mean(base, name))
            for name in names[:CHARTS]
        ),
        more=len(checked.runs) - 1,
        verdicts=checked.verdicts,
        notes=checked.notes,
        missing=tuple(one.reason for one in checked.missing),
    )


def _row(checked: Checked, name: str, page: str, curve: Curve | None) -> Row:
    run, base = checked.runs[0], checked.baseline or ()
    asked = Quantity("metric", name)
    before = _baseline(base, asked)
    known, is_high = run.metrics[name], checked.is_better_high(name)
    return Row(
        metric=name,
        value=_value(checked.runs, asked),
        best=known.maximum if is_high else known.minimum,
        baseline=_quietly(mean, before) if before else None,
        spread=_quietly(deviation, before) if len(before) > 1 else None,
        is_better_high=is_high,
        page=page,
        trend=sparks.spark(curve),
    )


def _value(runs: Sequence[Recorded], asked: Quantity) -> float:
    """Of one run as it is; of several the mean, NaN where one has no number."""
    try:
        found = evaluate(asked, Scene(runs))
    except Unknown:
        only = _number(runs[0], asked) if len(runs) == 1 else None
        return math.nan if only is None else only
    return found if isinstance(found, float) else math.nan


def _amount(runs: Sequence[Recorded], base: Sequence[Subject], name: str) -> Amount:
    asked = Quantity("energy", name)
    before = _baseline(base, asked)
    told = _quietly(mean, before) if before else None
    try:
        value = evaluate(asked, Scene(runs))
    except Unknown as error:
        return Amount(None, told, str(error))
    return Amount(value if isinstance(value, float) else None, told)


def _baseline(base: Sequence[Subject], asked: Quantity) -> list[float]:
    """What its runs have, where all of them have a number; else nothing."""
    found = [_number(one, asked) for one in base]
    known = [one for one in found if one is not None and math.isfinite(one)]
    return known if len(known) == len(found) else []


def _quietly(calculate: Callable[[Sequence[float]], float], values: Sequence[float]) -> float | None:
    try:
        return calculate(values)
    except Unknown:
        return None


def _number(one: Subject, asked: Quantity) -> float | None:
    try:
        value = one.value(asked)
    except Unknown:
        return None
    return value if isinstance(value, float) else None


def _curve(run: Subject, name: str) -> Curve | None:
    if not isinstance(run, Recorded):
        # A file keeps no points.
        return None
    try:
        return sparks.curve(*run.series(name))
    except Unknown:
        return None


def _mean(base: Sequence[Subject], name: str) -> Curve | None:
    found = [_curve(one, name) for one in base]
    return sparks.mean([one for one in found if one is not None])
