"""What ``trackio import tfevents`` can be told."""

from __future__ import annotations

import argparse

from trackio.errors import UsageError
from trackio.importers import tfevents

SOURCES = ("PATH", "an event file, or a folder with some anywhere below")
DESCRIPTION = (
    "Import runs from TensorBoard's event files: each folder that has some is a run. Scalars, texts, images, sounds, "
    "histograms and hyperparameters are kept, and so are times. Importing a training again that has gone on since "
    "replaces its run. Needs `pip install 'trackio[tensorboard]'`."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what event files alone have."""
    parser.add_argument(
        "--run",
        metavar="NAME",
        help="name of the run, or what the names of several begin with; the folder's by default",
    )
    parser.add_argument("--group", metavar="NAME", help="group of the runs")
    parser.add_argument(
        "--together",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="what was logged at one step within this time makes one row; 0 keeps every time; 1 by default",
    )


def options(args: argparse.Namespace) -> tfevents.Options:
    """The options as the importer takes them."""
    if not 0 <= args.together < 1e9:
        raise UsageError("--together is a number of seconds from 0 on.")
    return tfevents.Options(run=args.run, group=args.group, together_seconds=args.together)
