"""The sentences below the table of ``trackio energy``: what its numbers do not say themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trackio.cli.energy_table import NAMES
from trackio.energy import units
from trackio.energy.formats.subject import Subject
from trackio.energy.records import Kind
from trackio.energy.statement import RunEnergy
from trackio.times import whole_duration as duration


def sentences(subject: Subject) -> Iterator[str]:
    """One after the other."""
    energy = subject.energy
    if energy.shared_joules > 0:
        yield (
            f"For {duration(energy.shared_seconds)} runs shared devices, which counts once: all together are "
            f"{units.energy(energy.shared_joules)} less than their sum."
        )
    for (reason, names), kinds in _missing(energy.runs).items():
        of = "" if len(names) == len(subject.records) else f" ({_listed(names)})"
        yield f"{' and '.join(kinds)} not measured{of}: {reason.rstrip('.')}."
    recorded = subject.by_id
    unknown = [record.name for record in subject.records if record.id not in recorded]
    if unknown:
        yield f"Of {_listed(unknown)} no energy was recorded, as of runs that were imported or measured nothing."
    yield from _sides(energy.runs)
    yield from dict.fromkeys(f"{note.rstrip('.')}." for run in energy.runs for note in run.notes)
    if energy.account.is_lower_bound:
        yield "The amounts are lower bounds where a counter began again and no power was read."
    if any(run.is_live for run in energy.runs):
        yield "Runs are still going on; these are the amounts so far."
    yield from _assumed(subject)


def _missing(runs: Sequence[RunEnergy]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """The kinds that were not measured, by the reason and the runs whose reason it was."""
    names: dict[tuple[str, Kind], list[str]] = {}
    for run in runs:
        for kind, reason in run.missing.items():
            names.setdefault((reason, kind), []).append(run.run_name)
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (reason, kind), whose in names.items():
        found.setdefault((reason, tuple(whose)), []).append(NAMES[kind])
    return found


def _sides(runs: Sequence[RunEnergy]) -> Iterator[str]:
    """The same stretches by both sensors, which hold each other up."""
    both = [(one.counter_joules, one.power_joules) for one in runs]
    known = [(counter, power) for counter, power in both if counter and power is not None]
    if known:
        counters, powers = (sum(joules) for joules in zip(*known, strict=True))
        off = (powers / counters - 1) * 100
        said = f"{abs(off):.1f} % {'more' if off > 0 else 'less'} than" if abs(off) >= 0.05 else "the same as"
        yield f"Where GPUs told both, their power, integrated, says {said} their counters."


def _assumed(subject: Subject) -> Iterator[str]:
    assumed = subject.assumptions
    grid, price = assumed.intensity, assumed.price
    pue = "PUE 1 adds nothing for the building" if assumed.pue == 1 else f"PUE {assumed.pue:g} (the kWh are without it)"
    if grid is not None:
        place = f"{grid.name}, " if grid.name else ""
        year = f"average of {grid.year}, " if grid.year else ""
        licence = f", {grid.licence}" if grid.licence else ""
        yield f"CO2e: {grid.grams_per_kwh:g} g/kWh ({place}{year}{grid.source}{licence}); {pue}."
    else:
        yield "CO2e: not stated; --location or --grid-intensity says which grid it was."
    if price is not None:
        yield f"Cost: {units.money(price.per_kwh, price.currency)}/kWh; {pue}."
    if assumed.cpu_watts is not None:
        unread = [run for run in subject.energy.runs if run.unread_cpu_seconds]
        joules = assumed.cpu_watts * subject.energy.unread_cpu_seconds
        if joules:
            yield (
                f"Your estimate for processors that were not measured: {assumed.cpu_watts:g} W, "
                f"{units.energy(joules)} in {len(unread)} run{'' if len(unread) == 1 else 's'}; in none of the amounts."
            )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
