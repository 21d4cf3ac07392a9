"""Whether rules hold, how far they are from it, and which could be stricter (pure).

What is missing, NaN or infinite breaks a rule: nobody can say that it holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from trackio.ci.evaluating import Scene, Subject, Unknown, Value, evaluate, number, spread
from trackio.ci.rules import (
    Baseline,
    Claim,
    Compared,
    Expression,
    NotWorse,
    Percent,
    Quantity,
    Rule,
    Seeds,
    Sign,
    Tier,
    Within,
    all_parts,
    needs_baseline,
    parts,
    quantities,
)
from trackio.numerals import short

SPARE = 0.1
"""By what share of the limit a run has to be better before a stricter one is suggested, where no seeds say more."""
SPREADS = 2.0
"""Likewise by how many standard deviations of the seeds, where there are any."""

_WORDS = {
    "<=": "more than",
    "<": "not less than",
    ">=": "less than",
    ">": "not more than",
    "==": "not",
    "!=": "the same as",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one rule was kept."""

    rule: str
    tier: Tier
    passed: bool
    value: Value | None
    """What the left side comes to; None where it is not known."""
    sign: Sign | None
    """How ``value`` is to stand to ``limit``; None for ``within``."""
    limit: Value | None
    """What it is held against, tolerance included."""
    baseline: Value | None
    """What the baseline has of the one quantity that the rule is about."""
    tolerance: float
    """What the spread of the seeds adds to the limit; 0 where it is not asked for."""
    reason: str | None
    """Why it is broken, in a sentence; None where it holds."""
    hint: str | None = None
    """How it could be stricter, in a sentence."""


@dataclass(frozen=True, slots=True)
class Case:
    """What rules are judged by."""

    runs: Sequence[Subject]
    baseline: Sequence[Subject] | None = None
    recent: Sequence[Subject] = ()
    """Runs before these that finished since the baseline did: only what they all hold can be stricter."""
    seeds_tolerance: float = 0.0
    """How many standard deviations of the baseline's seeds every limit that has a baseline in it gives way."""
    is_better_high: Callable[[str], bool] = lambda name: False  # noqa: ARG005 - the name tells what it is
    """Whether more of a metric is better."""
    lacking: str | None = None
    """Why there is no baseline though one was named."""


@dataclass(frozen=True, slots=True)
class _Sides:
    """What a rule comes to: ``value`` and ``limit`` as they are told, and the two numbers that are compared."""

    value: Value
    sign: Sign
    limit: Value
    room: float = 0.0
    distance: float | None = None
    """Of ``within``: how far ``value`` is from ``limit``."""
    most: float = 0.0
    """Likewise how far it may be."""

    @property
    def hold(self) -> bool:
        """Whether the rule is kept."""
        if self.distance is not None:
            middle = _number(self.limit)
            return middle - self.most <= _number(self.value) <= middle + self.most
        if self.sign in ("==", "!="):
            return (self.value == self.limit) is (self.sign == "==")
        left, right = _number(self.value), _number(self.limit)
        return {"<=": left <= right, "<": left < right, ">=": left >= right, ">": left > right}[self.sign]


def judge(rule: Rule, case: Case) -> Verdict:
    """Whether the runs keep a rule."""
    asked = quantities(rule.claim)
    scene = Scene(case.runs, case.baseline, asked[0] if len(asked) == 1 else None)
    if case.lacking is not None:
        scene = replace(scene, lacking=case.lacking)
    known = _quietly(Baseline(), scene) if needs_baseline(rule.claim) else None
    try:
        sides = _sides(rule.claim, scene, case)
    except Unknown as error:
        value = _quietly(rule.claim.left, scene)
        return Verdict(rule.text, rule.tier, False, value, None, None, known, 0.0, str(error))
    return Verdict(
        rule=rule.text,
        tier=rule.tier,
        passed=sides.hold,
        value=sides.value,
        sign=None if sides.distance is not None else sides.sign,
        limit=sides.limit,
        baseline=known,
        tolerance=sides.room,
        reason=None if sides.hold else _reason(rule.claim, sides, known),
        hint=_hint(rule.claim, case, scene, sides) if sides.hold else None,
    )


def _sides(claim: Claim, scene: Scene, case: Case) -> _Sides:
    left, right = evaluate(claim.left, scene), evaluate(claim.right, scene)
    if isinstance(claim, Compared) and (isinstance(left, str) or isinstance(right, str)):
        if type(left) is not type(right):
            raise Unknown(f"{_told(left)} and {_told(right)} cannot be compared: one is a text.")
        return _Sides(left, claim.sign, right)
    value, limit = _number(left), _number(right)
    room = _room(claim, scene, case)
    if isinstance(claim, Compared):
        # Either way the rule gives way: to a value that is to be small the limit is greater, and the reverse.
        shift = {"<=": room, "<": room, ">=": -room, ">": -room}.get(claim.sign, 0.0)
        return _Sides(value, claim.sign, limit + shift, abs(shift))
    tolerance = _tolerance(claim.tolerance, limit, scene) + room
    if isinstance(claim, Within):
        return _Sides(value, "<=", limit, room, abs(value - limit), tolerance)
    if _is_high(quantities(claim)[0], case):
        return _Sides(value, ">=", limit - tolerance, room)
    return _Sides(value, "<=", limit + tolerance, room)


