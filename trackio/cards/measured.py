"""What was measured and what was not, in the words of a card (pure).

What was not measured is said so with its reason. It is never 0, and nothing takes its place in the amount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from trackio.cards import escapes
from trackio.cards.contents import Card
from trackio.energy import rates, units
from trackio.energy.records import Kind
from trackio.energy.statement import DeviceEnergy, ProjectEnergy
from trackio.energy.units import EnergyUnit

KINDS: dict[Kind, str] = {"gpu": "GPU", "cpu": "CPU", "dram": "DRAM", "soc": "Chip (CPU and GPU)"}

_METHODS: dict[str, str] = {
    "counter": "the devices' energy counters",
    "power": "their power, integrated over time",
    "reset": "readings across a reset of a counter",
}


def amount(card: Card) -> str:
    """The headline: ``1.25 kWh``, ``at least 1.25 kWh``, ``not measured``."""
    return at_least(card.energy) + units.energy(card.energy.account.joules)


def at_least(found: ProjectEnergy) -> str:
    """The words before an amount that is a lower bound; empty for others."""
    return "at least " if found.account.is_lower_bound and found.account.joules is not None else ""


def kinds(found: ProjectEnergy, unit: EnergyUnit) -> Iterator[tuple[str, str]]:
    """Each kind of device with its amount, or why it has none, as Markdown."""
    for kind, words in KINDS.items():
        reasons, account = _reasons(found, kind), found.by_kind.get(kind)
        covering = _covering(found, kind)
        if account is not None:
            which = _named(one for one in found.devices if one.device.kind == kind)
            text = units.energy(account.joules, unit=unit) + (f": {escapes.prose(which)}" if which else "")
            # Some of the machines, or of the runs, may have been without.
            yield words, text + (f". Elsewhere {units.NOT_MEASURED}: {reasons}" if reasons else "")
        elif covering is not None:
            yield words, covering
        elif kind != "soc" or reasons:
            none = "no reason was recorded" if found.runs else "no energy was recorded"
            yield words, f"{units.NOT_MEASURED}: {reasons or none}"


def lacks(found: ProjectEnergy, kind: Kind) -> bool:
    """Whether nothing of this kind is in the amount."""
    return kind not in found.by_kind and _covering(found, kind) is None


def hardware(found: ProjectEnergy) -> str | None:
    """The devices in the amount, without memory: ``2 x NVIDIA H200, AMD EPYC 9654``; None when there are none."""
    return _named(one for one in found.devices if one.device.kind != "dram") or None


def methods(found: ProjectEnergy) -> str:
    """How the joules came about, with the share of each where there are several; empty when nothing was measured."""
    shares = rates.method_shares(found.account)
    if len(shares) < 2:
        return "".join(_METHODS[method] for method in shares)
    return ", ".join(f"{_METHODS[method]} ({units.percent(share)})" for method, share in shares.items())


def seconds(found: ProjectEnergy) -> float:
    """How long the runs measured, on each machine; what they shared counts once."""
    return max(0.0, sum(run.seconds for run in found.runs) - found.shared_seconds)


def without(found: ProjectEnergy) -> list[str]:
    """The names of runs of which no energy is known."""
    return [*found.unmeasured, *(run.run_name for run in found.runs if run.account.joules is None)]


def _covering(found: ProjectEnergy, kind: Kind) -> str | None:
    """Why a kind that has no amount of its own is in the total all the same."""
    if kind in ("cpu", "dram") and any(one.is_counted and one.device.scope == "module" for one in found.devices):
        return "in the amount of the GPU, whose counter covers the whole module"
    if kind in ("gpu", "cpu") and "soc" in found.by_kind:
        return "in the amount of the chip"
    return None


def _reasons(found: ProjectEnergy, kind: Kind) -> str:
    """Why a kind was not measured; what to do about it is for who trains, not for readers of the card."""
    told = dict.fromkeys(run.missing[kind].partition(". ")[0].rstrip(".") for run in found.runs if kind in run.missing)
    return "; ".join(escapes.prose(reason) for reason in told)


def _named(devices: Iterable[DeviceEnergy]) -> str:
    """Their products, which tell nothing of the machines that they are in."""
    names = Counter(one.device.name for one in devices if one.is_counted and one.account.joules is not None)
    return ", ".join(name if count == 1 else f"{count} x {name}" for name, count in names.items())
