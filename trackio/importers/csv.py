"""CSV files as runs: wide ones with a column per metric, and long ones with a row per value.

Nothing is imported of a file with a broken row unless the caller asks to skip such rows. Empty cells, and ``NA``,
``null`` and the like, mean that the metric was not logged there; ``nan`` is a value.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.importers.columns import RUN_ID, Choice, Layout, layout
from trackio.importers.imported import ImportedRun, ImportFailed, Watch
from trackio.importers.lines import Lines
from trackio.records import Scalar
from trackio.times import nanoseconds

DELIMITERS = ",;\t|"

MISSING = frozenset({"", "na", "n/a", "null", "none", "<na>", "-"})
_INTEGER = re.compile(r"[+-]?\d{1,19}")
_BOOLEANS = {"true": True, "false": False}
_LONGEST_CELL = 1 << 24
_PROGRESS_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Options:
    """How to read a file."""

    columns: Choice = field(default_factory=Choice)
    run: str | None = None
    """The name of the run when no column tells it; the file's name without its ending when None."""
    group: str | None = None
    """The group of the runs when no column tells it."""
    delimiter: str | None = None
    """None finds out from the first line."""
    skip_broken: bool = False
    """Leave broken rows out and tell of them, instead of refusing the file."""


def unheard(*_: object) -> None:
    """What is told of progress when nobody listens."""


