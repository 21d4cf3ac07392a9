"""``trackio version``: the version, for people and for scripts."""

from __future__ import annotations

import argparse
import platform
from typing import TYPE_CHECKING

from trackio.cli.output import add_json, emit
from trackio.version import __version__

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``version``."""
    parser = subparsers.add_parser("version", description="Print the version of trackio and of Python.")
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Print it."""
    if args.json:
        emit({"version": __version__, "python": platform.python_version()})
    else:
        print(f"trackio {__version__}")
