"""Tables of runs: the cells, with means over groups, the best in bold, sorted and cut (pure)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trackio.report import words
from trackio.report.narrative.blocks import ColumnBlock
from trackio.report.narrative.columns import Quantity, quantity
from trackio.report.narrative.facts import ProjectFacts, RunFacts, Unknown, grouped

FIGURES = 4
"""Significant figures of the largest value of a column, where no number of digits is asked for."""
VARIOUS = "various"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``text`` is what people read, the rest is for programs."""

    text: str
    value: float | int | str | bool | None
    """A mean where there are several values."""
    std: float | None = None
    """The sample standard deviation, where there are several numbers."""
    count: int = 1
    """Of how many runs."""
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column."""

    title: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table, ready to be written in any form."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    run_ids: tuple[str | None, ...]
    """Of each row; None where it is a group."""
    total: int
    """Rows there would be without a limit."""
    has_deviations: bool
    """Whether any cell is a mean with its deviation."""

    @property
    def note(self) -> str:
        """What a reader of the numbers has to know; empty when there is nothing."""
        said = ["Mean ± sample standard deviation over runs."] if self.has_deviations else []
        said += [f"{len(self.rows):,} of {self.total:,} rows."] if len(self.rows) < self.total else []
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class Request:
    """Which table."""

    columns: tuple[ColumnBlock, ...]
    runs: tuple[str, ...] = ()
    group: str | None = None
    groupby: str | None = None
    sort: str | None = None
    limit: int | None = None
    has_best: bool = True


def table(facts: ProjectFacts, asked: Request) -> Table:
    """The table. Raises Unknown and UnknownRun."""
    runs = facts.chosen(asked.runs)
    if asked.group is not None:
        runs = [run for run in runs if run.group == asked.group]
    if not runs:
        raise Unknown(f"None of these runs is in a group {asked.group!r}." if asked.group else "There are no runs.")
    wanted = [(block, quantity(block.name, facts, runs)) for block in asked.columns]
    if asked.groupby is None:
        bundles: list[tuple[str, list[RunFacts]]] = [(run.name, [run]) for run in runs]
    else:
        bundles = list(grouped(runs, asked.groupby).items())
    bundles = _sorted(bundles, asked, facts, runs)
    total = len(bundles)
    bundles = bundles[: asked.limit]
    heads, columns = _first(bundles, asked, wanted)
    for block, one in wanted:
        column = [_cell(one, members) for _, members in bundles]
        is_number = any(_is_number(cell.value) for cell in column)
        heads.append(Column(block.title or one.title, is_number))
        column = _written(column, one, block.digits)
        columns.append(_marked(column, block, one) if asked.has_best else column)
    return Table(
        tuple(heads),
        tuple(tuple(column[k] for column in columns) for k in range(len(bundles))),
        tuple(members[0].id if asked.groupby is None else None for _, members in bundles),
        total,
        any(cell.std is not None for column in columns for cell in column),
    )


def _first(
    bundles: Sequence[tuple[str, Sequence[RunFacts]]], asked: Request, wanted: Sequence[tuple[ColumnBlock, Quantity]]
) -> tuple[list[Column], list[list[Cell]]]:
    """The columns that say of what each row is."""
    if asked.groupby is None:
        if any(one.kind == "name" for _, one in wanted):
            return [], []
        return [Column("run", is_number=False)], [[Cell(name, name) for name, _ in bundles]]
    label = asked.groupby.rpartition("/")[2].rpartition(".")[2]
    counts = [Cell(str(len(members)), len(members)) for _, members in bundles]
    names = [Cell(name, name) for name, _ in bundles]
    return [Column(label, is_number=False), Column("runs", is_number=True)], [names, counts]


def _sorted(
    bundles: list[tuple[str, list[RunFacts]]], asked: Request, facts: ProjectFacts, runs: Sequence[RunFacts]
) -> list[tuple[str, list[RunFacts]]]:
    """In order of the data, or by a column; rows without a value come last either way."""
    if asked.sort is None:
        return bundles
    name = asked.sort.removeprefix("-")
    if name == "runs" and asked.groupby is not None:
        return sorted(bundles, key=lambda bundle: len(bundle[1]), reverse=asked.sort.startswith("-"))
    by = quantity(name, facts, runs)
    values = {label: _cell(by, members).value for label, members in bundles} if asked.groupby else {}
    keyed = [(values[label] if values else by.value(members[0]), (label, members)) for label, members in bundles]
    known = [pair for pair in keyed if _is_known(pair[0])]
    known.sort(key=lambda pair: _rank(pair[0]), reverse=asked.sort.startswith("-"))
    return [bundle for _, bundle in known] + [bundle for value, bundle in keyed if not _is_known(value)]


def _is_known(value: Any) -> bool:
    return value is not None and value == value  # noqa: PLR0124 - NaN


def _rank(value: Any) -> tuple[bool, float, str]:
    return (False, float(value), "") if _is_number(value) else (True, 0.0, words.value(value))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _cell(one: Quantity, members: Sequence[RunFacts]) -> Cell:
    """The value of one run, or what several have in common."""
    values = [value for value in map(one.value, members) if value is not None]
    if not values:
        return Cell("", None, count=0)
    if one.kind == "config" or not all(map(_is_number, values)):
        # Settings are no measurements: a mean of two learning rates is none of them.
        texts = dict.fromkeys(words.value(value) for value in values)
        if len(texts) > 1 or len(values) < len(members):
            return Cell(VARIOUS, VARIOUS, count=len(values))
        value = values[0]
        return Cell(words.value(value), value if _is_number(value) else words.value(value), count=len(values))
    if len(members) == 1:
        return Cell("", values[0])
    finite = all(map(math.isfinite, values))
    mean = math.fsum(values) / len(values) if finite else sum(values) / len(values)
    std = (statistics.stdev(values) if finite else math.nan) if len(values) > 1 else None
    return Cell("", mean, std, len(values))


def _written(column: Sequence[Cell], one: Quantity, digits: int | None) -> list[Cell]:
    """The column with its texts: numbers of a column have one number of decimals, so that they compare at a glance."""
    numbers = [cell for cell in column if _is_number(cell.value)]
    if one.kind == "duration":
        return [replace(cell, text=_durations(cell)) if _is_number(cell.value) else cell for cell in column]
    if one.kind == "config" and digits is None:
        return list(column)
    is_whole = all(isinstance(cell.value, int) and cell.std is None for cell in numbers)
    places = digits if digits is not None else 0 if is_whole else _places(numbers)
    return [_with_text(cell, places) if _is_number(cell.value) else cell for cell in column]


def _places(cells: Sequence[Cell]) -> int | None:
    """Decimals for the column; None for numbers too small or too large to be written without an exponent."""
    stds = [cell.std for cell in cells if cell.std and math.isfinite(cell.std)]
    sizes = [abs(float(cell.value)) for cell in cells if cell.value and math.isfinite(float(cell.value))]
    most = max(sizes, default=0.0)
    if not sizes:
        return 1
    if most < 1e-4 or most >= 1e9:
        return None
    places = FIGURES - 1 - math.floor(math.log10(most))
    if stds:
        # Two figures of the deviation are as many as mean anything.
        places = min(1 - math.floor(math.log10(statistics.median(stds))), places + 2)
    return min(max(places, 0), 8)


def _with_text(cell: Cell, places: int | None) -> Cell:
    text = _number(float(cell.value or 0), places)
    return replace(cell, text=text if cell.std is None else f"{text} ± {_number(cell.std, places)}")


def _number(value: float, places: int | None) -> str:
    if not math.isfinite(value):
        return words.number(value)
    return f"{value:.{FIGURES - 1}e}" if places is None else f"{value:.{places}f}"


def _durations(cell: Cell) -> str:
    value = words.duration(float(cell.value or 0))
    return value if cell.std is None else f"{value} ± {words.duration(cell.std)}"


def _marked(column: Sequence[Cell], block: ColumnBlock, one: Quantity) -> list[Cell]:
    """The column with its best cells; those that read the same as the best are best too."""
    direction = block.best or one.best
    known = [cell for cell in column if _is_number(cell.value) and math.isfinite(float(cell.value or 0))]
    if direction in (None, "none") or len(known) < 2:
        return list(column)
    best = (max if direction == "max" else min)(known, key=lambda cell: float(cell.value or 0))
    value = best.text.partition(" ± ")[0]
    if all(cell.text.partition(" ± ")[0] == value for cell in known):
        return list(column)
    return [replace(cell, is_best=cell in known and cell.text.partition(" ± ")[0] == value) for cell in column]


def document(found: Table) -> Mapping[str, Any]:
    """The table for programs."""
    return {
        "columns": [{"title": column.title, "is_number": column.is_number} for column in found.columns],
        "rows": [
            [
                {"text": cell.text, "value": cell.value, "std": cell.std, "count": cell.count, "is_best": cell.is_best}
                for cell in row
            ]
            for row in found.rows
        ],
        "total": found.total,
        "note": found.note,
    }
