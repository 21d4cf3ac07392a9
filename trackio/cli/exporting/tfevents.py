"""What ``trackio export tfevents`` can be told."""

from __future__ import annotations

import argparse

from trackio.exporters import tfevents

OUTPUT = "a folder, for a folder with each run's event file"
DESCRIPTION = (
    "Write runs as event files that TensorBoard reads: numbers, texts, images, sounds, histograms and config. "
    "What has no place in them is told on standard error. Needs `pip install 'trackio[tensorboard]'`."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what event files alone have: nothing."""


def options(args: argparse.Namespace) -> tfevents.Options:  # noqa: ARG001
    """The options as the exporter takes them."""
    return tfevents.Options()
