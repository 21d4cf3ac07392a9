"""Queries by users: SQLite's own authorizer lets them read and nothing else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trackio.errors import UsageError
from trackio.records import Scalar

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_REFUSED_FUNCTIONS = {"load_extension", "writefile", "edit", "fts3_tokenizer"}

_INSTRUCTIONS = 20_000
"""Of SQLite's machine between two looks at the clock: a fraction of a millisecond."""

_LIMIT_LENGTH = 0
"""SQLite's number for the longest text or blob, which Python 3.10 has no name for."""

_CELL_BYTES = 8
"""What a number counts towards the limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query by somebody else may take."""

    rows: int = 100_000
    seconds: float = 10.0
    bytes: int = 32 << 20
    """Of the answer, and of any one text or blob on the way."""


def read_only(
    db: sqlite3.Connection, sql: str, parameters: Sequence[Scalar] = (), limits: Limits | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one statement that reads; raises UsageError with what SQLite says of any other, and beyond the limits."""
    db.execute("PRAGMA query_only = ON")
    db.set_authorizer(_authorize)
    if limits is not None:
        db.set_progress_handler(_until(time.monotonic() + limits.seconds), _INSTRUCTIONS)
        if hasattr(db, "setlimit"):  # Python 3.11
            db.setlimit(_LIMIT_LENGTH, limits.bytes)
    try:
        cursor = db.execute(sql, parameters)
        if cursor.description is None:
            raise UsageError("The query is empty. One SELECT is allowed, such as SELECT * FROM runs.")
        rows = cursor.fetchall() if limits is None else _fetched(cursor, limits)
        return [column[0] for column in cursor.description], rows
    except sqlite3.OperationalError as error:
        if limits is None or str(error) != "interrupted":
            raise _refused(error) from error
        raise UsageError(
            f"The query took more than {limits.seconds:g} s. Ask for less, or for a part at a time."
        ) from None
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _refused(error) from error
    finally:
        db.set_authorizer(None)
        db.set_progress_handler(None, 0)


def _refused(error: Exception) -> UsageError:
    return UsageError(
        f"The query failed: {str(error).rstrip('.')}. "
        "One SELECT is allowed; docs/storage.md describes the tables and the view logs."
    )


def _until(end: float) -> Callable[[], bool]:
    return lambda: time.monotonic() > end


def _fetched(cursor: sqlite3.Cursor, limits: Limits) -> list[tuple[Any, ...]]:
    """All rows; raises UsageError where they are more than the limits allow."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    # One by one, as each may be as large as the limit.
    for row in cursor:
        rows.append(row)
        size += sum(len(cell) if isinstance(cell, (str, bytes)) else _CELL_BYTES for cell in row)
        if len(rows) > limits.rows or size > limits.bytes:
            raise UsageError(
                f"The query gives more than {limits.rows:,} rows or {limits.bytes >> 20} MB. "
                "Aggregate them, or ask for a part at a time with LIMIT."
            )
    return rows


def _authorize(action: int, _table: str | None, name: str | None, _database: str | None, _view: str | None) -> int:
    if action in _ALLOWED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and name not in _REFUSED_FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
