"""The Parquet snapshot of a run: one row per ``log()`` call, one column a metric; derived, and made again at will.

Columns are ``row``, ``step``, ``timestamp``, then the metrics under their names; where a name would clash it is
prefixed with ``metric:`` or ``system:``. The rows of system metrics follow those of ``log()``, and count from 0 again.
A value that was not logged is null, NaN is NaN. The file's ``trackio`` metadata says which run it is, and which column
holds what.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trackio.records import MetricKind, RunRecord, Series
from trackio.store.points import BOOLEAN, INTEGER, TEXT

CELLS = 1 << 20
"""About how many values are held at a time while a snapshot is written."""

_LONGEST_GROUP = 1 << 18
_KEY = b"trackio"
_FIXED = ("row", "step", "timestamp")
_TIME = pa.timestamp("ns", tz="UTC")
_POINTS = "SELECT row, step, time_ns, value FROM points WHERE metric = ? AND row >= ? AND row < ? ORDER BY row"


@dataclass(frozen=True)
class _Column:
    name: str
    kind: MetricKind
    metric: str
    num: int
    type: pa.DataType


def write(db: sqlite3.Connection, path: Path, run: RunRecord) -> int:
    """Write the snapshot of a run, whole or not at all; returns the revision of the run that it holds."""
    db.execute("BEGIN")
    try:
        num, revision, rows, system_rows = db.execute(
            "SELECT num, revision, row_count, system_row_count FROM runs WHERE id = ?", (run.id,)
        ).fetchone()
        columns = _columns(db, num)
        about = {
            "project": run.project,
            "run": run.id,
            "name": run.name,
            "revision": revision,
            "rows": {"metric": rows, "system": system_rows},
            "columns": {kind: {c.metric: c.name for c in columns if c.kind == kind} for kind in ("metric", "system")},
        }
        schema = pa.schema(
            [("row", pa.int64()), ("step", pa.int64()), ("timestamp", _TIME), *((c.name, c.type) for c in columns)],
            metadata={_KEY: json.dumps(about).encode()},
        )
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            with pq.ParquetWriter(
                draft, schema, compression="zstd", use_dictionary=False, write_statistics=False
            ) as writer:
                for group in _groups(db, columns, schema, rows, system_rows):
                    writer.write_table(group)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    finally:
        db.execute("ROLLBACK")
    return int(revision)


def read(path: Path, revision: int, names: Sequence[str], kind: MetricKind) -> dict[str, Series] | None:
    """Series from the snapshot at ``path``; None when there is none, or one of another state of the run."""
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid):
        return None
    with file:
        about = json.loads((file.schema_arrow.metadata or {}).get(_KEY, b"{}"))
        if about.get("revision") != revision:
            return None
        columns = about["columns"][kind]
        if not names:
            return {}
        if not all(name in columns for name in names):
            return None
        table = file.read([*_FIXED, *(columns[name] for name in names)])
    first = 0 if kind == "metric" else about["rows"]["metric"]
    table = table.slice(first, about["rows"][kind])
    row, step, time_ns = (_whole(table.column(place)) for place in range(3))
    found = {}
    for name, column in zip(names, table.columns[3:], strict=True):
        if column.null_count == 0:
            found[name] = Series(row, step, time_ns, _float(column))
        else:
            there = column.is_valid().to_numpy()
            found[name] = Series(row[there], step[there], time_ns[there], _float(column.drop_null()))
    return found


def _columns(db: sqlite3.Connection, run: int) -> list[_Column]:
    taken = set(_FIXED)
    columns = []
    for kind, metric, num, types in db.execute(
        "SELECT kind, name, num, types FROM metrics WHERE run = ? ORDER BY kind, num", (run,)
    ):
        name = metric
        while name in taken:
            name = f"{kind}:{name}"
        taken.add(name)
        columns.append(_Column(name, kind, metric, num, _type(types)))
    return columns


def _type(types: int) -> pa.DataType:
    if types & TEXT:
        return pa.string()
    if types == BOOLEAN:
        return pa.bool_()
    return pa.int64() if not types & ~(INTEGER | BOOLEAN) else pa.float64()


def _groups(
    db: sqlite3.Connection, columns: Sequence[_Column], schema: pa.Schema, rows: int, system_rows: int
) -> Iterator[pa.Table]:
    size = min(_LONGEST_GROUP, max(1024, CELLS // max(1, len(columns))))
    for kind, count in (("metric", rows), ("system", system_rows)):
        for first in range(0, count, size):
            own = [column if column.kind == kind else None for column in columns]
            yield _group(db, own, schema, range(first, min(count, first + size)))


def _group(db: sqlite3.Connection, columns: Sequence[_Column | None], schema: pa.Schema, rows: range) -> pa.Table:
    """The rows of a range; a column of the other kind, passed as None, is all null."""
    length = len(rows)
    steps = np.zeros(length, np.int64)
    times = np.zeros(length, np.int64)
    values = []
    for place, column in enumerate(columns, start=len(_FIXED)):
        dtype = schema.field(place).type
        points = db.execute(_POINTS, (column.num, rows.start, rows.stop)).fetchall() if column else []
        if not points:
            values.append(pa.nulls(length, dtype))
            continue
        row, step, time_ns, value = zip(*points, strict=True)
        places = np.array(row, np.int64) - rows.start
        steps[places] = step
        times[places] = time_ns
        values.append(_spread(dtype, places, value, length))
    fixed = [pa.array(np.arange(rows.start, rows.stop)), pa.array(steps), pa.array(times).cast(_TIME)]
    return pa.Table.from_arrays([*fixed, *values], schema=schema)


def _spread(dtype: pa.DataType, places: Any, values: Sequence[Any], length: int) -> pa.Array:
    """An Arrow column of ``length`` with values at their places and nulls elsewhere."""
    missing = np.ones(length, bool)
    missing[places] = False
    if pa.types.is_string(dtype):
        texts: list[str | None] = [None] * length
        for place, value in zip(places.tolist(), values, strict=True):
            texts[place] = value if isinstance(value, str) else "NaN" if value is None else repr(value)
        return pa.array(texts, dtype)
    width = np.float64 if pa.types.is_floating(dtype) else np.int64
    filled = np.zeros(length, width)
    filled[places] = np.array(values, width)
    return pa.array(filled.astype(bool) if pa.types.is_boolean(dtype) else filled, dtype, mask=missing)


def _whole(column: pa.ChunkedArray) -> Any:
    return column.cast(pa.int64()).to_numpy()


def _float(column: pa.ChunkedArray) -> Any:
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return column.to_numpy().astype(np.float64, copy=False)
