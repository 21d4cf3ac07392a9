"""What may be published on purpose: ``--allow``, and the list of the same name in ``trackio.toml``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from trackio.cli.text import plain
from trackio.errors import MissingExtra


def add_allow(parser: argparse._ActionsContainer) -> None:
    """Add ``--allow``."""
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="RULE|PLACE",
        help="what the scan for secrets lets through: a rule such as home-folder, or a place as it is told, also with "
        "*; may be given again",
    )


def allowed(args: argparse.Namespace, folder: Path = Path()) -> tuple[str, ...]:
    """The rules and places of the options, after those of a folder's ``trackio.toml``; raises UsageError."""
    return (*_configured(folder), *args.allow)


def _configured(folder: Path) -> tuple[str, ...]:
    from trackio.ci import configuration

    path = folder / configuration.NAME
    if not path.is_file():
        return ()
    try:
        found = configuration.table("publish", ("allow",), path)
    except MissingExtra as error:
        # Less is let through then.
        print(plain(f"trackio: {path} is not read: {error}"), file=sys.stderr)
        return ()
    return tuple(configuration.texts(path, "allow", found.get("allow")))
