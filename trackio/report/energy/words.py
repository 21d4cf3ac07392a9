"""What pages say of energy: amounts, what they rest on, and what is not in them (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from trackio.energy import units
from trackio.energy.carbon import footprint
from trackio.energy.rates import method_shares
from trackio.energy.records import KINDS, EnergyAccount, Kind
from trackio.energy.statement import Assumptions, DeviceEnergy, ProjectEnergy, RunEnergy
from trackio.report import words
from trackio.report.energy.model import Amount

METHODS = {
    "counter": "the counters of the hardware",
    "power": "readings of power over time",
    "reset": "readings while a counter started again",
}
"""Where joules come from, by their method."""

NOUNS: Mapping[Kind, tuple[str, str]] = {
    "gpu": ("GPU", "GPUs"),
    "cpu": ("processor", "processors"),
    "dram": ("memory", "memories"),
    "soc": ("chip",) * 2,
}

EXCLUDED = "Other parts of the machines, power supplies, network and cooling are not in it."
METERS = "Sensors on boards are no calibrated meters."
SAMPLED = "Published work found that those of A100 and H100 GPUs see a quarter of the run time (arXiv:2312.02741)."


def amounts(account: EnergyAccount, assumptions: Assumptions, *, is_live: bool = False) -> list[Amount]:
    """The headline: energy, and what it stands for where the assumptions say."""
    if account.joules is None or account.kwh is None:
        return []
    what = "used so far" if is_live else "used"
    bound = ", or more: part of it could not be measured" if account.is_lower_bound else ""
    found = [Amount(units.energy(account.joules), f"{what}, as measured{bound}")]
    stands = footprint(account.kwh, assumptions)
    if stands.grams is not None:
        found.append(Amount(f"{units.carbon(stands.grams)} CO₂e", f"{grid(assumptions)}, {pue(assumptions)}"))
    if stands.cost is not None and assumptions.price is not None:
        price = units.money(stands.cost, assumptions.price.currency)
        found.append(Amount(price, f"at {rate(assumptions)}, {pue(assumptions)}"))
    return found


def covers(energy: ProjectEnergy | RunEnergy) -> list[str]:
    """What was measured, of how much of the time, and by what; empty where nothing was."""
    account = energy.account
    if account.joules is None:
        return []
    machines = len({one.machine for one in energy.devices})
    where = f" of {machines} machines" if machines > 1 else ""
    share = "all" if account.coverage == 1 else units.percent(account.coverage)
    found = [f"Measured: {hardware(energy.devices)}{where}.", f"A value is known for {share} of the devices' time."]
    return [text for text in (*found, methods(account), EXCLUDED) if text]


def hardware(devices: Sequence[DeviceEnergy]) -> str:
    """``8 GPUs (NVIDIA H200) and 2 processors (AMD EPYC 9654)``; a device that runs shared counts once."""
    found = []
    for kind in KINDS:
        own = [one.device for one in devices if one.device.kind == kind and one.is_counted and _has_value(one)]
        if not own:
            continue
        names = Counter(one.name for one in own)
        one, several = NOUNS[kind]
        count = one if kind == "dram" else words.count(len(own), one, several)
        found.append(count if kind == "dram" else f"{count} ({', '.join(names)})")
    return joined(found)


def methods(account: EnergyAccount) -> str:
    """Where the joules come from, with their shares; empty where all are 0."""
    shares = method_shares(account)
    if len(shares) < 2:
        return "".join(f"The energy comes from {METHODS[method]}." for method in shares)
    first, *rest = [f"{units.percent(share)}|from {METHODS[method]}" for method, share in shares.items()]
    return joined([first.replace("|", " of the energy comes "), *(part.replace("|", " ") for part in rest)]) + "."


def method(account: EnergyAccount) -> str:
    """The same for a cell of a table."""
    shares = method_shares(account)
    if len(shares) < 2:
        return "".join(shares)
    return ", ".join(f"{name} {units.percent(share)}" for name, share in shares.items())


def missing(found: Mapping[Kind, Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """Kinds that were not measured, with the reasons."""
    return tuple((_capital(NOUNS[kind][1]) if kind != "dram" else "Memory", "; ".join(found[kind])) for kind in found)


def missing_of(runs: Sequence[RunEnergy]) -> dict[Kind, list[str]]:
    """Why kinds were not measured, each reason with how many of several runs gave it."""
    found: dict[Kind, Counter[str]] = {}
    for one in runs:
        for kind, reason in one.missing.items():
            found.setdefault(kind, Counter())[reason] += 1
    return {
        kind: [
            reason if count == len(runs) else f"{reason} ({words.count(count, 'run')})"
            for reason, count in reasons.most_common()
        ]
        for kind, reasons in sorted(found.items(), key=lambda item: KINDS.index(item[0]))
    }


def estimate(assumptions: Assumptions, energy: ProjectEnergy | RunEnergy) -> str:
    """The user's own guess of processors that could not be read, labelled; empty without one."""
    if assumptions.cpu_watts is None or not energy.unread_cpu_seconds:
        return ""
    return (
        f"Estimate, in no total: at the {words.number(assumptions.cpu_watts)} W that were given for processors, "
        f"those that were not measured used {units.energy(assumptions.cpu_watts * energy.unread_cpu_seconds)}."
    )


