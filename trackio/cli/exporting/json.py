"""What ``trackio export json`` can be told."""

from __future__ import annotations

import argparse

from trackio.cli.exporting.files import add_without_files
from trackio.exporters.json import Options

OUTPUT = "a file: .json for one object, .jsonl for a line for each row"
DESCRIPTION = (
    "Write runs as JSON with everything that was recorded. Media, saved files and artifacts lie beside the file, in a "
    "folder of its name. `trackio import json` gives the same runs again."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what JSON alone has."""
    add_without_files(parser)


def options(args: argparse.Namespace) -> Options:
    """The options as the exporter takes them."""
    return Options(files=not args.without_files)
