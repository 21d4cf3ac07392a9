"""The options that say who may look at a server, and who may record and change."""

from __future__ import annotations

import argparse
from pathlib import Path

from trackio.errors import UsageError


def add_access(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add ``--write-token-file``, ``--read-token-file``, ``--open-reading`` and ``--allowed-host``."""
    who = parser.add_argument_group("who may do what")
    who.add_argument(
        "--write-token-file",
        type=Path,
        metavar="FILE",
        help="its first line is the write token (default: TRACKIO_WRITE_TOKEN, or one that is made and kept)",
    )
    who.add_argument(
        "--read-token-file",
        type=Path,
        metavar="FILE",
        help="its first line is what one needs to look (default: TRACKIO_READ_TOKEN, or anybody may)",
    )
    who.add_argument("--open-reading", action="store_true", help="anybody may look, even if TRACKIO_READ_TOKEN is set")
    who.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME", help="a name it may be asked by; repeat for more"
    )
    return who


def check_access(args: argparse.Namespace) -> None:
    """Raise UsageError for options that say the opposite of each other."""
    if args.open_reading and args.read_token_file is not None:
        raise UsageError("--open-reading and --read-token-file say the opposite of each other. Pass one of them.")
