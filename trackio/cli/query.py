"""``trackio query project``: SQL over a project's database, which it cannot change."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trackio.cli.output import add_json, emit, table
from trackio.cli.select import add_project, project_of

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``query project``."""
    parser = subparsers.add_parser("query", description="Ask a database in SQL, read-only.")
    kinds = parser.add_subparsers(dest="what", metavar="kind", required=True)
    project = kinds.add_parser(
        "project",
        help="a project's database",
        description="Ask a project's SQLite database; its tables and the view `logs` are described in docs/storage.md.",
    )
    add_project(project)
    project.add_argument("--sql", required=True, metavar="QUERY", help="one SELECT; SQLite itself refuses to write")
    add_json(project)


def run(args: argparse.Namespace) -> None:
    """Print the rows."""
    project = project_of(args)
    given, rows = project.rows(args.sql)
    columns = _distinct(given)
    if args.json:
        emit(
            {
                "project": project.name,
                "query": args.sql,
                "columns": columns,
                "rows": [dict(zip(columns, row, strict=True)) for row in rows],
                "row_count": len(rows),
            }
        )
    else:
        table(columns, rows, empty="No rows.")


def _distinct(columns: list[str]) -> list[str]:
    """The names with a number behind those that came before, so that no value of a row hides another."""
    found: list[str] = []
    for column in columns:
        name, number = column, 2
        while name in found:
            name, number = f"{column}_{number}", number + 1
        found.append(name)
    return found
