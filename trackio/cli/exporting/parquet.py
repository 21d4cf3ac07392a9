"""What ``trackio export parquet`` can be told."""

from __future__ import annotations

import argparse

from trackio.cli.exporting.files import add_without_files
from trackio.exporters.parquet import Options

OUTPUT = "a folder, for a file a run"
DESCRIPTION = (
    "Write each run as a Parquet file that pandas, Polars, DuckDB and Spark read: a row for each log() call, a column "
    "for each metric, everything else in its metadata. `trackio import parquet` gives the same runs again."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what Parquet alone has."""
    add_without_files(parser)


def options(args: argparse.Namespace) -> Options:
    """The options as the exporter takes them."""
    return Options(files=not args.without_files)
