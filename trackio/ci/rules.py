"""What a rule says, as a tree of frozen nodes (pure); `trackio.ci.parsing` makes it of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["metric", "summary", "config", "energy"]
Aggregate: TypeAlias = Literal["last", "first", "min", "max", "mean", "at"]
Tier: TypeAlias = Literal["fail", "warn"]
Sign: TypeAlias = Literal["<=", "<", ">=", ">", "==", "!="]

ENERGY = ("kwh", "co2e_kg", "cost", "duration")
"""What is asked of energy: kWh as measured, kg of CO2e and money with PUE, and how many seconds the run took."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Percent:
    """A number followed by ``%``: a share of what stands before it, or a hundredth part."""

    share: float


@dataclass(frozen=True, slots=True)
class Text:
    """What a setting is compared with."""

    value: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that a run has."""

    kind: Kind
    name: str
    aggregate: Aggregate = "last"
    """Of a metric alone."""
    step: int | None = None
    place: int = field(default=0, compare=False)
    """Where its name begins in the text of the rule."""

    def __str__(self) -> str:
        whole = self.name if self.kind == "metric" else f"{self.kind}.{self.name}"
        if self.aggregate == "last":
            return whole
        return f"{whole} at step {self.step}" if self.aggregate == "at" else f"{self.aggregate}({whole})"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the baseline has: of an expression, or of the one quantity that the rule is about."""

    of: Expression | None = None


@dataclass(frozen=True, slots=True)
class Seeds:
    """Likewise how far the runs of the baseline lie apart, or the like."""

    what: Literal["std", "min", "max", "mean", "count"]
    of: Expression | None = None


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus something."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two expressions and what is between them; a `Percent` after ``+`` or ``-`` is a share of the left one."""

    sign: Literal["+", "-", "*", "/"]
    left: Expression
    right: Expression


Expression: TypeAlias = Number | Percent | Text | Quantity | Baseline | Seeds | Negative | Arithmetic


@dataclass(frozen=True, slots=True)
class Compared:
    """``left <= right``."""

    left: Expression
    sign: Sign
    right: Expression


@dataclass(frozen=True, slots=True)
class Within:
    """``left within tolerance of right``."""

    left: Expression
    tolerance: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class NotWorse:
    """``left not worse than right by more than tolerance``: the metric says which way is worse."""

    left: Expression
    right: Expression
    tolerance: Expression | None = None


Claim: TypeAlias = Compared | Within | NotWorse


@dataclass(frozen=True, slots=True)
class Rule:
    """A claim about a run, and what becomes of a run that breaks it."""

    text: str
    claim: Claim
    tier: Tier = "fail"


def parts(expression: Expression) -> Iterator[Expression]:
    """The expression and all within it."""
    yield expression
    match expression:
        case Baseline(of) | Seeds(_, of) if of is not None:
            yield from parts(of)
        case Negative(of):
            yield from parts(of)
        case Arithmetic(_, left, right):
            yield from parts(left)
            yield from parts(right)
        case _:
            pass


def all_parts(claim: Claim) -> list[Expression]:
    """Every expression in a claim."""
    sides = [claim.left, claim.right]
    if isinstance(claim, (Within, NotWorse)) and claim.tolerance is not None:
        sides.append(claim.tolerance)
    return [part for side in sides for part in parts(side)]


def quantities(claim: Claim) -> list[Quantity]:
    """Everything a claim asks of a run, each once."""
    return list(dict.fromkeys(part for part in all_parts(claim) if isinstance(part, Quantity)))


def needs_baseline(claim: Claim) -> bool:
    """Whether a claim cannot be judged without a baseline."""
    return any(isinstance(part, (Baseline, Seeds)) for part in all_parts(claim))
