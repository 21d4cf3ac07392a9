"""What one run used, as a part of its page (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trackio.energy import units
from trackio.energy.curves import add
from trackio.energy.rates import idle_share, joules_each, known_seconds, watts_of
from trackio.energy.statement import DeviceEnergy, RunEnergy
from trackio.energy.totals import WORDS
from trackio.records import RunSeries
from trackio.report import words
from trackio.report.energy import tables
from trackio.report.energy import words as energy_words
from trackio.report.energy.curves import counted, power
from trackio.report.energy.model import Amount, EnergyBlock
from trackio.report.figures import Member
from trackio.report.gather import Project

if TYPE_CHECKING:
    from markupsafe import Markup

SLUG, TITLE = "energy.power", "Power"

LINES = 10
"""Up to so many devices have a line each; the power of more is shown by kind."""


def block(project: Project, energy: RunEnergy, figure: Markup | None, *, page: str) -> EnergyBlock:
    """The block; ``page`` is the address of the project's energy page."""
    amounts = energy_words.amounts(energy.account, project.assumptions, is_live=energy.is_live)
    watts = watts_of(energy.curve)
    if watts is not None and energy.curve is not None:
        over = f"over {words.duration(known_seconds(energy.curve))}"
        amounts.insert(1, Amount(units.power(watts), f"mean power of all that was measured, {over}"))
    estimate = energy_words.estimate(project.assumptions, energy)
    return EnergyBlock(
        amounts=tuple(amounts),
        covers=tuple(energy_words.covers(energy)),
        power=figure,
        facts=tuple(_facts(energy)),
        devices=tables.devices(energy.devices) if energy.account.joules is not None else None,
        phases=tables.phases(energy.phases),
        missing=energy_words.missing(energy_words.missing_of([energy])),
        notes=(*energy.notes, *([estimate] if estimate else [])),
        project=page,
    )


def series(one: Member, energy: RunEnergy) -> list[RunSeries]:
    """The power of each device over time, or of each kind of many; each is a series of its own name."""
    found = counted(energy)
    if len(found) > LINES:
        kinds = list(dict.fromkeys(device.device.kind for device in found))
        sums = {kind: add([d.curve for d in found if d.device.kind == kind and d.curve is not None]) for kind in kinds}
        return [
            power(one, curve, label=energy_words.NOUNS[kind][1]) for kind, curve in sums.items() if curve is not None
        ]
    is_several = len({device.machine for device in energy.devices}) > 1
    names = _names(found, is_several=is_several)
    return [
        power(one, device.curve, label=name)
        for name, device in zip(names, found, strict=True)
        if device.curve is not None
    ]


def _names(devices: Sequence[DeviceEnergy], *, is_several: bool) -> list[str]:
    """``GPU 0``, ``processor``: short, as they stand at the ends of lines."""
    found: list[str] = []
    for one in devices:
        kind, index = one.device.kind, one.device.index
        same = [d for d in devices if d.device.kind == kind and d.machine == one.machine]
        number = f" {same.index(one) if index is None else index}" if kind == "gpu" or len(same) > 1 else ""
        name = f"{f'machine {one.machine + 1} ' if is_several else ''}{WORDS[kind]}{number}"
        found.append(name if name not in found else f"{name} ({found.count(name) + 1})")
    return found


def _facts(energy: RunEnergy) -> list[tuple[str, str]]:
    account = energy.account
    if account.joules is None:
        return []
    facts = [(WORDS[kind], units.energy(one.joules)) for kind, one in energy.by_kind.items() if len(energy.by_kind) > 1]
    each = joules_each(energy)
    for noun in ("step", "sample", "token"):
        joules = each.get(noun)
        if joules is not None:
            facts.append((f"per {noun}", f"{units.each(joules)}, over {energy.counts[noun]:,.0f} {noun}s"))
    idle = idle_share(energy.by_kind)
    if idle is not None:
        spent = f"{units.percent(idle)} of the GPUs' energy went while they were used less than 5 %"
        facts.append(("idle", spent))
    facts.append(("coverage", units.percent(account.coverage)))
    facts += [("method", words_of)] if (words_of := energy_words.method(account)) else []
    sides = energy_words.side_by_side(energy)
    facts += [("counter and power", sides)] if sides else []
    facts += [("counter resets", str(account.resets))] if account.resets else []
    return facts
