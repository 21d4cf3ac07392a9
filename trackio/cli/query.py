"""``trackio query project``: SQL over a project's database, which it cannot change."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trackio.cli import reading
from trackio.cli.output import table
from trackio.cli.text import finite_or_not
from trackio.documents import READS, Document
from trackio.documents.sources import Source

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``query project``."""
    parser = subparsers.add_parser("query", description="Ask a database in SQL, read-only.")
    kinds = parser.add_subparsers(dest="what", metavar="kind", required=True)
    reading.add(kinds, "project", READS["query"], _rows, summary="a project's database")


def run(args: argparse.Namespace) -> None:
    """Print the rows."""
    reading.show(args)


def _rows(found: Document, _: Source) -> None:
    columns = found["columns"]
    rows = [tuple(finite_or_not(row[column]) for column in columns) for row in found["rows"]]
    table(columns, rows, empty="No rows.")
