"""What a card says of energy: rows of a table, and the paragraphs below it (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from trackio import times
from trackio.cards import escapes, measured
from trackio.cards.contents import Card
from trackio.energy import rates, units
from trackio.energy.carbon import footprint
from trackio.energy.statement import Footprint, Intensity, ProjectEnergy
from trackio.energy.units import EnergyUnit
from trackio.numerals import short

SENSORS = "https://arxiv.org/abs/2312.02741"
"""Yang, Adamek, Armour: Part-time Power Measurements: nvidia-smi's Lack of Attention (SC24)."""

METERS = "sensors on the boards are not calibrated meters"
SAMPLED = f"[published work]({SENSORS}) found that those of A100 and H100 GPUs sample a quarter of the run time"

MOST_NAMES = 10
"""So many runs without energy are named."""


def rows(card: Card) -> Iterator[tuple[str, str]]:
    """The facts, a name and a text each, as Markdown."""
    found = card.energy
    unit = units.energy_unit([found.account.joules])
    yield from measured.kinds(found, unit)
    if card.hardware:
        yield "Hardware", escapes.prose(card.hardware)
    yield from _runs(card)
    if found.account.joules is not None:
        yield from _method(found, unit)
        yield from _each(found)
    yield from _targets(card, unit)
    yield from _carbon(card)
    yield from _estimate(card)


def points(card: Card) -> Iterator[str]:
    """What a reader of the numbers has to know, as Markdown."""
    found = card.energy
    is_measured = found.account.joules is not None
    if is_measured:
        yield "Scope: what the devices named here used while the runs went on, whichever process used it."
    left = [words for kind, words in measured.KINDS.items() if kind != "soc" and measured.lacks(found, kind)]
    left += [escapes.prose(words) for words in card.not_included]
    left += ["main boards, disks and networks", "what power supplies lose", "the making of the hardware"]
    left += ["cooling and the rest of the building"] if card.assumptions.pue == 1.0 else []
    yield f"Not included: {', '.join(left)}, and all other runs."
    if is_measured:
        yield f"Accuracy: {'; '.join([METERS, SAMPLED] if 'gpu' in found.by_kind else [METERS])}."
    yield from (escapes.prose(note) for note in dict.fromkeys(note for run in found.runs for note in run.notes))


def used(card: Card) -> Footprint | None:
    """What the measured energy stands for; None when nothing was measured."""
    kwh = card.energy.account.kwh
    return None if kwh is None else footprint(kwh, card.assumptions)


def grid(found: Intensity) -> str:
    """Whose number it is: ``France, yearly average of 2024 (source, licence)``."""
    named = [found.name] if found.name else []
    named += [f"yearly average of {found.year}"] if found.year is not None else []
    source = ", ".join(text for text in (found.source, found.licence) if text)
    return f"{', '.join(named)} ({source})" if named else source


def _runs(card: Card) -> Iterator[tuple[str, str]]:
    found = card.energy
    without, time = measured.without(found), measured.seconds(found)
    if found.account.joules is not None and time:
        machines = 1 + max((one.machine for one in found.devices), default=0)
        where = f", summed over {machines} machines" if machines > 1 else ""
        shared = ""
        if found.shared_seconds:
            both = f"{times.duration(found.shared_seconds)} and {units.energy(found.shared_joules)}"
            shared = f"; {both} that several runs shared count once"
        yield "Time", f"{times.duration(time)}{where}{shared}"
    watts = rates.mean_watts(found.devices)
    if watts is not None:
        yield "Mean power", f"{units.power(watts)}, all devices together"
    idle = rates.idle_share(found.by_kind)
    if idle is not None:
        yield "Idle", f"{units.percent(idle)} of the GPUs' energy, used while they were less than 5 % busy"
    if without and len(card.runs) > 1:
        known = f"{len(card.runs) - len(without):,} of {len(card.runs):,} were measured"
        named = ", ".join(escapes.name(text) for text in without[:MOST_NAMES])
        more = f" and {len(without) - MOST_NAMES:,} more" if len(without) > MOST_NAMES else ""
        yield "Runs", f"{known}; no energy is known of {named}{more}"
    if any(run.is_live for run in found.runs):
        yield "State", "still running: these are the amounts so far"


