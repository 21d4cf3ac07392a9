"""What expressions in notes work with: lists of runs, arithmetic on them, and the ways in which numbers are written."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined

from trackio.energy.units import energy
from trackio.numerals import rounded
from trackio.report import words
from trackio.report.narrative.facts import Part, RunFacts, Unknown, Values
from trackio.report.narrative.problems import near
from trackio.scales import number_label

LONGEST_VALUE = 2_000
"""Characters of what an expression gives."""
MOST_DIGITS = 12


@dataclass(frozen=True, eq=False)
class Runs(Part):
    """Several runs; of a named value it gives those of all that have one."""

    FIELDS = ("config", "summary", "last", "min", "max", "best", "name", "duration", "steps", "energy")
    NOUN = "list of runs"
    runs: tuple[RunFacts, ...]

    def __len__(self) -> int:
        return len(self.runs)

    def part(self, name: str) -> Any:
        """The values of all, or what has them by name. Raises Unknown."""
        if name not in self.FIELDS:
            raise Unknown(f"A {self.NOUN} has no {name!r}. {near(name, self.FIELDS)}")
        return Column(tuple(getattr(run, name) for run in self.runs), name)


class Column(tuple[Any, ...]):  # noqa: SLOT001 - a tuple's subclass with a field has no slots
    """One field of several runs, in their order; by a name or a field, what each has there."""

    name: str

    def __new__(cls, items: Sequence[Any], name: str) -> Column:  # noqa: PYI034 - Self is not in Python 3.10
        """The items as they are."""
        made = super().__new__(cls, items)
        made.name = name
        return made

    def of(self, key: str) -> tuple[Any, ...]:
        """What each has under a name, or nested there; those that lack it are left out, not all. Raises Unknown."""
        if self and isinstance(self[0], Part):
            return tuple(one.part(key) for one in self)
        found = tuple(one[key] for one in self if isinstance(one, Values) and key in one)
        if not found:
            nested = [inner for one in self if isinstance(one, Values) and (inner := one.inner(key)) is not None]
            if nested:
                return Column(nested, f"{self.name}, under {key}")
            known = list(dict.fromkeys(name for one in self if isinstance(one, Values) for name in one))
            raise Unknown(f"None of these runs has {key!r} in its {self.name}. {near(key, known)}")
        return found


def number(value: Any) -> Any:
    """The value, which is a number. Raises Unknown."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise Unknown(f"A number is needed here, not {kind(value)}.")


def kind(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, StrictUndefined):
        return "something unknown"
    if callable(value):
        return "a function"
    return repr(value)[:60] if isinstance(value, (str, bool, type(None))) else f"a {getattr(value, 'NOUN', 'list')}"


def _numbers(values: Any) -> list[float]:
    if isinstance(values, Runs) or not isinstance(values, (tuple, list)):
        raise Unknown('A list of numbers is needed here, such as runs("seed-*").summary["val/loss"].')
    found = [number(value) for value in values]
    if not found:
        raise Unknown("There are no numbers here.")
    return found


def _std(values: Any) -> float:
    found = _numbers(values)
    if len(found) < 2:
        raise Unknown("A standard deviation needs two values.")
    return statistics.stdev(found) if all(map(math.isfinite, found)) else math.nan


def _count(values: Any) -> int:
    if not isinstance(values, (Runs, tuple, list, Values)):
        raise Unknown("Only lists are counted.")
    return len(values)


ON_NUMBERS: dict[str, Callable[..., Any]] = {
    "mean": lambda values: math.fsum(_numbers(values)) / len(values),
    "std": _std,
    "min": lambda values: min(_numbers(values)),
    "max": lambda values: max(_numbers(values)),
    "sum": lambda values: math.fsum(_numbers(values)),
    "count": _count,
    "abs": lambda value: abs(number(value)),
}


def _round(value: Any, digits: Any = 0) -> str:
    """So many digits after the point, also where they are zeros."""
    return f"{number(value):.{_digits(digits)}f}"


def _significant(value: Any, digits: Any = 3) -> str:
    return rounded(number(value), max(1, _digits(digits)))


def _digits(digits: Any) -> int:
    if isinstance(digits, int) and not isinstance(digits, bool) and 0 <= digits <= MOST_DIGITS:
        return digits
    raise Unknown(f"Digits are a whole number from 0 to {MOST_DIGITS}.")


def _join(values: Any, mark: Any = ", ") -> str:
    if isinstance(values, str) or not isinstance(values, (tuple, list)):
        raise Unknown("Only lists are joined.")
    return str(mark)[:20].join(shown(value) for value in values)


FILTERS: dict[str, Callable[..., Any]] = {
    "round": _round,
    "significant": _significant,
    "si": lambda value: number_label(number(value)),
    "percent": lambda value, digits=1: f"{_round(number(value) * 100, digits)} %",
    "thousands": lambda value: f"{number(value):,.0f}",
    "duration": lambda value: words.duration(number(value)),
    "kwh": lambda value: energy(number(value) * 3.6e6),
    "join": _join,
    **ON_NUMBERS,
}
"""How values are written: ``3.2791|round(2)``."""


def shown(value: Any) -> str:
    """A value as text, on one line."""
    if isinstance(value, Values):
        raise Unknown(f"These are several values, and one is shown. {near('', list(value))}")
    if isinstance(value, (StrictUndefined, Part)) or callable(value):
        raise Unknown(f"This is {kind(value)}, not a value. Name one of its fields, such as .name.")
    text = _join(value) if isinstance(value, (tuple, list)) else " ".join(words.value(value).split())
    if len(text) > LONGEST_VALUE:
        raise Unknown(f"This has more than {LONGEST_VALUE:,} characters, which is too long for a sentence.")
    return text
