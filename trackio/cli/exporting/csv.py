"""What ``trackio export csv`` can be told."""

from __future__ import annotations

import argparse

from trackio.exporters.csv import LAYOUTS, Options

OUTPUT = "a .csv file for all runs, or a folder for a file a run"
DESCRIPTION = (
    "Write the values of runs as CSV, floats exactly: wide, with a column for each metric, or long, with a row for "
    "each value. What CSV has no place for, such as config and media, is told on standard error."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what CSV alone has."""
    parser.add_argument(
        "--layout", choices=LAYOUTS, default="wide", help="a column for each metric, or a row for each value"
    )


def options(args: argparse.Namespace) -> Options:
    """The options as the exporter takes them."""
    return Options(layout=args.layout)