def _method(found: ProjectEnergy, unit: EnergyUnit) -> Iterator[tuple[str, str]]:
    account = found.account
    yield "Method", f"{measured.methods(found) or 'sensors on the devices'}; read about once a second"
    uncovered = "" if account.coverage >= 1 else "; what was used in the rest is not in the amount"
    yield "Coverage", f"{units.percent(account.coverage)} of the time of the devices{uncovered}"
    both = [
        (run.counter_joules, run.power_joules)
        for run in found.runs
        if run.counter_joules is not None and run.power_joules is not None
    ]
    if both:
        counter, power = sum(pair[0] for pair in both), sum(pair[1] for pair in both)
        told = f"{units.energy(counter, unit=unit)} by counters, {units.energy(power, unit=unit)} by integrated power"
        # Adding 0 takes the sign from what is rounded to -0.0.
        apart = f" ({round(100 * (power - counter) / counter, 1) + 0.0:+.1f} %)" if counter else ""
        shared = ", what runs shared counted for each" if found.shared_joules else ""
        yield "Both methods", f"{told}{apart}, over the same stretches of the GPUs{shared}"


def _each(found: ProjectEnergy) -> Iterator[tuple[str, str]]:
    """Energy for a step, a sample or a token, where every run that was measured says how many it did."""
    counted = [run.counts for run in found.runs if run.account.joules is not None]
    for noun in ("step", "sample", "token"):
        if counted and all(counts.get(noun, 0) > 0 for counts in counted):
            each = (found.account.joules or 0.0) / sum(counts[noun] for counts in counted)
            yield f"Per {noun}", units.per(each, noun).removesuffix(f" per {noun}")


def _targets(card: Card, unit: EnergyUnit) -> Iterator[tuple[str, str]]:
    for one in card.targets:
        metric = escapes.name(one.metric)
        value = short(one.value) + (f" in {escapes.name(one.run)}" if len(card.runs) > 1 else "")
        if one.joules is None:
            yield "To target", f"not known: {metric} did not reach {value}, or not while energy was measured"
        else:
            fitting = unit if card.energy.account.joules is not None else None
            yield "To target", f"{units.energy(one.joules, unit=fitting)} until {metric} first reached {value}"


def _carbon(card: Card) -> Iterator[tuple[str, str]]:
    said, found = card.assumptions, used(card)
    if found is not None and said.intensity is not None and found.grams is not None:
        least = measured.at_least(card.energy)
        yield "Carbon", f"{least}{units.carbon(found.grams)} CO2e, by the average of the grid (location-based)"
        each = units.figures(said.intensity.grams_per_kwh)
        yield "Grid", f"{each} g CO2e per kWh: {escapes.prose(grid(said.intensity))}"
    elif found is not None:
        yield "Carbon", "not stated: no location was given"
    else:
        yield "Carbon", "not stated: no energy was measured"
    building = "nothing is added for the building" if said.pue == 1.0 else "as given; it is in carbon and cost only"
    yield "PUE", f"{said.pue!r}: {building}"
    if found is not None and found.cost is not None and said.price is not None:
        each = f"{said.price.per_kwh!r} {said.price.currency}".rstrip()
        least = measured.at_least(card.energy)
        yield "Cost", escapes.prose(f"{least}{units.money(found.cost, said.price.currency)}, at {each} per kWh")


def _estimate(card: Card) -> Iterator[tuple[str, str]]:
    """What the user takes processors to have drawn, where nothing was measured of them."""
    watts = card.assumptions.cpu_watts
    time = card.energy.unread_cpu_seconds
    if watts is not None and time:
        estimated = f"{units.energy(watts * time)}, from {units.power(watts)} as given over {times.duration(time)}"
        yield "CPU, estimated", f"{estimated}: not measured, and not in the amount"
