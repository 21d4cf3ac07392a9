"""Values of metrics that runs came up to, and what each had used by then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_high, median_low

import numpy as np

from trackio.consumption import COUNTS, Goal
from trackio.energy.axis import is_measured
from trackio.energy.curves import joules_at
from trackio.energy.statement import RunEnergy
from trackio.records import Series
from trackio.report import words
from trackio.report.gather import Metric, Project
from trackio.telling import is_better_high, is_telling, telling

MAIN = 4
"""So many metrics are shown against energy; any other chart can be."""

HALF_FROM = 4
"""From so many runs on, the value that half of them came up to is shown too."""


@dataclass(frozen=True, slots=True)
class Target:
    """A value that a metric is to come up to."""

    metric: str
    value: float
    goal: Goal
    rule: str
    """``chosen``, ``all``, ``half`` or ``best``: who set it, or how many runs reached it."""

    @property
    def title(self) -> str:
        """``val/loss ≤ 3.28``."""
        return f"{self.metric} {'≥' if self.goal == 'maximize' else '≤'} {words.number(self.value)}"

    @property
    def words(self) -> str:
        """Where the value comes from."""
        return {
            "chosen": "Energy until each run first came up to the value that was asked for",
            "all": "Energy until each run first came up to the value that all of them reached",
            "half": "Energy until each run first came up to the value that half of them reached",
            "best": "Energy until the run came up to its best value",
        }[self.rule]

    def reached_ns(self, series: Series) -> int | None:
        """When the series first was as good as the value; None when it never was."""
        with np.errstate(invalid="ignore"):
            good = series.value >= self.value if self.goal == "maximize" else series.value <= self.value
        good &= np.isfinite(series.value)
        return int(series.time_ns[good.argmax()]) if good.any() else None


def main(project: Project) -> list[Metric]:
    """The metrics that are shown against energy: those that tell how good a run is, and the one that was asked for."""
    known = {one.name: one for one in project.metrics if any(project.has_readings(run.record.id) for run in one.runs)}
    counts = {name for names in COUNTS.values() for name in names} | {metric.x for metric in project.metrics}
    names = telling([name for name in known if name not in counts] or list(known))
    asked = [project.target[0]] if project.target is not None and project.target[0] in known else []
    chosen = [name for name in names if is_telling(name)][:MAIN] or names[:1]
    return [known[name] for name in dict.fromkeys([*asked, *chosen])]


def targets(project: Project, metrics: Iterable[Metric]) -> dict[str, tuple[Target, ...]]:
    """The targets of each metric: what was asked for, else what all, and what half, of the runs reached."""
    found: dict[str, tuple[Target, ...]] = {}
    for metric in metrics:
        goal = goal_of(project, metric.name)
        if project.target is not None and project.target[0] == metric.name:
            found[metric.name] = (Target(metric.name, project.target[1], goal, "chosen"),)
            continue
        best = _best(project, metric, goal)
        if best:
            found[metric.name] = tuple(_usual(metric.name, best, goal, is_first=not found))
    return found


def goal_of(project: Project, metric: str) -> Goal:
    """Whether more or less of a metric is better: as its runs said, else by the custom of its name."""
    return project.goals.get(metric) or ("maximize" if is_better_high(metric) else "minimize")


def used(runs: Sequence[RunEnergy], reached: Mapping[str, int | None]) -> dict[str, float | None]:
    """The joules of each run until it reached a target, by its id; None where it did not, or was not measured then."""
    found: dict[str, float | None] = {}
    for one in runs:
        if one.run_id in reached and one.curve is not None:
            when = reached[one.run_id]
            moment = np.array([0 if when is None else when], np.int64)
            is_known = when is not None and bool(is_measured(one.curve, moment)[0])
            found[one.run_id] = float(joules_at(one.curve, moment)[0]) if is_known else None
    return found


def _usual(metric: str, best: Sequence[float], goal: Goal, *, is_first: bool) -> Iterable[Target]:
    if len(best) == 1:
        yield Target(metric, best[0], goal, "best")
        return
    ordered = sorted(best, reverse=goal == "minimize")
    yield Target(metric, ordered[0], goal, "all")
    middle = median_high(best) if goal == "maximize" else median_low(best)
    if is_first and len(best) >= HALF_FROM and middle != ordered[0]:
        yield Target(metric, middle, goal, "half")


def _best(project: Project, metric: Metric, goal: Goal) -> list[float]:
    """The best value of each run that has readings."""
    found = []
    for run in metric.runs:
        record = next(one for one in run.metrics if one.kind == "metric" and one.name == metric.name)
        value = record.maximum if goal == "maximize" else record.minimum
        if project.has_readings(run.record.id) and value is not None:
            found.append(value)
    return found
