"""Rows of SQLite as Parquet and back, each value as it was.

A column of SQLite that was given no type may hold numbers and text in turn. In Parquet it is three columns: ``value``
is the number, or null; ``value_integer`` says that it was a whole number, and which; ``value_text`` has the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

Kind: TypeAlias = Literal["integer", "real", "text", "time", "any"]
Column: TypeAlias = tuple[str, Kind]

BATCH_ROWS = 1 << 16
PROJECT = "project"
"""The last column of each file, so that those of several projects can be read together."""

_KEY = b"trackio"
_TYPES = {
    "integer": pa.int64(),
    "real": pa.float64(),
    "text": pa.string(),
    "time": pa.timestamp("ns", tz="UTC"),
}
_SUFFIXES = ("", "_integer", "_text")


def write(path: Path, project: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows to a file; the same rows give the same bytes."""
    fields = [field for name, kind in columns for field in _fields(name, kind)]
    about = {"columns": [list(column) for column in columns]}
    schema = pa.schema([*fields, (PROJECT, pa.string())], metadata={_KEY: json.dumps(about).encode()})
    waiting = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(waiting, BATCH_ROWS)):
            arrays: list[pa.Array] = []
            for place, (_, kind) in enumerate(columns):
                arrays += _arrays([row[place] for row in batch], kind)
            arrays.append(pa.array([project] * len(batch), pa.string()))
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def read(path: Path) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """The names of the columns that were written, and the rows."""
    file = pq.ParquetFile(path)
    columns = json.loads(file.schema_arrow.metadata[_KEY])["columns"]
    return [name for name, _ in columns], _rows(file, columns)


def _rows(file: pq.ParquetFile, columns: Sequence[Column]) -> Iterator[tuple[Any, ...]]:
    with file:
        for batch in file.iter_batches(BATCH_ROWS):
            yield from zip(*(_values(batch, name, kind) for name, kind in columns), strict=True)


def _fields(name: str, kind: Kind) -> list[tuple[str, pa.DataType]]:
    if kind != "any":
        return [(name, _TYPES[kind])]
    return [(name + suffix, _TYPES[one]) for suffix, one in zip(_SUFFIXES, ("real", "integer", "text"), strict=True)]


def _arrays(values: list[Any], kind: Kind) -> list[pa.Array]:
    if kind != "any":
        return [pa.array(values, _TYPES[kind])]
    return [
        pa.array([None if one is None or isinstance(one, str) else float(one) for one in values], pa.float64()),
        pa.array([one if isinstance(one, int) else None for one in values], pa.int64()),
        pa.array([one if isinstance(one, str) else None for one in values], pa.string()),
    ]


def _values(batch: pa.RecordBatch, name: str, kind: Kind) -> list[Any]:
    if kind != "any":
        column = batch.column(name)
        return list((column.cast(pa.int64()) if kind == "time" else column).to_pylist())
    number, whole, text = (batch.column(name + suffix).to_pylist() for suffix in _SUFFIXES)
    return [
        one if one is not None else two if two is not None else three
        for one, two, three in zip(text, whole, number, strict=True)
    ]
