"""What ``trackio import json`` can be told."""

from __future__ import annotations

import argparse

from trackio.cli.importing.tables import add_columns, choice
from trackio.importers.json import Options

SOURCES = ("FILE", "a .json or .jsonl file")
DESCRIPTION = (
    "Import what `trackio export json` wrote, and JSON Lines of other origin, an object for each row, whose names are "
    "those of CSV columns: see docs/cli.md."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what files of other origin do not tell themselves."""
    add_columns(parser)


def options(args: argparse.Namespace) -> Options:
    """The options as the importer takes them."""
    return Options(columns=choice(args), run=args.run, group=args.group)