def _tolerance(tolerance: Expression | None, limit: float, scene: Scene) -> float:
    if tolerance is None:
        return 0.0
    if isinstance(tolerance, Percent):
        return tolerance.share * abs(limit)
    found = number(tolerance, scene)
    if found < 0:
        raise Unknown(f"The tolerance is {_told(found)}, less than nothing.")
    return found


def _room(claim: Claim, scene: Scene, case: Case) -> float:
    """What the spread of the seeds allows; a baseline of one run has none, and allows nothing."""
    of = {part.of for part in all_parts(claim) if isinstance(part, (Baseline, Seeds))}
    if not case.seeds_tolerance or scene.baseline is None or not of:
        return 0.0
    if len(of) > 1:
        raise Unknown("--seeds-tolerance does not know of which baseline in this rule; write it out with seeds.std.")
    return case.seeds_tolerance * (spread(of.pop(), scene) or 0.0)


def _quietly(expression: Expression, scene: Scene) -> Value | None:
    """What is told beside the rest, where it is known."""
    if scene.baseline is None and isinstance(expression, Baseline):
        return None
    try:
        return evaluate(expression, scene)
    except Unknown:
        return None


def _reason(claim: Claim, sides: _Sides, known: Value | None) -> str:
    name = str(claim.left) if isinstance(claim.left, Quantity) else "The left side"
    if sides.distance is not None:
        told = f"{_told(sides.distance, sides.most)} away from {_told(sides.limit)}, more than {_told(sides.most)}"
    else:
        told = f"{_WORDS[sides.sign]} {_told(sides.limit, sides.value)}"
    more = [] if known is None else [f"the baseline has {_told(known)}"]
    more += [f"{_told(sides.room)} of it for the spread of the seeds"] if sides.room else []
    after = f" ({', '.join(more)})" if more else ""
    return f"{name} is {_told(sides.value, sides.limit)}, {told}{after}."


def _hint(claim: Claim, case: Case, scene: Scene, sides: _Sides) -> str | None:
    """A stricter limit, where this run and the recent ones keep well within the one there is."""
    about = scene.about
    if sides.sign in ("==", "!=") or about is None or not _is_direct(claim):
        return None
    is_low = sides.sign in ("<=", "<")
    values = [_number(sides.value), *_recent(about, case.recent)]
    worst = max(values) if is_low else min(values)
    known = _quietly(Baseline(), scene) if needs_baseline(claim) else None
    mark = _number(sides.limit) if known is None else _number(known)
    seeds = spread(None, scene)
    room = SPARE * abs(mark) if seeds is None else SPREADS * seeds
    stricter = worst + room if is_low else worst - room
    if not (stricter < mark if is_low else stricter > mark):
        return None
    if known is None:
        return f"This threshold can be tightened to {_rounded(stricter, is_up=is_low)}."
    share = abs(mark - worst) / abs(mark) if mark else 0.0
    by = f" by {share:.0%}" if 0.005 <= share < 10 else ""
    return f"Better than the baseline{by}: a new one can be saved (--save-baseline)."


def _is_direct(claim: Claim) -> bool:
    """Whether a rule is a quantity on the left, and numbers or the baseline on the right."""
    if isinstance(claim, Within) or not isinstance(claim.left, Quantity):
        return False
    return not any(isinstance(part, Quantity) for part in parts(claim.right)) or isinstance(claim, NotWorse)


def _recent(about: Quantity, runs: Sequence[Subject]) -> list[float]:
    found = []
    for one in runs:
        try:
            found.append(_number(evaluate(about, Scene([one]))))
        except Unknown:
            continue
    return found


def _rounded(value: float, *, is_up: bool) -> str:
    """Three figures, to the side on which the limit still holds."""
    if value == 0:
        return "0"
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    whole = (math.ceil if is_up else math.floor)(value / unit)
    return short(whole * unit)


def _is_high(asked: Quantity, case: Case) -> bool:
    return asked.kind in ("metric", "summary") and case.is_better_high(asked.name)


def _told(value: Value, beside: Value | None = None) -> str:
    if isinstance(value, str):
        return repr(value[:100])
    text = short(value)
    # Rounded, a value just over the limit would read as the limit itself.
    return repr(value) if isinstance(beside, float) and beside != value and short(beside) == text else text


def _number(value: Value) -> float:
    if isinstance(value, str):
        raise Unknown(f"{value[:100]!r} is a text, and a number is needed.")
    return value