def runs(sources: Sequence[str], options: Options, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of files, file by file, by when they began; for a project called like the first file."""
    project = Path(sources[0]).stem
    for path in map(Path, sources):
        try:
            found = read(path, options, progress=partial(watch.progress, path.name), broken=watch.skipped)
        except ImportFailed as error:
            watch.failed(error)
            continue
        except OSError as error:
            watch.failed(ImportFailed(path, error.strerror or str(error)))
            continue
        for run in sorted(found, key=lambda run: run.created_ns or 0):
            run.project = project
            yield run


def read(
    path: Path,
    options: Options,
    *,
    progress: Callable[[int, int], None] = unheard,
    broken: Callable[[ImportFailed], None] = unheard,
) -> list[ImportedRun]:
    """The runs of a file, in order of first appearance; raises ImportFailed where it cannot be read.

    ``progress`` is told the bytes read and their total now and then, ``broken`` each row that was skipped.
    """
    lines = Lines(path)
    delimiter = options.delimiter or _delimiter(lines.first)
    rows = csv.reader(lines, delimiter=delimiter)
    csv.field_size_limit(_LONGEST_CELL)
    found: _Reader | None = None
    try:
        header = next(rows, None)
        if not header:
            raise ImportFailed(path, "it has no header line")
        _check(path, header)
        for row in rows:
            if not row:
                continue
            if found is None:
                found = _Reader(path, layout(header, options.columns, row), header, options, lines.digest)
            try:
                found.add(row, rows.line_num)
            except ImportFailed as error:
                if not options.skip_broken:
                    raise
                broken(error)
            if rows.line_num % _PROGRESS_ROWS == 0:
                progress(lines.done, lines.total)
    except csv.Error as error:
        raise ImportFailed(path, str(error), rows.line_num) from None
    progress(lines.total, lines.total)
    return [] if found is None else found.runs()


@dataclass(slots=True)
class _Open:
    """A run while its rows come in."""

    run: ImportedRun
    rows: list[tuple[int, int, dict[str, Scalar]]] = field(default_factory=list)
    system_rows: list[tuple[int, int, dict[str, Scalar]]] = field(default_factory=list)
    places: dict[tuple[object, ...], dict[str, Scalar]] = field(default_factory=dict)
    """The row at a step and time, for long files: what was logged together lies far apart there."""
    next_step: dict[str, int] = field(default_factory=dict)


class _Reader:
    """Turns rows of cells into rows of values, run by run."""

    def __init__(self, path: Path, columns: Layout, header: Sequence[str], options: Options, digest: str) -> None:
        self._path, self._layout, self._header, self._options = path, columns, header, options
        self._digest = digest
        self._open: dict[tuple[str, ...], _Open] = {}
        self._kinds: dict[str, type] = {}
        self._floats: set[str] = set()
        # A file without times happened, as far as it tells, when it was written.
        self._fallback_ns = path.stat().st_mtime_ns

    def add(self, row: Sequence[str], line: int) -> None:
        """Take one row of cells; raises ImportFailed and takes nothing when it is broken."""
        where = self._layout
        if len(row) != len(self._header):
            raise self._broken(line, f"{len(row)} cells where the header has {len(self._header)}")
        time_ns = self._fallback_ns if where.timestamp is None else self._time(row[where.timestamp], line)
        if where.is_long:
            name = row[where.metric or 0] if where.is_own else row[where.metric or 0].strip()
            if not name:
                raise self._broken(line, "the metric has no name")
            value = self._value(name, row[where.value or 0], line)
            values = {} if value is None else {name: value}
        else:
            values = {
                name: value for at, name in where.metrics if (value := self._value(name, row[at], line)) is not None
            }
            name = ""
        step = None if where.step is None else self._step(row[where.step], line)
        open_run = self._run(row)
        if step is None:
            step = open_run.next_step.get(name, 0)
            open_run.next_step[name] = step + 1
        for at, key in where.config:
            open_run.run.config.setdefault(key, scalar(row[at]))
        if not values:
            return
        is_system = where.kind is not None and row[where.kind].strip() == "system"
        if where.is_long:
            place = (is_system, None if where.row is None else row[where.row], step, time_ns)
            together = open_run.places.get(place)
            if together is not None and name not in together:
                together.update(values)
                return
            open_run.places[place] = values
        (open_run.system_rows if is_system else open_run.rows).append((step, time_ns, values))

    def runs(self) -> list[ImportedRun]:
        """The runs, with one type a metric, and texts that never change as config."""
        for held in self._open.values():
            for name, kind in self._kinds.items():
                # Our own exports say what is config, elsewhere.
                if kind is str and not self._layout.is_long and self._layout.run_id is None:
                    _settle_text(held, name)
            for _, _, values in (*held.rows, *held.system_rows):
                for name in self._floats.intersection(values):
                    values[name] = float(values[name])
            held.run.rows = held.rows = [row for row in held.rows if row[2]]
            held.run.system_rows = held.system_rows
            held.run.created_ns = min((time_ns for _, time_ns, _ in held.rows), default=0)
        return [held.run for held in self._open.values()]

    def _run(self, row: Sequence[str]) -> _Open:
        where = self._layout
        name = "" if where.run is None else row[where.run].strip()
        name = name or self._options.run or self._path.stem
        group = self._options.group if where.group is None else row[where.group].strip() or None
        run_id = "" if where.run_id is None else row[where.run_id].strip()
        # Runs of one name in two groups are two: seeds are often numbered anew in each.
        key = (run_id,) if run_id else (name, group or "")
        if key not in self._open:
            told = json.dumps([self._digest, name, group])
            digest = blake2b(told.encode(), digest_size=8).hexdigest()
            run = ImportedRun(run_id or f"csv-{digest}", name, group, {"imported_from": self._path.name})
            run.fingerprint = self._digest if run_id else ""
            self._open[key] = _Open(run)
        return self._open[key]

    def _value(self, name: str, cell: str, line: int) -> Scalar | None:
        text, cell = cell, cell.strip()
        if cell.lower() in MISSING:
            return None
        value = scalar(cell)
        kind = float if type(value) in (int, float) else type(value)
        expected = self._kinds.setdefault(name, kind)
        if expected is str:
            return text if self._layout.is_own else cell
        if kind is not expected:
            raise self._broken(
                line, f"{_short(cell)} in {name!r} is no {'number' if expected is float else 'true or false'}"
            )
        if type(value) is float:
            self._floats.add(name)
        return value

    def _step(self, cell: str, line: int) -> int | None:
        cell = cell.strip()
        if cell.lower() in MISSING:
            return None
        value = scalar(cell)
        if type(value) is float and value.is_integer() and abs(value) < 2**63:
            return int(value)
        if type(value) is not int:
            raise self._broken(line, f"the step {_short(cell)} is no whole number")
        return value

    def _time(self, cell: str, line: int) -> int:
        cell = cell.strip()
        if cell.lower() in MISSING:
            return self._fallback_ns
        value = scalar(cell)
        try:
            if isinstance(value, (int, float)) and abs(value) > 1e11:
                # Seconds reach that far only in the year 5138: these are milliseconds, or finer still.
                finer = next(
                    unit for limit, unit in ((1e14, 10**6), (1e17, 10**3), (float("inf"), 1)) if abs(value) < limit
                )
                return _in_range(int(value * finer))
            return nanoseconds(cell)
        except (UsageError, StopIteration, OverflowError, ValueError):
            raise self._broken(line, f"{_short(cell)} is no time") from None

    def _broken(self, line: int, reason: str) -> ImportFailed:
        return ImportFailed(self._path, reason, line)


def scalar(cell: str) -> Scalar:
    """The number or truth value that a cell spells, else its text."""
    cell = cell.strip()
    if _INTEGER.fullmatch(cell) and -(2**63) <= int(cell) < 2**63:
        return int(cell)
    try:
        # float() would read 1_000 as a number.
        return float(cell) if "_" not in cell else cell
    except ValueError:
        return _BOOLEANS.get(cell.lower(), cell)


def _settle_text(held: _Open, name: str) -> None:
    """Make a text that is the same all through the run part of its config."""
    texts = {values[name] for _, _, values in held.rows if name in values}
    if len(texts) == 1 and len(held.rows) > 1:
        held.run.config.setdefault(name, texts.pop())
        for _, _, values in held.rows:
            values.pop(name, None)


def _check(path: Path, header: Sequence[str]) -> None:
    is_own = not {*RUN_ID}.isdisjoint(header)
    names = [name if is_own else name.strip() for name in header if name.strip()]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise ImportFailed(path, f"two columns are called {min(doubled)!r}", 1)


def _delimiter(first_line: str) -> str:
    return max(DELIMITERS, key=first_line.count)


def _in_range(time_ns: int) -> int:
    if not -(2**63) <= time_ns < 2**63:
        raise OverflowError(time_ns)
    return time_ns


def _short(cell: Any) -> str:
    return repr(cell if len(cell) <= 40 else cell[:39] + "…")
