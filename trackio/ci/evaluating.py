"""What expressions come to for some runs and their baseline (pure). What is not known is told, and never a number."""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from trackio.ci.rules import Arithmetic, Baseline, Expression, Negative, Number, Percent, Quantity, Seeds, Text

Value: TypeAlias = float | str

_SIGNS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


class Unknown(Exception):
    """Why there is no number, in a sentence."""


class Subject(Protocol):
    """A run, or what a file keeps of one."""

    @property
    def name(self) -> str:
        """What people call it."""

    def value(self, quantity: Quantity) -> Value:
        """What it has; NaN and infinities as they are. Raises Unknown."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What an expression is asked of."""

    runs: Sequence[Subject]
    baseline: Sequence[Subject] | None = None
    """None where there is none; several are seeds of one setting."""
    about: Quantity | None = None
    """What ``baseline`` alone stands for."""
    lacking: str = "There is no baseline to compare with; name one with --baseline."
    """Why there is no baseline, where there is none."""


def evaluate(expression: Expression, scene: Scene) -> Value:
    """What it comes to; of several runs the mean. Raises Unknown for what is missing, and for NaN and infinities."""
    match expression:
        case Number(value):
            return value
        case Percent(share):
            return share
        case Text(text):
            return text
        case Quantity():
            return _of_runs(expression, scene.runs)
        case Negative(of):
            return -number(of, scene)
        case Arithmetic():
            return _finite(_calculated(expression, scene), "What is calculated")
        case Baseline(of):
            values = _of_baseline(of, scene)
            if len(values) == 1:
                return values[0]
            return mean([_number(value) for value in values])
        case Seeds(what, of):
            return _of_seeds(what, [_number(value) for value in _of_baseline(of, scene)])


def number(expression: Expression, scene: Scene) -> float:
    """Likewise where only a number will do."""
    return _number(evaluate(expression, scene))


def spread(of: Expression | None, scene: Scene) -> float | None:
    """The standard deviation over the runs of the baseline; None where there are not two that have numbers."""
    try:
        return number(Seeds("std", of), scene)
    except Unknown:
        return None


def mean(values: Sequence[float]) -> float:
    """The mean of finite values; raises Unknown where their sum is beyond all numbers."""
    try:
        return statistics.fmean(values)
    except OverflowError:
        raise Unknown("The values are too large to be added.") from None


def deviation(values: Sequence[float]) -> float:
    """The standard deviation of two finite values or more; raises Unknown likewise."""
    try:
        return statistics.stdev(values)
    except OverflowError:
        raise Unknown("The values are too far apart for a standard deviation.") from None


def _of_runs(quantity: Quantity, runs: Sequence[Subject]) -> Value:
    values = [_finite(one.value(quantity), f"Run {one.name!r}: {quantity}") for one in runs]
    if len(values) == 1:
        return values[0]
    texts = {value for value in values if isinstance(value, str)}
    if len(texts) == 1 and len(texts) == len(set(values)):
        return texts.pop()
    if texts:
        raise Unknown(f"{quantity} is not the same in all {len(runs)} runs.")
    return mean([_number(value) for value in values])


def _of_baseline(of: Expression | None, scene: Scene) -> list[Value]:
    if scene.baseline is None:
        raise Unknown(scene.lacking)
    asked = of or scene.about
    if asked is None:
        raise Unknown("The rule does not say of what; write it as in baseline(val/loss).")
    values = []
    for one in scene.baseline:
        try:
            values.append(evaluate(asked, replace(scene, runs=(one,))))
        except Unknown as error:
            raise Unknown(f"The baseline: {error}") from None
    return values


def _of_seeds(what: str, values: Sequence[float]) -> float:
    match what:
        case "count":
            return float(len(values))
        case "std" if len(values) < 2:
            raise Unknown("seeds.std needs a baseline of two runs or more, and there is one.")
        case "std":
            # Of a sample: few seeds stand for all that there could be.
            return deviation(values)
        case "min":
            return min(values)
        case "max":
            return max(values)
        case _:
            return mean(values)


def _calculated(found: Arithmetic, scene: Scene) -> float:
    left = number(found.left, scene)
    if isinstance(found.right, Percent) and found.sign in "+-":
        # Of its size: what is below zero comes nearer to zero by `+ 2%` too.
        right = found.right.share * abs(left)
    else:
        right = number(found.right, scene)
    if found.sign == "/" and right == 0:
        raise Unknown("The rule divides by zero.")
    return _SIGNS[found.sign](left, right)


def _number(value: Value) -> float:
    if isinstance(value, str):
        raise Unknown(f"{value[:100]!r} is a text, and a number is needed.")
    return value


def _finite(value: Value, what: str) -> Value:
    if isinstance(value, str) or math.isfinite(value):
        return value
    raise Unknown(f"{what} is {'NaN' if math.isnan(value) else 'infinite'}.")
