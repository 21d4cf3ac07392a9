"""``trackio freeze``: a project's report as it is now, in a Space of its own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trackio.cli.allowing import allowed
from trackio.cli.output import add_json
from trackio.cli.select import add_project, project_of
from trackio.cli.space import add_private, confirm, tell

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``freeze``."""
    parser = subparsers.add_parser(
        "freeze",
        description="Publish a project's report as it is now in a Space of its own, which `trackio sync` does not "
        "change later.",
    )
    add_project(parser)
    parser.add_argument("--space-id", metavar="OWNER/NAME", help="the Space that goes on, for the new one's name")
    parser.add_argument(
        "--new-space-id", metavar="OWNER/NAME", help="the new Space (default: that of --space-id with _static after it)"
    )
    add_private(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Publish it."""
    from trackio.publish.hub import Hub
    from trackio.publish.static import publish
    from trackio.sharing import frozen

    project = project_of(args).name
    what = frozen(args.space_id, project, args.new_space_id, private=args.private or None, allow=allowed(args))
    tell(publish(what, Hub(), confirm=confirm(args)), args, project=project)
    return 0
