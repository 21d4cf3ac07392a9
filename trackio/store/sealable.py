"""Which runs are to have a snapshot: those that have ended, unless it would be almost all emptiness."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from trackio.store import layout

CELLS = 1 << 20
"""About how many values are held at a time while a snapshot is written."""

MANY_CHUNKS = 1 << 17
"""So many pieces of columns are always written: a few seconds."""

POINTS_A_CHUNK = 16
"""With fewer in each of many pieces, a snapshot takes longer than all that it may save."""

_LONGEST_GROUP = 1 << 16
_ENDED = "SELECT num, id, revision, sealed_revision FROM runs WHERE status != 'running' ORDER BY num"
_EXTENT = (
    "SELECT row_count + system_row_count, (SELECT count(*) FROM metrics WHERE run = runs.num), "
    "(SELECT total(count) FROM metrics WHERE run = runs.num) FROM runs WHERE num = ?"
)


def group_length(columns: int) -> int:
    """How many rows are written at a time, each column as one chunk."""
    return min(_LONGEST_GROUP, max(1024, CELLS // max(1, columns)))


def unsealed(db: sqlite3.Connection, project: Path) -> list[str]:
    """The ids of runs that have ended, can have a snapshot, and have none of their present state."""
    return [
        run_id
        for num, run_id, revision, sealed in db.execute(_ENDED).fetchall()
        if (revision != sealed or not layout.parquet(project, run_id).exists()) and _is_dense(db, num)
    ]


def is_sealable(db: sqlite3.Connection, run_id: str) -> bool:
    """Whether the run has ended and can have a snapshot."""
    row = db.execute("SELECT num FROM runs WHERE id = ? AND status != 'running'", (run_id,)).fetchone()
    return row is not None and _is_dense(db, row[0])


def _is_dense(db: sqlite3.Connection, num: int) -> bool:
    """False for a run of very many names, each of which was logged in few of very many rows."""
    rows, columns, points = db.execute(_EXTENT, (num,)).fetchone()
    chunks = columns * (rows // group_length(columns) + 1)
    return bool(chunks <= MANY_CHUNKS or points >= POINTS_A_CHUNK * chunks)
