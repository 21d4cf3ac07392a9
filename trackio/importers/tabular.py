"""Tables of any origin as runs: Parquet and JSON Lines, whose columns mean by their names what those of CSV mean.

One run is read row by row; several runs, and a long table (a row per value), are put together in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.importers import cells
from trackio.importers.columns import Choice, Layout, layout
from trackio.importers.imported import ImportedRun, ImportFailed, Inline, Row, Watch
from trackio.times import nanoseconds


@dataclass(frozen=True, slots=True)
class _Table:
    """A file and what its columns mean."""

    path: Path
    header: list[str]
    columns: Layout
    fallback_ns: int
    floats: frozenset[str]
    """Metrics that hold numbers other than integers."""

    def cell(self, row: Mapping[str, Any], place: int | None) -> Any:
        return None if place is None else row.get(self.header[place])

    def fail(self, reason: str) -> ImportFailed:
        return ImportFailed(self.path, reason)


@dataclass(slots=True)
class _Group:
    """A run of several in one table."""

    rows: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)
    system_rows: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)
    places: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    run_id: str | None = None


def runs(path: Path, choice: Choice, name: str | None, group: str | None, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of a file; raises ImportFailed, and UsageError for a column that the caller names and is not there."""
    header = cells.header(path)
    first = next(cells.rows(path), None)
    if first is None:
        return
    sample = [str(first.get(column, "")) for column in header]
    columns = layout(header, choice, sample)
    metrics = frozenset(column for _, column in columns.metrics)
    floats = {key for row in cells.rows(path) for key, value in row.items() if key in metrics and type(value) is float}
    table = _Table(path, header, columns, path.stat().st_mtime_ns, frozenset(floats))
    content = cells.digest(path)
    if not columns.is_long and columns.run is None and columns.group is None:
        yield _streamed(table, content, name or path.stem, group, watch)
        return
    for (own_name, own_group), found in _grouped(table, name or path.stem, group).items():
        told = blake2b(f"{content} {own_name} {own_group}".encode(), digest_size=8).hexdigest()
        yield ImportedRun(
            id=found.run_id or f"table-{told}",
            name=own_name,
            group=own_group,
            config=found.config or {"imported_from": path.name},
            rows=found.rows,
            system_rows=found.system_rows,
            project=path.stem,
            fingerprint=content if found.run_id else "",
        )


def _streamed(table: _Table, content: str, name: str, group: str | None, watch: Watch) -> ImportedRun:
    run = ImportedRun(
        id=f"table-{blake2b(content.encode(), digest_size=8).hexdigest()}",
        name=name,
        group=group,
        config={"imported_from": table.path.name},
        project=table.path.stem,
    )
    run.rows = partial(_rows, table, run, watch)
    return run


def _rows(table: _Table, run: ImportedRun, watch: Watch) -> Iterator[Row]:
    step, where = -1, table.columns
    for number, row in enumerate(cells.rows(table.path)):
        told = _step(table, table.cell(row, where.step))
        step = step + 1 if told is None else told
        for place, key in where.config:
            if (value := table.cell(row, place)) is not None:
                run.config.setdefault(key, value)
        values = {column: found for _, column in where.metrics if (found := _value(table, column, row)) is not None}
        if values:
            yield step, _time(table, table.cell(row, where.timestamp)), values
        if number % 5000 == 0:
            watch.progress(table.path.name, number, 0)


def _grouped(table: _Table, name: str, group: str | None) -> dict[tuple[str, str | None], _Group]:
    where, found = table.columns, dict[tuple[str, str | None], _Group]()
    for row in cells.rows(table.path):
        own_name, own_group = table.cell(row, where.run), table.cell(row, where.group)
        key = (name if own_name is None else str(own_name), group if own_group is None else str(own_group))
        one = found.setdefault(key, _Group())
        if (run_id := table.cell(row, where.run_id)) is not None:
            one.run_id = str(run_id)
        for place, column in where.config:
            if (value := table.cell(row, place)) is not None:
                one.config.setdefault(column, value)
        _add(table, one, row)
    return found


def _add(table: _Table, one: _Group, row: Mapping[str, Any]) -> None:
    where = table.columns
    time_ns, step = _time(table, table.cell(row, where.timestamp)), _step(table, table.cell(row, where.step))
    if not where.is_long:
        values = {column: found for _, column in where.metrics if (found := _value(table, column, row)) is not None}
        metric = ""
    else:
        metric = str(table.cell(row, where.metric) or "").strip()
        value = table.cell(row, where.value)
        if not metric:
            raise table.fail("a row names no metric")
        values = {} if value is None else {metric: value}
    if step is None:
        step = one.steps.get(metric, 0)
        one.steps[metric] = step + 1
    if not values:
        return
    is_system = table.cell(row, where.kind) == "system"
    if where.is_long:
        # What was logged together lies far apart; a column of row numbers tells it from what only looks so.
        place = (is_system, table.cell(row, where.row), step, time_ns)
        together = one.places.get(place)
        if together is not None and metric not in together:
            together.update(values)
            return
        one.places[place] = values
    (one.system_rows if is_system else one.rows).append((step, time_ns, values))


def _value(table: _Table, column: str, row: Mapping[str, Any]) -> Any:
    value = row.get(column)
    if type(value) is int and column in table.floats:
        return float(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return Inline("array", {"_value": value}) if isinstance(value, list) else str(value)


def _step(table: _Table, value: Any) -> int | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value) and abs(value) < 2**63:
        return int(value)
    raise table.fail(f"the step {value!r} is no whole number")


def _time(table: _Table, value: Any) -> int:
    if value is None:
        return table.fallback_ns
    try:
        if isinstance(value, (int, float)) and math.isfinite(value):
            return cells.nanoseconds(value)
        return nanoseconds(str(value))
    except (UsageError, OverflowError):
        raise table.fail(f"{value!r} is no time") from None
