"""``trackio agent``: make runs of a sweep whose configuration names a program."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``agent``."""
    parser = subparsers.add_parser(
        "agent",
        description="Run the program of a sweep, once for each choice of settings, until the sweep ends. Any number of "
        "agents may work on one sweep.",
    )
    parser.add_argument("sweep", metavar="ID", help="the sweep, as `trackio sweep` printed it")
    parser.add_argument("--project", metavar="NAME", help="its project; found by the id if left out")
    parser.add_argument("--count", type=int, metavar="N", help="stop after so many runs")


def run(args: argparse.Namespace) -> None:
    """Work on the sweep."""
    from trackio.sweeps.agent import agent

    agent(args.sweep, project=args.project, count=args.count)
