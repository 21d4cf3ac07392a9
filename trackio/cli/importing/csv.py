"""What ``trackio import csv`` can be told."""

from __future__ import annotations

import argparse

from trackio.cli.importing.tables import add_columns, choice
from trackio.errors import UsageError
from trackio.importers import csv

SOURCES = ("FILE", "a file with a header line")
DESCRIPTION = (
    "Import runs from CSV files: wide ones, with a column per metric, or long ones, with a column of metric names and "
    "one of values. The same file twice gives one copy. Columns are found by their usual names: see docs/cli.md."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what CSV alone has."""
    add_columns(parser)
    parser.add_argument("--delimiter", metavar="CHAR", help="what parts the cells; found out if left out")
    parser.add_argument("--skip-broken", action="store_true", help="leave broken rows out instead of refusing the file")


def options(args: argparse.Namespace) -> csv.Options:
    """The options as the importer takes them."""
    if args.delimiter is not None and len(args.delimiter) != 1:
        raise UsageError("--delimiter is one character.")
    return csv.Options(
        columns=choice(args),
        run=args.run,
        group=args.group,
        delimiter=args.delimiter,
        skip_broken=args.skip_broken,
    )
