"""Queries by users: SQLite's own authorizer lets them read and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from trackio.errors import UsageError
from trackio.records import Scalar

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_REFUSED_FUNCTIONS = {"load_extension", "writefile", "edit", "fts3_tokenizer"}


def read_only(
    db: sqlite3.Connection, sql: str, parameters: Sequence[Scalar] = ()
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one statement that reads; raises UsageError with what SQLite says of any other."""
    db.execute("PRAGMA query_only = ON")
    db.set_authorizer(_authorize)
    try:
        cursor = db.execute(sql, parameters)
        if cursor.description is None:
            raise UsageError("The query is empty. One SELECT is allowed, such as SELECT * FROM runs.")
        return [column[0] for column in cursor.description], cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise UsageError(
            f"The query failed: {str(error).rstrip('.')}. "
            "One SELECT is allowed; docs/storage.md describes the tables and the view logs."
        ) from error
    finally:
        db.set_authorizer(None)


def _authorize(action: int, _table: str | None, name: str | None, _database: str | None, _view: str | None) -> int:
    if action in _ALLOWED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and name not in _REFUSED_FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
