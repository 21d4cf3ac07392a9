"""Points of metrics as arrays, from the snapshot or from the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from trackio.records import MetricKind, Series, Tail
from trackio.store import layout, parquet
from trackio.store.points import TEXT

LONG = 20_000
"""A run of more points is read from its file, where it has one."""

PIECE = 1 << 13
"""So many points are read at a time."""

_FIELDS = [("row", np.int64), ("step", np.int64), ("time_ns", np.int64), ("value", np.float64)]
_POINT = np.dtype(_FIELDS)

_POINTS = "SELECT row, step, time_ns, value FROM points WHERE metric = ? AND row > ? ORDER BY row"
_COUNTS = (
    "SELECT metrics.name, metrics.num, types, count FROM metrics JOIN runs ON runs.num = metrics.run "
    "WHERE runs.id = ? AND kind = ?"
)


def from_database(
    db: sqlite3.Connection, run_id: str, names: Sequence[str] | None, kind: MetricKind
) -> dict[str, Series]:
    """The numeric points of a run's metrics; names that there are none of are left out."""
    found = {}
    for name, num, types in _numeric(db, run_id, kind):
        if names is None or name in names:
            found[name] = _series(db, num, may_have_text=bool(types & TEXT))
    return found


def from_snapshot(
    db: sqlite3.Connection, path: Path, run_id: str, names: Sequence[str] | None, kind: MetricKind
) -> dict[str, Series] | None:
    """The same from Parquet; None when there is no snapshot of just this state of the run."""
    row = db.execute("SELECT revision, sealed_revision FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None or row[0] != row[1]:
        return None
    metrics = _numeric(db, run_id, kind)
    # A column that mixes numbers and text holds text.
    plain = [name for name, _, types in metrics if not types & TEXT and (names is None or name in names)]
    mixed = [(name, num) for name, num, types in metrics if types & TEXT and (names is None or name in names)]
    found = parquet.read(path, row[0], plain, kind)
    if found is not None:
        found.update((name, _series(db, num, may_have_text=True)) for name, num in mixed)
    return found


def together(
    db: sqlite3.Connection, project: Path, wanted: Mapping[str, Sequence[str]], kind: MetricKind
) -> dict[str, dict[str, Tail]]:
    """The series of many runs by run and name, each as the `Tail` after no row; what there is none of is left out.

    Opening the file of a run takes longer than reading some thousand rows here, so only long runs are read from theirs.
    """
    found: dict[str, dict[str, Tail]] = {}
    for run_id, names in wanted.items():
        known = {name: row for name, *row in db.execute(_COUNTS, (run_id, kind)) if name in names}
        is_long = sum(count for _, _, count in known.values()) > LONG
        whole = from_snapshot(db, layout.parquet(project, run_id), run_id, list(known), kind) if is_long else None
        if whole is None:
            whole = {
                name: _series(db, num, may_have_text=bool(types & TEXT)) for name, (num, types, _) in known.items()
            }
        found[run_id] = {
            name: Tail(known[name][2], bool(known[name][1] & TEXT), series) for name, series in whole.items()
        }
    return found


def tails(db: sqlite3.Connection, run_id: str, after: Mapping[str, int], kind: MetricKind) -> dict[str, Tail]:
    """What metrics have logged after a row of each."""
    found = {}
    for name, num, types, count in db.execute(_COUNTS, (run_id, kind)).fetchall():
        if name in after:
            has_text = bool(types & TEXT)
            found[name] = Tail(count, has_text, _series(db, num, may_have_text=has_text, after=after[name]))
    return found


def _numeric(db: sqlite3.Connection, run_id: str, kind: MetricKind) -> list[tuple[str, int, int]]:
    return db.execute(
        "SELECT metrics.name, metrics.num, types FROM metrics JOIN runs ON runs.num = metrics.run "
        "WHERE runs.id = ? AND kind = ? AND types != ? ORDER BY metrics.num",
        (run_id, kind, TEXT),
    ).fetchall()


def _series(db: sqlite3.Connection, num: int, *, may_have_text: bool, after: int = -1) -> Series:
    rows = db.execute(_POINTS, (num, after))
    parts = [np.empty(0, _POINT)]
    # A piece at a time: as Python's numbers ten million points would take gigabytes.
    while points := rows.fetchmany(PIECE):
        if may_have_text:
            points = [point for point in points if not isinstance(point[3], str)]
        # None, which stands for NaN, becomes NaN here.
        parts.append(np.array(points, _POINT))
    whole = np.concatenate(parts)
    return Series(*(np.ascontiguousarray(whole[name]) for name, _ in _FIELDS))
