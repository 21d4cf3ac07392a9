"""A baseline as a file: what rules can ask of its runs, without the points and without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trackio.ci.baselines import FORMAT
from trackio.ci.evaluating import Unknown, Value
from trackio.ci.recorded import Recorded
from trackio.ci.rules import ENERGY, Aggregate, Quantity, Rule, quantities
from trackio.report.privacy import public

AGGREGATES: tuple[Aggregate, ...] = ("last", "first", "min", "max", "mean")


def document(project: str, runs: Sequence[Recorded], rules: Sequence[Rule]) -> dict[str, Any]:
    """The object that the file holds; values at a step are kept where one of the ``rules`` asks for them."""
    asked = [one for rule in rules for one in quantities(rule.claim) if one.aggregate == "at"]
    return {FORMAT: 1, "project": project, "runs": [_run(one, asked) for one in runs]}


def _run(run: Recorded, asked: Sequence[Quantity]) -> dict[str, Any]:
    return {
        "id": run.record.id,
        "name": run.name,
        "metrics": {name: _metric(run, name, asked) for name, one in run.metrics.items() if one.is_numeric},
        "summary": public(run.record.summary),
        "config": public(run.record.config),
        "energy": {name: value for name in ENERGY if (value := _value(run, Quantity("energy", name))) is not None},
    }


def _metric(run: Recorded, name: str, asked: Sequence[Quantity]) -> dict[str, Any]:
    kept: dict[str, Any] = {one: _value(run, Quantity("metric", name, one)) for one in AGGREGATES}
    steps = sorted({one.step for one in asked if one.name == name and one.step is not None})
    at = {str(step): _value(run, Quantity("metric", name, "at", step)) for step in steps}
    return {**kept, **({"at": at} if at else {})}


def _value(run: Recorded, quantity: Quantity) -> Value | None:
    try:
        return run.value(quantity)
    except Unknown:
        return None
