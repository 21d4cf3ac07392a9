"""Limits that a project's energy is held to, as in CI (pure).

A limit is held only by what is known: where nothing was measured, or less than ``min_coverage`` of the time, the gate
fails, as an amount that nobody measured cannot be said to be small. An amount that is over the limit fails all the
same, however little of the time it covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackio.energy.formats.subject import Subject
from trackio.energy.units import figures, percent
from trackio.errors import UsageError
from trackio.numerals import short

MIN_COVERAGE = 0.9


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be used at most; None is no limit."""

    kwh: float | None = None
    """As measured, without PUE."""
    grams: float | None = None
    """Of CO2 equivalents, PUE included."""
    cost: float | None = None
    """PUE included."""
    min_coverage: float = MIN_COVERAGE
    """The least share of the time that has to be known; 0 lets runs without any measurement pass beside others."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one limit was held."""

    gate: str
    limit: float
    value: float | None
    """None when nothing is known."""
    reason: str | None
    """Why it failed, in a sentence; None when it passed."""


def verdicts(subject: Subject, limits: Limits) -> Iterator[Verdict]:
    """One for each limit; raises UsageError for one on what the assumptions do not say."""
    found, assumed = subject.footprint, subject.assumptions
    if limits.grams is not None and assumed.intensity is None:
        raise UsageError("--max-gco2e needs the grid: give --location, or --grid-intensity in g CO2e per kWh.")
    if limits.cost is not None and assumed.price is None:
        raise UsageError("--max-cost needs the price of a kilowatt-hour: give --price.")
    currency = assumed.price.currency if assumed.price is not None else ""
    for gate, limit, value, unit in (
        ("max-kwh", limits.kwh, None if found is None else found.kwh, "kWh"),
        ("max-gco2e", limits.grams, None if found is None else found.grams, "g CO2e"),
        ("max-cost", limits.cost, None if found is None else found.cost, currency),
    ):
        if limit is not None:
            yield Verdict(gate, limit, value, _reason(subject, limits, limit, value, unit))


def _reason(subject: Subject, limits: Limits, limit: float, value: float | None, unit: str) -> str | None:
    most = f"{short(limit, ',.12g')} {unit}".rstrip()
    if value is None:
        return f"Nothing was measured, so nothing shows that the runs stayed within {most}{_why(subject)}."
    account = subject.energy.account
    if value > limit:
        least = "at least " if account.is_lower_bound or account.coverage < 1 else ""
        text = figures(value)
        if float(text.replace(",", "")) <= limit:
            # Rounded, an amount just over the limit would read as the limit itself.
            text = repr(value)
        return f"The runs used {least}{f'{text} {unit}'.rstrip()}, more than {most}."
    if account.coverage < limits.min_coverage:
        return (
            f"Only {percent(account.coverage)} of the time was measured, so nothing shows that the runs stayed within "
            f"{most}; --min-coverage {limits.min_coverage:g} is asked for."
        )
    unknown = subject.unmeasured
    if unknown and limits.min_coverage > 0:
        named = ", ".join(record.name for record in unknown[:3]) + (", ..." if len(unknown) > 3 else "")
        count = f"{len(unknown)} of {len(subject.records)} runs"
        return (
            f"Nothing was measured of {count} ({named}), so nothing shows that all stayed within {most}. "
            "Choose others with --runs, or pass --min-coverage 0."
        )
    return None


def _why(subject: Subject) -> str:
    reasons = [f"{kind.upper()}: {reason}" for kind, texts in subject.missing.items() for reason in texts]
    return f" ({'; '.join(reasons)})" if reasons else ""
