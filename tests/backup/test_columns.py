"""Rows of SQLite are the same when they come back from Parquet."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.backup import columns, tables
from trackio.backup.manifest import decoded
from trackio.errors import NewerDatabase, StoreError
from trackio.store import schema

INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
REALS = st.floats(allow_nan=False)
ROWS = st.lists(
    st.tuples(
        INTEGERS | st.none(),
        REALS | st.none(),
        TEXTS | st.none(),
        INTEGERS,
        INTEGERS | REALS | TEXTS | st.none(),
    )
)


@given(ROWS)
def test_every_value_comes_back_as_it_was(rows: list[tuple[Any, ...]]) -> None:
    kinds: list[columns.Column] = [("a", "integer"), ("b", "real"), ("c", "text"), ("d", "time"), ("e", "any")]
    with tempfile.TemporaryDirectory() as folder:
        path, again = Path(folder) / "one.parquet", Path(folder) / "two.parquet"
        columns.write(path, "p", kinds, rows)
        columns.write(again, "p", kinds, rows)
        assert path.read_bytes() == again.read_bytes()
        names, found = columns.read(path)
        assert names == ["a", "b", "c", "d", "e"]
        assert [[repr(value) for value in row] for row in found] == [[repr(value) for value in row] for row in rows]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"trackio_backup": 1}',
        b'{"trackio_backup": 2}',
        (
            b'{"trackio_backup": 1, "id": "x", "commits": 0, "projects": [{"name": "p", "database": "d", "schema": 1, '
            b'"tables": {}, "files": ["../../etc/passwd"], "deleted": {}}]}'
        ),
    ],
)
def test_a_list_that_trackio_did_not_write_is_refused(content: bytes) -> None:
    with pytest.raises(StoreError):
        decoded(content)


def test_a_table_that_no_trackio_has_is_refused(tmp_path: Path) -> None:
    columns.write(tmp_path / "x.parquet", "p", [("name); DROP TABLE runs; --", "text")], [("x",)])
    for table in ("runs", "sqlite_master", "runs; DROP TABLE runs"):
        with pytest.raises(StoreError):
            tables.restore(tmp_path / "trackio.db", schema.CURRENT, [(table, tmp_path / "x.parquet")])


def test_a_database_of_a_newer_trackio_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NewerDatabase):
        tables.restore(tmp_path / "trackio.db", schema.CURRENT + 1, [])
