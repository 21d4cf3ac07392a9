"""What `trackio report` takes on projects of very many metrics, and what it says of those that have no chart."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from trackio.cli.text import plain
from trackio.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--charts-limit``."""
    parser.add_argument(
        "--charts-limit",
        type=int,
        metavar="N",
        help="charts of a project at most (default: 2,000, in one file 200); --metrics chooses which",
    )


def resolve(args: argparse.Namespace) -> dict[str, Any]:
    """The options of a report that these stand for; raises UsageError."""
    if args.charts_limit is not None and args.charts_limit < 1:
        raise UsageError("--charts-limit must be at least 1.")
    return {"charts_limit": args.charts_limit}


def sentences(left_out: Mapping[str, int]) -> list[str]:
    """What was left out, and how to choose, a sentence for each project."""
    return [
        f"{plain(name)}: {count:,} metric{' has' if count == 1 else 's have'} no chart, as there are so many. "
        "Choose some with --metrics, or have more with --charts-limit."
        for name, count in left_out.items()
    ]
