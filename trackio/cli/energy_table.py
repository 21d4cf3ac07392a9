"""The table of ``trackio energy`` for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trackio.cli.text import plain
from trackio.energy import units
from trackio.energy.carbon import footprint
from trackio.energy.formats.subject import Subject
from trackio.energy.rates import idle_share, joules_each, mean_watts, method_shares
from trackio.energy.records import KINDS, EnergyAccount, Kind
from trackio.energy.statement import DeviceEnergy, Footprint, RunEnergy
from trackio.times import whole_duration as duration

NAMES: Mapping[Kind, str] = {"gpu": "GPU", "cpu": "CPU", "dram": "DRAM", "soc": "chip"}

_TOTAL = "all together"


@dataclass(frozen=True, slots=True)
class _Row:
    """What a line is about: a run, or all of them."""

    name: str
    status: str
    account: EnergyAccount | None = None
    kinds: Mapping[Kind, EnergyAccount] | None = None
    devices: Sequence[DeviceEnergy] = ()
    seconds: float | None = None
    each: Mapping[str, float] | None = None
    to_target: float | str = ""
    stands_for: Footprint | None = None


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    cell: Callable[[_Row], str]
    is_number: bool = True


def rows(subject: Subject) -> tuple[list[str], list[tuple[str, ...]]]:
    """Names of columns and their cells, numbers right-aligned; what no run has is no column."""
    by_id = subject.by_id
    lines = [
        _of_run(subject, record.name, record.status, by_id.get(record.id), record.id) for record in subject.records
    ]
    if len(lines) > 1:
        lines.append(_of_all(subject))
    shown: list[tuple[str, list[str]]] = []
    for column in _columns(subject, lines):
        cells = [plain(column.cell(line)) for line in lines]
        if any(cells):
            width = max(map(len, cells)) if column.is_number else 0
            shown.append((column.name, [cell.rjust(width) for cell in cells]))
    return [name for name, _ in shown], list(zip(*(cells for _, cells in shown), strict=True))


def width(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """How many characters the table takes, with two between columns."""
    widest = [max(len(cell) for cell in column) for column in zip(columns, *cells, strict=True)]
    return sum(widest) + 2 * (len(widest) - 1)


def _of_run(subject: Subject, name: str, status: str, run: RunEnergy | None, run_id: str) -> _Row:
    if run is None:
        return _Row(name, status)
    kwh, target = run.account.kwh, subject.target
    to_target: float | str = ""
    if target is not None and kwh is not None:
        to_target = target.joules.get(run_id, "not measured then" if run_id in target.unknown else "not reached")
    return _Row(
        name,
        status,
        run.account,
        run.by_kind,
        run.devices,
        run.seconds,
        joules_each(run),
        to_target,
        None if kwh is None else footprint(kwh, subject.assumptions),
    )


def _of_all(subject: Subject) -> _Row:
    energy = subject.energy
    return _Row(_TOTAL, "", energy.account, energy.by_kind, energy.devices, stands_for=subject.footprint)


def _columns(subject: Subject, lines: Sequence[_Row]) -> Iterator[_Column]:
    unit = units.energy_unit(line.account.joules for line in lines if line.account is not None)

    def amount(line: _Row) -> str:
        joules = None if line.account is None else line.account.joules
        return units.NOT_MEASURED if joules is None else units.in_unit(joules, unit)

    def of_kind(kind: Kind) -> Callable[[_Row], str]:
        return lambda line: _figures((line.kinds or {}).get(kind), unit)

    yield _Column("run", lambda line: line.name, is_number=False)
    yield _Column("status", lambda line: line.status, is_number=False)
    yield _Column(unit, amount)
    kinds = [kind for kind in KINDS if kind in subject.energy.by_kind]
    for kind in kinds:
        yield _Column(f"{NAMES[kind]} {unit}", of_kind(kind))
    yield _Column("mean W", lambda line: _some(mean_watts(line.devices), units.figures))
    yield _Column("time", lambda line: _some(line.seconds, duration))
    yield _Column("coverage", lambda line: _known(line, lambda account: units.percent(account.coverage)))
    yield _Column("method", lambda line: _known(line, _methods), is_number=False)
    yield _Column("idle", lambda line: _some(idle_share(line.kinds or {}), units.percent))
    yield from _each(lines)
    yield from _target(subject, unit)
    yield from _stands_for(subject, lines)


def _each(lines: Sequence[_Row]) -> Iterator[_Column]:
    for noun in ("step", "sample", "token"):
        found = [line.each[noun] for line in lines if line.each and noun in line.each]
        name, factor = units.shared_unit(found, "each")
        yield _Column(
            f"{name}/{noun}",
            lambda line, noun=noun, factor=factor: _some(  # type: ignore[misc]
                (line.each or {}).get(noun), lambda joules: units.figures(joules / factor)
            ),
        )


def _target(subject: Subject, unit: units.EnergyUnit) -> Iterator[_Column]:
    if subject.target is not None:

        def cell(line: _Row) -> str:
            return line.to_target if isinstance(line.to_target, str) else units.in_unit(line.to_target, unit)

        yield _Column(f"{unit} to {subject.target.metric} {subject.target.value:g}", cell)


def _stands_for(subject: Subject, lines: Sequence[_Row]) -> Iterator[_Column]:
    found = [line.stands_for.grams for line in lines if line.stands_for is not None]
    name, factor = units.shared_unit(found, "carbon")
    price = subject.assumptions.price
    yield _Column(
        f"{name} CO2e",
        lambda line: _some(
            None if line.stands_for is None else line.stands_for.grams, lambda grams: units.figures(grams / factor)
        ),
    )
    yield _Column(
        f"cost {price.currency}".rstrip() if price is not None else "cost",
        lambda line: _some(None if line.stands_for is None else line.stands_for.cost, units.money),
    )


def _methods(account: EnergyAccount) -> str:
    shares = method_shares(account)
    return ", ".join(
        method + (f" {units.percent(share)}" if len(shares) > 1 else "") for method, share in shares.items()
    )


def _figures(account: EnergyAccount | None, unit: units.EnergyUnit) -> str:
    return "" if account is None or account.joules is None else units.in_unit(account.joules, unit)


def _known(line: _Row, text: Callable[[EnergyAccount], str]) -> str:
    return "" if line.account is None or line.account.joules is None else text(line.account)


def _some(value: float | None, text: Callable[[float], str]) -> str:
    return "" if value is None else text(value)