def assumed(assumptions: Assumptions) -> tuple[tuple[str, str], ...]:
    """The assumptions, each with where it comes from."""
    found = []
    one = assumptions.intensity
    if one is not None:
        source = ", ".join(str(part) for part in (one.year, one.source, one.licence) if part is not None)
        found.append(("grid", f"{grid(assumptions)}: {source}"))
    given = "" if assumptions.pue != 1 else ": nothing is added for the building"
    if assumptions.intensity is not None or assumptions.price is not None:
        found.append(("PUE", f"{words.number(assumptions.pue)}{given}"))
    if assumptions.price is not None:
        found.append(("price", rate(assumptions)))
    if assumptions.cpu_watts is not None:
        found.append(("processors", f"{words.number(assumptions.cpu_watts)} W where none could be read, as given"))
    return tuple(found)


def grid(assumptions: Assumptions) -> str:
    """``France, 44.2 g/kWh``."""
    one = assumptions.intensity
    if one is None:
        return ""
    place = one.name or one.location
    return f"{place + ', ' if place else ''}{words.number(one.grams_per_kwh)} g/kWh"


def pue(assumptions: Assumptions) -> str:
    """``PUE 1.2``."""
    return f"PUE {words.number(assumptions.pue)}"


def rate(assumptions: Assumptions) -> str:
    """``0.25 EUR/kWh``."""
    price = assumptions.price
    if price is None:
        return ""
    return f"{words.number(price.per_kwh)}{' ' + price.currency if price.currency else ''}/kWh"


def shared(energy: ProjectEnergy) -> str:
    """Why the project's amount is less than the sum of its runs'; empty where it is not."""
    if not energy.shared_seconds:
        return ""
    total = sum(one.account.joules or 0.0 for one in energy.runs)
    return (
        f"The amounts of the runs add up to {units.energy(total)}: for {words.duration(energy.shared_seconds)} devices "
        "were used by more than one run, and in the total that time counts once."
    )


def notes(energy: ProjectEnergy) -> list[str]:
    """What a reader of the numbers has to know: of each note of several runs, how many have it."""
    found = Counter(note for one in energy.runs for note in one.notes)
    said = [
        note if count == len(energy.runs) else f"{note} ({words.count(count, 'run')})" for note, count in found.items()
    ]
    return said + ([] if energy.account.joules is None else sensors(energy))


def sensors(energy: ProjectEnergy | RunEnergy) -> list[str]:
    """How far sensors can be trusted."""
    return [METERS, SAMPLED] if "gpu" in energy.by_kind else [METERS]


def side_by_side(energy: RunEnergy) -> str:
    """What counters and power say of the same stretches; empty where only one of them was read."""
    if energy.counter_joules is None or energy.power_joules is None:
        return ""
    return (
        f"{units.energy(energy.counter_joules)} by the counters of GPUs, {units.energy(energy.power_joules)} by their "
        "power over the same time"
    )


def joined(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _has_value(one: DeviceEnergy) -> bool:
    return one.account.joules is not None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
