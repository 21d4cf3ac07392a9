"""The table of ``trackio energy`` for people, made of the object that programs get."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from trackio.cli.text import plain
from trackio.documents import Document
from trackio.energy import units
from trackio.energy.records import KINDS, Kind
from trackio.numerals import short
from trackio.times import whole_duration as duration

NAMES: Mapping[Kind, str] = {"gpu": "GPU", "cpu": "CPU", "dram": "DRAM", "soc": "chip"}

_Line: TypeAlias = Mapping[str, Any]
"""What is stated of a run, or of all together."""

_Cell: TypeAlias = Callable[[_Line], str]


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    cell: _Cell
    is_number: bool = True


def rows(stated: Document) -> tuple[list[str], list[tuple[str, ...]]]:
    """Names of columns and their cells, numbers right-aligned; what no run has is no column."""
    lines: list[_Line] = list(stated["runs"])
    if len(lines) > 1:
        lines.append({"run": "all together", "status": "", **stated["total"]})
    shown: list[tuple[str, list[str]]] = []
    for column in _columns(stated, lines):
        cells = [plain(column.cell(line)) for line in lines]
        if any(cells):
            width = max(map(len, cells)) if column.is_number else 0
            shown.append((column.name, [cell.rjust(width) for cell in cells]))
    return [name for name, _ in shown], list(zip(*(cells for _, cells in shown), strict=True))


def width(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """How many characters the table takes, with two between columns."""
    widest = [max(len(cell) for cell in column) for column in zip(columns, *cells, strict=True)]
    return sum(widest) + 2 * (len(widest) - 1)


def _columns(stated: Document, lines: Sequence[_Line]) -> Iterator[_Column]:
    unit = units.energy_unit(line["joules"] for line in lines)

    def amount(line: _Line) -> str:
        return units.NOT_MEASURED if line["joules"] is None else units.in_unit(line["joules"], unit)

    def of_kind(kind: Kind) -> _Cell:
        return lambda line: _some(line["kinds"].get(kind, {}).get("joules"), lambda joules: units.in_unit(joules, unit))

    yield _Column("run", lambda line: line["run"], is_number=False)
    yield _Column("status", lambda line: line["status"], is_number=False)
    yield _Column(unit, amount)
    for kind in KINDS:
        if kind in stated["total"]["kinds"]:
            yield _Column(f"{NAMES[kind]} {unit}", of_kind(kind))
    yield _Column("mean W", lambda line: _some(line["mean_watts"], units.figures))
    yield _Column("time", lambda line: _some(line.get("seconds"), duration))
    yield _Column("coverage", lambda line: "" if line["joules"] is None else units.percent(line["coverage"]))
    yield _Column("method", _methods, is_number=False)
    yield _Column("idle", lambda line: _some(line["idle_share"], units.percent))
    yield from _each(lines)
    yield from _target(stated, unit)
    yield from _stands_for(stated, lines)


def _each(lines: Sequence[_Line]) -> Iterator[_Column]:
    for noun in ("step", "sample", "token"):
        found = [line["joules_each"][noun] for line in lines if noun in line.get("joules_each", ())]
        name, factor = units.shared_unit(found, "each")
        yield _Column(
            f"{name}/{noun}",
            lambda line, noun=noun, factor=factor: _some(  # type: ignore[misc]
                line.get("joules_each", {}).get(noun), lambda joules: units.figures(joules / factor)
            ),
        )


def _target(stated: Document, unit: units.EnergyUnit) -> Iterator[_Column]:
    target = stated["target"]

    def cell(line: _Line) -> str:
        if line["kwh"] is None or "kwh_to_target" not in line:
            return ""
        if line["kwh_to_target"] is None:
            return "not measured then" if line["reached_unmeasured"] else "not reached"
        return units.in_unit(line["kwh_to_target"] * units.JOULES["kWh"], unit)

    if target is not None:
        yield _Column(f"{unit} to {target['metric']} {short(target['value'])}", cell)


def _stands_for(stated: Document, lines: Sequence[_Line]) -> Iterator[_Column]:
    name, factor = units.shared_unit([line["co2e_grams"] for line in lines], "carbon")
    currency = stated["assumptions"]["currency"]
    yield _Column(f"{name} CO2e", lambda line: _some(line["co2e_grams"], lambda grams: units.figures(grams / factor)))
    yield _Column(f"cost {currency or ''}".rstrip(), lambda line: _some(line["cost"], units.money))


def _methods(line: _Line) -> str:
    shares = {} if line["joules"] is None else line["methods"]
    return ", ".join(
        method + (f" {units.percent(share)}" if len(shares) > 1 else "") for method, share in shares.items()
    )


def _some(value: float | None, text: Callable[[float], str]) -> str:
    return "" if value is None else text(value)
