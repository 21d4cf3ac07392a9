"""What ``trackio import csv`` can be told."""

from __future__ import annotations

import argparse

from trackio.errors import UsageError
from trackio.importers import csv
from trackio.importers.columns import Choice

SOURCES = ("FILE", "a file with a header line")
DESCRIPTION = (
    "Import runs from CSV files: wide ones, with a column per metric, or long ones, with a column of metric names and "
    "one of values. The same file twice gives one copy. Columns are found by their usual names: see docs/cli.md."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what CSV alone has."""
    parser.add_argument(
        "--run", metavar="NAME", help="name of the run, when no column tells it; the file's name if left out"
    )
    parser.add_argument("--group", metavar="NAME", help="group of the runs, when no column tells it")
    for name, what in (
        ("step", "the step"),
        ("timestamp", "the time"),
        ("run", "the name of the run"),
        ("group", "the group of the run"),
        ("metric", "the names of metrics (long files)"),
        ("value", "the values (long files)"),
    ):
        parser.add_argument(f"--{name}-column", metavar="COLUMN", help=f"the column that holds {what}")
    parser.add_argument(
        "--config-column",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column that is config; may be repeated",
    )
    parser.add_argument("--delimiter", metavar="CHAR", help="what parts the cells; found out if left out")
    parser.add_argument("--skip-broken", action="store_true", help="leave broken rows out instead of refusing the file")


def options(args: argparse.Namespace) -> csv.Options:
    """The options as the importer takes them."""
    if args.delimiter is not None and len(args.delimiter) != 1:
        raise UsageError("--delimiter is one character.")
    return csv.Options(
        columns=Choice(
            step=args.step_column,
            timestamp=args.timestamp_column,
            run=args.run_column,
            group=args.group_column,
            metric=args.metric_column,
            value=args.value_column,
            config=tuple(args.config_column),
        ),
        run=args.run,
        group=args.group,
        delimiter=args.delimiter,
        skip_broken=args.skip_broken,
    )
