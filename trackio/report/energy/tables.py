"""Tables of energy: runs side by side in equal units, devices, phases (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trackio.energy import units
from trackio.energy.accounting import combine
from trackio.energy.carbon import footprint
from trackio.energy.curves import add
from trackio.energy.rates import idle_of, idle_share, joules_each, watts_of
from trackio.energy.records import KINDS, NOTES
from trackio.energy.statement import Assumptions, DeviceEnergy, Phase, RunEnergy
from trackio.energy.totals import label
from trackio.report import words
from trackio.report.energy import words as energy_words
from trackio.report.energy.document import Used
from trackio.report.energy.model import Table, TableRow
from trackio.report.gather import Project, Run
from trackio.report.model import Cell, Column
from trackio.report.tables import color
from trackio.report.urls import relative

MOST_DEVICES = 24
"""Up to so many devices have a row each."""

SCOPES = {
    "gpu": "the whole GPU",
    "module": "the whole module",
    "package": "the whole processor",
    "dram": "the memory of its processor",
    "soc": "the whole chip",
}
"""What a sensor covers, in words."""

BLANK = Cell("", "", is_number=True)

Value = Callable[[RunEnergy], float | None]


def runs(project: Project, found: Sequence[tuple[Run, RunEnergy]], used: Used, page: str) -> Table:
    """The runs side by side, also up to the targets; every column has one unit."""
    energies = [one for _, one in found]
    columns = [*_amounts(energies), *_rates(energies), *_stands(energies, project.assumptions)]
    columns += [*_targets(energies, used), *_quality(energies)]
    rows = tuple(
        TableRow(
            run.record.id,
            run.record.name,
            relative(project.urls.run(run.slug), page),
            color(project, run),
            tuple(cells[place] for _, cells in columns),
        )
        for place, (run, _) in enumerate(found)
    )
    return Table(tuple(column for column, _ in columns), rows)


def devices(found: Sequence[DeviceEnergy]) -> Table | None:
    """The devices with what each used; of many, those of one kind on a machine have a row together."""
    if not found:
        return None
    alike: dict[tuple[object, ...], list[DeviceEnergy]] = {}
    for place, one in enumerate(found):
        key = (one.machine, one.device.kind, one.device.name, one.is_counted) if len(found) > MOST_DEVICES else (place,)
        alike.setdefault(key, []).append(one)
    rows = [(own, combine(one.account for one in own)) for own in alike.values()]
    unit = units.energy_unit(account.joules for _, account in rows)
    has_resets = any(account.resets for _, account in rows)
    has_notes = any(one.device.notes or not one.is_counted for one in found)
    columns = [Column("energy", "number", unit), Column("mean power", "number", "W"), Column("coverage", "number", "")]
    columns += [Column("idle", "number", "of its energy")]
    columns += [Column("resets", "number", "")] if has_resets else []
    columns += [Column(name, "config", "") for name in ("its sensor covers", *(["notes"] if has_notes else []))]
    is_several = len({one.machine for one in found}) > 1
    made = []
    for own, account in rows:
        device = own[0].device
        watts = watts_of(add([one.curve for one in own if one.curve is not None]))
        idle = idle_of(account) if device.kind == "gpu" else None
        cells = [_energy(account.joules, unit), _number(watts, _plain), _number(account.coverage, units.percent)]
        cells += [_number(idle, units.percent)]
        cells += [_number(account.resets, str)] if has_resets else []
        cells += [_text(SCOPES.get(device.scope, device.scope)), *([_text(_notes(own))] if has_notes else [])]
        made.append(TableRow("", _named(own, is_several=is_several), "", None, tuple(cells)))
    return Table(tuple(columns), tuple(made))


def _named(own: Sequence[DeviceEnergy], *, is_several: bool) -> str:
    """``machine 2, GPU 0 (NVIDIA H200)``, or how many there are."""
    device, number = own[0].device, own[0].machine + 1
    name = label(device)
    if len(own) > 1:
        name = f"{words.count(len(own), *energy_words.NOUNS[device.kind])} ({device.name})"
    return f"machine {number}, {name}" if is_several else name


def _notes(own: Sequence[DeviceEnergy]) -> str:
    notes = list(dict.fromkeys(NOTES[note] for one in own for note in one.device.notes if note in NOTES))
    return "; ".join(notes if own[0].is_counted else [*notes, "in the sensor of another device: not in the total"])


def phases(found: Sequence[Phase]) -> Table | None:
    """What was used up to each mark."""
    if not found:
        return None
    unit = units.energy_unit(one.joules for one in found)
    columns = (
        Column("energy", "number", unit),
        Column("mean power", "number", "W"),
        Column("duration", "number", ""),
    )
    rows = []
    for one in found:
        watts = one.joules / one.known_seconds if one.joules is not None and one.known_seconds > 0 else None
        cells = (_energy(one.joules, unit), _number(watts, _plain), _number(one.seconds, words.duration))
        rows.append(TableRow("", one.name, "", None, cells))
    return Table(columns, tuple(rows))


def _amounts(energies: Sequence[RunEnergy]) -> list[tuple[Column, list[Cell]]]:
    unit = units.energy_unit(one.account.joules for one in energies)
    found = [(Column("energy", "number", unit), [_energy(one.account.joules, unit) for one in energies])]
    kinds = [kind for kind in KINDS if any(kind in one.by_kind for one in energies)]
    for kind in kinds if len(kinds) > 1 else ():
        own = [one.by_kind[kind].joules if kind in one.by_kind else None for one in energies]
        found.append(
            (Column(energy_words.NOUNS[kind][kind != "dram"], "number", unit), [_energy(j, unit) for j in own])
        )
    watts = [watts_of(one.curve) for one in energies]
    name, factor = units.shared_unit(watts, "power")
    power = [_number(None if w is None else w / factor, _plain) for w in watts]
    found.append((Column("mean power", "number", name), power))
    seconds = [_number(one.seconds, words.duration) for one in energies]
    is_several = any(device.machine for one in energies for device in one.devices)
    return [*found, (Column("measured for", "number", "over machines" if is_several else ""), seconds)]


def _rates(energies: Sequence[RunEnergy]) -> list[tuple[Column, list[Cell]]]:
    found = []
    for noun in ("step", "sample", "token"):
        values = [joules_each(one).get(noun) for one in energies]
        if any(value is not None for value in values):
            unit, factor = units.shared_unit(values, "each")
            cells = [_number(None if value is None else value / factor, _plain) for value in values]
            found.append((Column(f"per {noun}", "number", unit), cells))
    return found


def _stands(energies: Sequence[RunEnergy], assumptions: Assumptions) -> list[tuple[Column, list[Cell]]]:
    stands = [None if one.account.kwh is None else footprint(one.account.kwh, assumptions) for one in energies]
    grams = [None if one is None else one.grams for one in stands]
    costs = [None if one is None else one.cost for one in stands]
    found = []
    if any(value is not None for value in grams):
        unit, factor = units.shared_unit(grams, "carbon")
        cells = [_number(None if value is None else value / factor, _plain) for value in grams]
        found.append((Column("CO₂e", "number", unit), cells))
    if assumptions.price is not None and any(value is not None for value in costs):
        found.append((Column("cost", "number", assumptions.price.currency), [_number(c, units.money) for c in costs]))
    return found


def _targets(energies: Sequence[RunEnergy], used: Used) -> list[tuple[Column, list[Cell]]]:
    unit = units.energy_unit(one.account.joules for one in energies)
    return [
        (Column(f"to {aim.title}", "number", unit), [_energy(own.get(one.run_id), unit) for one in energies])
        for aim, own in used
        if own
    ]


def _quality(energies: Sequence[RunEnergy]) -> list[tuple[Column, list[Cell]]]:
    known = [one.account.joules is not None for one in energies]
    coverage = [
        _number(one.account.coverage, units.percent) if is_known else BLANK
        for one, is_known in zip(energies, known, strict=True)
    ]
    found = [(Column("coverage", "number", ""), coverage)]
    idle = [idle_share(one.by_kind) for one in energies]
    if any(share is not None for share in idle):
        found.append((Column("idle", "number", "of GPU energy"), [_number(share, units.percent) for share in idle]))
    if any(one.account.resets for one in energies):
        resets = [_number(one.account.resets, str) for one in energies]
        found.append((Column("resets", "number", ""), resets))
    methods = [
        _text(energy_words.method(one.account) if is_known else units.NOT_MEASURED)
        for one, is_known in zip(energies, known, strict=True)
    ]
    return [*found, (Column("method", "config", ""), methods)]


def _energy(joules: float | None, unit: units.EnergyUnit) -> Cell:
    return BLANK if joules is None else Cell(units.in_unit(joules, unit), f"{joules:.6g}", is_number=True)


def _number(value: float | None, text: Callable[[float], str]) -> Cell:
    return BLANK if value is None else Cell(text(value), f"{value:.6g}", is_number=True)


def _plain(value: float) -> str:
    return units.figures(value)


def _text(text: str) -> Cell:
    return Cell(text, text, is_number=False)
