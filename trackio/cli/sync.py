"""``trackio sync``: a project's report into a Space of the Hugging Face Hub, and again when there is more."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trackio.cli.output import add_json
from trackio.cli.select import add_project, project_of
from trackio.cli.space import add_private, tell
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``sync``."""
    parser = subparsers.add_parser(
        "sync",
        description="Publish a project's report as a static Space of the Hugging Face Hub. Doing it again sends what "
        "changed. Log in with `hf auth login`, or set HF_TOKEN.",
    )
    add_project(parser)
    parser.add_argument(
        "--space-id", metavar="OWNER/NAME", help="the Space; may be left out when TRACKIO_SPACE_ID is set, or to go on"
    )
    add_private(parser)
    parser.add_argument("--force", action="store_true", help="replace a static Space that trackio did not make")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Publish it."""
    from trackio.sharing import sync

    project = project_of(args).name
    space_id = sync(project, args.space_id, args.private or None, force=args.force)
    if space_id is None:
        raise UsageError("Name the Space with --space-id owner/name; the project was not published before.")
    tell(space_id, project, args)
    return 0
