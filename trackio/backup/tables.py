"""A project's database as files of Parquet: every table, cut into parts of which few change from one time to the next.

The points of runs are ``logs``, a part for each run and some thousand rows of it; all other tables are as SQLite has
them. Whoever makes the database again has the positions of journals too, so senders go on where it stands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trackio.backup import columns
from trackio.backup.columns import Column, Kind
from trackio.errors import NewerDatabase, StoreError
from trackio.store import layout, schema

LOGS = "logs"
ROWS = 1 << 14
"""So many rows of a run, and of a table, are one part."""

WINDOW_NS = 6 * 3600 * 10**9
"""And so much time of the readings of energy."""

_LOG_COLUMNS: tuple[Column, ...] = (
    ("run", "text"),
    ("kind", "text"),
    ("metric", "text"),
    ("row", "integer"),
    ("step", "integer"),
    ("timestamp", "time"),
    ("value", "any"),
)
_DERIVED = frozenset({"sealed_revision"})
"""Columns that speak of files which are made anew where they lack."""
_OWN = frozenset({"points", "energy_samples"})
_KINDS: dict[str, Kind] = {"INTEGER": "integer", "REAL": "real", "TEXT": "text"}
_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND (name = 'sqlite_sequence' OR name NOT LIKE 'sqlite_%')"
)
_RUNS = (
    "SELECT num, id, row_count, system_row_count, "
    "(SELECT coalesce(sum(count), 0) FROM metrics WHERE run = runs.num) FROM runs ORDER BY num"
)
_WAITING = (
    "SELECT journals.run, tickets.kind, tickets.row / ? FROM tickets JOIN journals ON journals.name = tickets.journal"
)
_NAMED = "SELECT metrics.num, runs.id, kind, metrics.name FROM metrics JOIN runs ON runs.num = metrics.run"
_METRICS = "SELECT num, name FROM metrics WHERE run = ? AND kind = ? ORDER BY num"
_POINTS = "SELECT row, step, time_ns, value FROM points WHERE metric = ? AND row >= ? AND row < ? ORDER BY row"
_WINDOWS = "SELECT session, clock_ns / ?, count(*), max(time_ns) FROM energy_samples GROUP BY 1, 2 ORDER BY 1, 2"
_SAMPLES = "SELECT * FROM energy_samples WHERE session = ? AND clock_ns >= ? AND clock_ns < ? ORDER BY clock_ns, device"


@dataclass(frozen=True, slots=True)
class Part:
    """What goes into one file."""

    table: str
    name: str
    stamp: list[Any] | None
    """While this is the same, so is the content; None where only reading it tells."""
    _columns: Sequence[Column] = field(repr=False)
    _source: tuple[Any, ...] = field(repr=False)

    def write(self, db: sqlite3.Connection, path: Path, project: str) -> None:
        """Write it as it is now."""
        rows = _logged(db, *self._source) if self.table == LOGS else db.execute(*self._source)
        columns.write(path, project, self._columns, rows)


def parts(db: sqlite3.Connection) -> Iterator[Part]:
    """All parts of an open database, of which a transaction has been begun; tables without rows have none."""
    for (table,) in db.execute(_TABLES).fetchall():
        if table not in _OWN:
            yield from _of_table(db, table)
    yield from _of_energy(db)
    yield from _of_logs(db)


def restore(path: Path, version: int, files: Sequence[tuple[str, Path]]) -> None:
    """Make a database anew from the files of tables.

    Raises NewerDatabase for one of a newer trackio, and StoreError for what no trackio has written.
    """
    if version > schema.CURRENT:
        raise NewerDatabase(path, version, schema.CURRENT)
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("BEGIN IMMEDIATE")
        for step in schema.MIGRATIONS[:version]:
            for statement in step:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        db.execute("DELETE FROM meta")
        for table, file in files:
            if table != LOGS:
                _filled(db, table, file)
        nums = {tuple(key): num for num, *key in db.execute(_NAMED)}
        for table, file in files:
            if table == LOGS:
                rows = columns.read(file)[1]
                points = ((nums[run, kind, name], *rest) for run, kind, name, *rest in rows)
                db.executemany("INSERT INTO points VALUES (?, ?, ?, ?, ?)", points)
        db.execute("COMMIT")
    finally:
        db.close()


def _of_table(db: sqlite3.Connection, table: str) -> Iterator[Part]:
    described = db.execute(f"PRAGMA table_info({table})").fetchall()
    found: list[Column] = [(str(name), _KINDS.get(declared, "any")) for _, name, declared, *_ in described]
    keys = [str(name) for _, name, _, _, _, place in described if place]
    if keys != ["num"]:
        # What has no number changes as a whole, and is small.
        order = f" ORDER BY {', '.join(keys)}" if keys else ""
        if db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():  # noqa: S608 - a table's own name
            yield Part(table, "0", None, found, (f"SELECT * FROM {table}{order}",))  # noqa: S608
        return
    wanted = f"SELECT DISTINCT num / {ROWS} FROM {table} ORDER BY 1"  # noqa: S608
    for (place,) in db.execute(wanted).fetchall():
        names = ", ".join(f"NULL AS {name}" if name in _DERIVED else name for name, _ in found)
        query = f"SELECT {names} FROM {table} WHERE num >= ? AND num < ? ORDER BY num"  # noqa: S608
        yield Part(table, str(place), None, found, (query, (place * ROWS, (place + 1) * ROWS)))


def _of_energy(db: sqlite3.Connection) -> Iterator[Part]:
    """The readings of each session in stretches of time: those that are past stay as they are."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'energy_samples'").fetchone():
        return
    described = db.execute("PRAGMA table_info(energy_samples)").fetchall()
    found: list[Column] = [(str(name), _KINDS[declared]) for _, name, declared, *_ in described]
    for session, window, count, newest_ns in db.execute(_WINDOWS, (WINDOW_NS,)).fetchall():
        source = (_SAMPLES, (session, window * WINDOW_NS, (window + 1) * WINDOW_NS))
        yield Part("energy_samples", f"{session}-{window}", [count, newest_ns], found, source)


