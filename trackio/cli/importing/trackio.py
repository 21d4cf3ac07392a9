"""What ``trackio import trackio`` can be told."""

from __future__ import annotations

import argparse

from trackio.importers.trackio.reading import Options

SOURCES = ("HOME", "a home of this trackio or of the original, or one project of it")
DESCRIPTION = (
    "Bring in the runs of another home: of this trackio, with everything that was recorded, files and artifacts among "
    "it; or of the original one (releases 0.0 to 0.43), whose home is ~/.cache/huggingface/trackio."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add nothing: a home tells everything itself."""
    del parser


def options(args: argparse.Namespace) -> Options:
    """The options as the importer takes them."""
    del args
    return Options()
