"""``query project``: the rows of SQL that can only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackio.documents.encoding import Document
from trackio.documents.selecting import project_of
from trackio.store.home import Home

if TYPE_CHECKING:
    from trackio.store.query import Limits


def query(home: Home, *, sql: str, project: str | None = None, limits: Limits | None = None) -> Document:
    """Columns and rows; raises UsageError with what SQLite says of what is not plain reading, or beyond the limits."""
    found = project_of(home, project)
    given, rows = found.rows(sql, limits)
    columns = _distinct(given)
    return {
        "project": found.name,
        "query": sql,
        "columns": columns,
        "rows": [dict(zip(columns, map(_cell, row), strict=True)) for row in rows],
        "row_count": len(rows),
    }


def _cell(value: object) -> object:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _distinct(columns: list[str]) -> list[str]:
    """The names with a number behind those that came before, so that no value of a row hides another."""
    found: dict[str, None] = {}
    for column in columns:
        name, number = column, 2
        while name in found:
            name, number = f"{column}_{number}", number + 1
        found[name] = None
    return list(found)
