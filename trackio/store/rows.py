"""The rows of a run as they were logged: what came together in one ``log()`` call, in order of arrival."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, TypeAlias

from trackio.records import MetricKind, Scalar
from trackio.store.points import BOOLEAN

CELLS = 1 << 16
"""About how many values are held at a time."""

LoggedRow: TypeAlias = tuple[int, int, dict[str, Scalar]]
"""Step, time in nanoseconds, values."""

_METRICS = "SELECT num, name, types FROM metrics WHERE run = ? AND kind = ? ORDER BY num"
_POINTS = "SELECT row, step, time_ns, value FROM points WHERE metric = ? AND row >= ? AND row < ? ORDER BY row"


def logged_rows(db: sqlite3.Connection, run_id: str, kind: MetricKind) -> Iterator[LoggedRow]:
    """The rows of a run, a stretch of them in memory at a time; rows without any value are left out.

    A truth value among numbers of the same metric comes as 0 or 1, as the database has it.
    """
    # One transaction: all is of the same moment, however long the caller takes.
    db.execute("BEGIN")
    try:
        num, counts = _run(db, run_id)
        metrics = db.execute(_METRICS, (num, kind)).fetchall()
        size = max(256, CELLS // max(1, len(metrics)))
        for first in range(0, counts[kind], size):
            yield from _stretch(db, metrics, first, first + size)
    finally:
        db.execute("ROLLBACK")


def _run(db: sqlite3.Connection, run_id: str) -> tuple[int, dict[str, int]]:
    found = db.execute("SELECT num, row_count, system_row_count FROM runs WHERE id = ?", (run_id,)).fetchone()
    num, rows, system_rows = found or (0, 0, 0)
    return num, {"metric": rows, "system": system_rows}


def _stretch(db: sqlite3.Connection, metrics: list[Any], first: int, stop: int) -> Iterator[LoggedRow]:
    rows: dict[int, LoggedRow] = {}
    for num, name, types in metrics:
        for row, step, time_ns, value in db.execute(_POINTS, (num, first, stop)):
            if row not in rows:
                rows[row] = (step, time_ns, {})
            if value is None:
                value = float("nan")  # noqa: PLW2901 - SQLite has no NaN and holds NULL in its place
            rows[row][2][name] = bool(value) if types == BOOLEAN else value
    for row in sorted(rows):
        yield rows[row]
