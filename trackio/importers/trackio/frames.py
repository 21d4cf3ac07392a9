"""The tables of the original trackio, from SQLite as they are, and from Parquet files as the same tables in memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from trackio.importers import parquet_rows
from trackio.importers.imported import ImportFailed
from trackio.importers.told import parsed

_PARQUET = {
    "": ("metrics", "metrics", ("run_id", "timestamp", "run_name", "step", "log_id")),
    "_system": ("system_metrics", "metrics", ("run_id", "timestamp", "run_name", "log_id")),
    "_configs": ("configs", "config", ("run_id", "run_name", "created_at")),
    "_traces": (
        "traces",
        None,
        (
            "id",
            "run_id",
            "timestamp",
            "run_name",
            "step",
            "key",
            "trace_index",
            "messages",
            "metadata",
            "log_id",
            "spans",
        ),
    ),
}
"""By the ending of the file's name: the table, the column of JSON that the file has as columns, and the others."""

_PRIVATE = ("id", "space_id")


def opened(path: Path) -> sqlite3.Connection:
    """The database in a file, never written to; raises sqlite3.Error, or ImportFailed for a broken Parquet file."""
    if path.suffix == ".parquet":
        return _from_parquet(path)
    address = f"file:{quote(str(path.resolve()))}"
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        db = sqlite3.connect(f"{address}?{mode}", uri=True)
        try:
            db.execute("SELECT count(*) FROM sqlite_master")
            return db
        except sqlite3.OperationalError:
            # Its folder cannot be written, as SQLite's own log beside it would have to be.
            db.close()
            if mode.endswith("immutable=1"):
                raise
        except sqlite3.Error:
            db.close()
            raise
        except UnicodeDecodeError:
            # What Python makes of an error of SQLite that quotes the damage.
            db.close()
            raise sqlite3.DatabaseError("its tables are damaged") from None
    raise AssertionError


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The same for the length of a block, in which a damaged database raises ImportFailed."""
    try:
        with closing(opened(path)) as db:
            yield db
    except sqlite3.Error as error:
        raise ImportFailed(path, f"the database says: {error}") from error
    except (ValueError, TypeError) as error:
        # Its JSON, or texts that are none.
        raise ImportFailed(path, f"it has a row that cannot be read ({error})") from error


def tables(db: sqlite3.Connection) -> dict[str, set[str]]:
    """The columns of every table."""
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: {row[1] for row in db.execute(f'PRAGMA table_info("{name}")')} for name in names}


def where(columns: set[str], key: str, project: str) -> tuple[str, tuple[str, ...]]:
    """What chooses the rows of a run: by its id where there are ids, else by its name, and its project's in 0.0."""
    clause = "coalesce(run_id, run_name) = ?" if "run_id" in columns else "run_name = ?"
    return (f"{clause} AND project_name = ?", (key, project)) if "project_name" in columns else (clause, (key,))


class Traces:
    """The traces of a run, each given once: with the row it was logged in, or after all rows."""

    def __init__(self, db: sqlite3.Connection, known: Mapping[str, set[str]], key: str) -> None:
        self._db = db
        self._spans = "spans" if "spans" in known.get("traces", ()) else "'[]'"
        self._ids: dict[str, dict[str, list[str]]] = {}
        if "traces" in known:
            rows = db.execute(
                "SELECT log_id, key, id FROM traces WHERE coalesce(run_id, run_name) = ? "
                "ORDER BY timestamp, step, key, trace_index",
                (key,),
            )
            for number, (log, name, trace) in enumerate(rows):
                self._ids.setdefault(log or f"\0{number}", {}).setdefault(name, []).append(trace)

    def of(self, log: str | None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Those of one ``log()`` call, by name."""
        for name, ids in self._ids.pop(log or "", {}).items():
            yield name, [self._read(trace)[2] for trace in ids]

    def rest(self) -> Iterator[tuple[str, int, str, list[dict[str, Any]]]]:
        """Time, step, name and traces of those whose row there is not."""
        for named in self._ids.values():
            for name, ids in named.items():
                timestamp, step, _ = self._read(ids[0])
                yield timestamp, step, name, [self._read(trace)[2] for trace in ids]

    def _read(self, trace: str) -> tuple[str, int, dict[str, Any]]:
        timestamp, step, messages, metadata, spans = self._db.execute(
            f"SELECT timestamp, step, messages, metadata, {self._spans} FROM traces WHERE id = ?",  # noqa: S608
            (trace,),
        ).fetchone()
        body = {"messages": parsed(messages), "metadata": parsed(metadata), "spans": parsed(spans)}
        return timestamp, step, body


def _from_parquet(path: Path) -> sqlite3.Connection:
    with ExitStack() as stack:
        db = stack.enter_context(closing(sqlite3.connect(":memory:")))
        _fill(db, path)
        # Unless something was wrong with the files, it is the caller's to close.
        stack.pop_all()
    return db


def _fill(db: sqlite3.Connection, path: Path) -> None:
    for ending, (table, packed, columns) in _PARQUET.items():
        file = path.with_name(f"{path.stem}{ending}.parquet")
        if not file.exists():
            continue
        known = [name for name in columns if name in parquet_rows.header(file)]
        own = [*known, *([packed] if packed else [])]
        db.execute(f"CREATE TABLE {table} ({', '.join(own)})")
        marks = ", ".join("?" * len(own))
        db.executemany(
            f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608
            (_row(row, known, packed) for row in parquet_rows.rows(file)),
        )
    for ending in ("artifacts", "artifact_versions", "artifact_aliases", "run_artifact_links"):
        file = path.with_name(f"{path.stem}_{ending}.parquet")
        if file.exists():
            names = parquet_rows.header(file)
            db.execute(f"CREATE TABLE {ending} ({', '.join(names)})")
            marks = ", ".join("?" * len(names))
            insert = f"INSERT INTO {ending} VALUES ({marks})"  # noqa: S608
            db.executemany(insert, ([row.get(name) for name in names] for row in parquet_rows.rows(file)))


def _row(row: Mapping[str, Any], known: list[str], packed: str | None) -> list[Any]:
    cells = [row.get(name) for name in known]
    if packed is None:
        return cells
    rest = {name: value for name, value in row.items() if name not in known and name not in _PRIVATE}
    # A file that another release wrote may have the JSON as it is.
    return [*cells, rest[packed] if set(rest) == {packed} and isinstance(rest[packed], (str, bytes)) else _json(rest)]


def _json(value: Any) -> str:
    return json.dumps(value, default=str)
