"""``energy``: what runs used, what that stands for, and whether limits were held."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trackio.documents.encoding import Document
from trackio.documents.selecting import project_of
from trackio.errors import UnknownMetric, UsageError
from trackio.store.home import Home

if TYPE_CHECKING:
    from trackio.consumption import Goal
    from trackio.energy.formats.subject import Subject, Target
    from trackio.energy.gates import Limits, Verdict
    from trackio.energy.statement import ProjectEnergy
    from trackio.records import RunRecord
    from trackio.store.project import ProjectStore


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement and how the limits were held, for the forms that others want it in."""

    subject: Subject
    verdicts: tuple[Verdict, ...]


def energy(home: Home, **asked: object) -> Document:
    """The statement as one object; takes what `stated` takes."""
    from trackio.energy.formats.objects import gates, statement

    found = stated(home, **asked)  # type: ignore[arg-type]
    return {**statement(found.subject), "gates": gates(found.verdicts)}


def stated(
    home: Home,
    *,
    project: str | None = None,
    runs: Sequence[str] | None = None,
    target: str | None = None,
    goal: Goal | None = None,
    max_kwh: str | None = None,
    max_gco2e: str | None = None,
    max_cost: str | None = None,
    min_coverage: str | None = None,
    location: str | None = None,
    grid_intensity: str | None = None,
    pue: str | None = None,
    price: str | None = None,
    cpu_watts: str | None = None,
) -> Stated:
    """What runs used, under what the project keeps of assumptions and what is given here, which is not kept.

    Raises UsageError, UnknownProject, UnknownRun, UnknownMetric and UnknownLocation.
    """
    from trackio.consumption import project_energy
    from trackio.energy.assumptions import changed
    from trackio.energy.formats.subject import Subject
    from trackio.energy.gates import verdicts

    limits = _limits(max_kwh, max_gco2e, max_cost, min_coverage)
    wanted = _target(target, goal)
    given = {
        "location": location,
        "grid_intensity": grid_intensity,
        "pue": pue,
        "price": price,
        "cpu_watts": cpu_watts,
    }
    store = home.project(project_of(home, project).name)
    store.catch_up()
    records = _records(store, runs)
    assumptions = changed(store.settings(), given)
    used = project_energy(store, [record.id for record in records])
    reached = None if wanted is None else _reached(store, used, wanted, goal)
    subject = Subject(store.name, records, used, assumptions, reached)
    return Stated(subject, tuple(verdicts(subject, limits)))


def parse_target(text: str, option: str) -> tuple[str, float]:
    """A metric and the value that it is to come up to; raises UsageError."""
    metric, _, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not metric.strip() or not math.isfinite(value):
        raise UsageError(f"{option} takes METRIC=VALUE, such as val/loss=3.28, not {text!r}.")
    return metric.strip(), value


def _records(store: ProjectStore, names: Sequence[str] | None) -> tuple[RunRecord, ...]:
    if names is None:
        return tuple(store.runs())
    return tuple({record.id: record for record in map(store.run, names)}.values())


def _reached(store: ProjectStore, energy: ProjectEnergy, target: tuple[str, float], goal: Goal | None) -> Target:
    from trackio.consumption import energy_to_target
    from trackio.energy.formats.subject import Target

    metric, value = target
    names = {found.name for one in energy.runs for found in store.metrics(one.run_id) if found.is_numeric}
    if energy.runs and metric not in names:
        raise UnknownMetric(metric, sorted(names), f"the runs of {store.name}")
    amounts = {
        one.run_id: energy_to_target(store, one.run_id, metric, value, goal=goal, energy=one) for one in energy.runs
    }
    came = {run for run, joules in amounts.items() if joules is None and _came(store, run, metric, value, goal)}
    known = {run: joules for run, joules in amounts.items() if joules is not None}
    return Target(metric, value, known, frozenset(came))


def _came(store: ProjectStore, run: str, metric: str, value: float, goal: Goal | None) -> bool:
    """Whether a run's metric ever was as good as the value."""
    from trackio.consumption import goal_of

    is_high = (goal or goal_of(store, run, metric)) == "maximize"
    own = (one for one in store.metrics(run) if one.name == metric)
    best = next((one.maximum if is_high else one.minimum for one in own), None)
    return best is not None and (best >= value if is_high else best <= value)


def _limits(kwh: str | None, grams: str | None, cost: str | None, min_coverage: str | None) -> Limits:
    from trackio.energy.gates import MIN_COVERAGE, Limits

    least = _amount(min_coverage, "--min-coverage")
    if least is not None and least > 1:
        raise UsageError(f"--min-coverage is a share from 0 to 1, not {min_coverage!r}.")
    return Limits(
        kwh=_amount(kwh, "--max-kwh"),
        grams=_amount(grams, "--max-gco2e"),
        cost=_amount(cost, "--max-cost"),
        min_coverage=MIN_COVERAGE if least is None else least,
    )


def _amount(text: str | None, option: str) -> float | None:
    if text is None:
        return None
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not (math.isfinite(amount) and amount >= 0):
        raise UsageError(f"{option} takes a number from 0 on, not {text!r}.")
    return amount


def _target(text: str | None, goal: Goal | None) -> tuple[str, float] | None:
    if text is None:
        if goal is not None:
            raise UsageError("--goal needs --target METRIC=VALUE beside it.")
        return None
    return parse_target(text, "--target")
