"""What ``trackio import parquet`` can be told."""

from __future__ import annotations

import argparse

from trackio.cli.importing.tables import add_columns, choice
from trackio.importers.parquet import Options

SOURCES = ("PATH", "a Parquet file, or a folder of them")
DESCRIPTION = (
    "Import Parquet: what `trackio export parquet` wrote, sealed snapshots of a project, the data of a report, what "
    "neptune-exporter wrote, and any table whose columns have the usual names: see docs/cli.md."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what files of other origin do not tell themselves."""
    add_columns(parser)


def options(args: argparse.Namespace) -> Options:
    """The options as the importer takes them."""
    return Options(columns=choice(args), run=args.run, group=args.group)
