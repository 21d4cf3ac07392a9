"""What ``trackio export tfevents`` can be told."""

from __future__ import annotations

import argparse

from trackio.exporters import tfevents

OUTPUT = "a folder, for a folder with each run's event file"
DESCRIPTION = (
    "Write runs as event files that TensorBoard reads: numbers, texts, images, sounds, histograms and config. "
    "What has no place in them is told on standard error. Needs the extra `tensorboard`."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what event files alone have."""
    parser.add_argument(
        "--simple-values",
        action="store_true",
        help="numbers in the form of TensorFlow 1, which old readers want; they keep about 7 digits",
    )


def options(args: argparse.Namespace) -> tfevents.Options:
    """The options as the exporter takes them."""
    return tfevents.Options(simple_values=args.simple_values)