def _of_logs(db: sqlite3.Connection) -> Iterator[Part]:
    """The points of each run; a part that is full is for good, but where values of it are still on their way."""
    waiting = set()
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'tickets'").fetchone():
        waiting = set(db.execute(_WAITING, (ROWS,)).fetchall())
    for num, run, *counts, points in db.execute(_RUNS).fetchall():
        for kind, count in zip(("metric", "system"), counts, strict=True):
            for place in range(-(-count // ROWS)):
                is_full = (place + 1) * ROWS <= count and (num, kind, place) not in waiting
                stamp = [num, "full"] if is_full else [num, count, points]
                yield Part(LOGS, f"{layout.key(run)}-{kind}-{place}", stamp, _LOG_COLUMNS, (num, run, kind, place))


def _logged(db: sqlite3.Connection, num: int, run: str, kind: str, place: int) -> Iterator[tuple[Any, ...]]:
    for metric, name in db.execute(_METRICS, (num, kind)).fetchall():
        for row in db.execute(_POINTS, (metric, place * ROWS, (place + 1) * ROWS)):
            yield (run, kind, name, *row)


def _filled(db: sqlite3.Connection, table: str, file: Path) -> None:
    names, rows = columns.read(file)
    # The archive may be another's work: nothing in it becomes SQL but the names of what is there.
    known = {str(name) for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))}
    if not names or not set(names) <= known:
        raise StoreError(f"{file.name} is no table of a trackio database.")
    places = ", ".join("?" * len(names))
    if table == "sqlite_sequence":
        # SQLite's own: the highest number that each table has given, which it fills in as rows come.
        db.execute("DELETE FROM sqlite_sequence")
    db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)  # noqa: S608 - names of ours
