"""The Parquet snapshot of a run: one row per ``log()`` call, one column a metric; derived, and made again at will.

Columns are ``row``, ``step``, ``timestamp``, then the metrics under their names; where a name would clash it is
prefixed with ``metric:`` or ``system:``. The rows of system metrics follow those of ``log()``, and count from 0 again.
A value that was not logged is null, NaN is NaN; a row whose only values were lost on their way has neither step nor
time. The file's ``trackio`` metadata says which run it is, and which column holds what.
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
from trackio.store.sealable import group_length

_MANY_ROWS = 1 << 18
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
        # Several threads of a server may be asked for the same run.
        draft = path.with_name(f"{path.name}.{os.urandom(6).hex()}")
        try:
            with pq.ParquetWriter(
                draft,
                schema,
                # Measured on a million points: read 3 times as fast as zstd, and no larger.
                compression="snappy",
                column_encoding=dict.fromkeys(_FIXED, "DELTA_BINARY_PACKED"),
                use_dictionary=False,
                write_statistics=False,
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
        # Files are small and many: handing each to a pool of threads takes longer than reading it.
        is_long = sum(about["rows"].values()) > _MANY_ROWS
        table = file.read([*_FIXED[1:], *(columns[name] for name in names)], use_threads=is_long)
    first = 0 if kind == "metric" else about["rows"]["metric"]
    table = table.slice(first, about["rows"][kind])
    # The bits of a timestamp are the nanoseconds since the epoch.
    step, time_ns = (_numpy(table.column(place), np.int64) for place in range(2))
    row = np.arange(len(step), dtype=np.int64)
    found = {}
    for name, column in zip(names, table.columns[2:], strict=True):
        if column.null_count == 0:
            found[name] = Series(row, step, time_ns, _float(column))
        else:
            there = _numpy(column.is_valid().cast(pa.int8()), np.int8).astype(bool)
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
        # Offsets of 64 bits: a chunk of long texts may pass 2 GB.
        return pa.large_string()
    if types == BOOLEAN:
        return pa.bool_()
    return pa.int64() if not types & ~(INTEGER | BOOLEAN) else pa.float64()


def _groups(
    db: sqlite3.Connection, columns: Sequence[_Column], schema: pa.Schema, rows: int, system_rows: int
) -> Iterator[pa.Table]:
    size = group_length(len(columns))
    for kind, count in (("metric", rows), ("system", system_rows)):
        for first in range(0, count, size):
            own = [column if column.kind == kind else None for column in columns]
            yield _group(db, own, schema, range(first, min(count, first + size)))


def _group(db: sqlite3.Connection, columns: Sequence[_Column | None], schema: pa.Schema, rows: range) -> pa.Table:
    """The rows of a range; a column of the other kind, passed as None, is all null."""
    length = len(rows)
    steps = np.zeros(length, np.int64)
    times = np.zeros(length, np.int64)
    # A row whose only values never arrived has neither.
    is_placed = np.zeros(length, bool)
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
        is_placed[places] = True
        values.append(_spread(dtype, places, value, length))
    numbers = np.arange(rows.start, rows.stop, dtype=np.int64)
    fixed = [
        _array(field.type, length, there, data)
        for field, there, data in zip(
            list(schema)[: len(_FIXED)], (None, is_placed, is_placed), (numbers, steps, times), strict=True
        )
    ]
    return pa.Table.from_arrays([*fixed, *values], schema=schema)


def _spread(dtype: pa.DataType, places: Any, values: Sequence[Any], length: int) -> pa.Array:
    """An Arrow column of ``length`` with values at their places and nulls elsewhere."""
    there = np.zeros(length, bool)
    there[places] = True
    if pa.types.is_large_string(dtype):
        texts = [b""] * length
        for place, value in zip(places.tolist(), values, strict=True):
            texts[place] = (value if isinstance(value, str) else "NaN" if value is None else repr(value)).encode()
        offsets = np.zeros(length + 1, np.int64)
        np.cumsum([len(text) for text in texts], out=offsets[1:])
        return _array(dtype, length, there, offsets, b"".join(texts))
    filled = np.zeros(length, np.float64 if pa.types.is_floating(dtype) else np.int64)
    filled[places] = np.array(values, filled.dtype)
    return _array(dtype, length, there, _bits(filled) if pa.types.is_boolean(dtype) else filled)


def _array(dtype: pa.DataType, length: int, there: Any, *data: Any) -> pa.Array:
    """An Arrow array over buffers, because ``pa.array()`` would load pandas, which takes longer than all the rest."""
    valid = None if there is None or there.all() else pa.py_buffer(_bits(there))
    return pa.Array.from_buffers(dtype, length, [valid, *map(pa.py_buffer, data)])


def _bits(values: Any) -> Any:
    return np.packbits(values.astype(bool), bitorder="little")


def _numpy(column: pa.ChunkedArray, dtype: Any) -> Any:
    """The values of a column without nulls, over its buffers: ``to_numpy()`` would load pandas as well."""
    chunks = [
        np.frombuffer(chunk.buffers()[1], dtype, count=len(chunk), offset=chunk.offset * np.dtype(dtype).itemsize)
        for chunk in column.chunks
        if len(chunk)
    ]
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks or [np.zeros(0, dtype)])


def _float(column: pa.ChunkedArray) -> Any:
    if pa.types.is_boolean(column.type):
        return _numpy(column.cast(pa.int8()), np.int8).astype(np.float64)
    if pa.types.is_integer(column.type):
        return _numpy(column, np.int64).astype(np.float64)
    return _numpy(column, np.float64)
