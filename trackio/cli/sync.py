"""``trackio sync``: what waits for a server goes there, or a report into a Space of the Hugging Face Hub."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from trackio import settings
from trackio.cli.output import add_json, emit
from trackio.cli.select import add_project, project_of
from trackio.cli.space import add_private, tell
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers
    from trackio.remote.delivery import Delivered


def register(subparsers: Subparsers) -> None:
    """Add ``sync``."""
    parser = subparsers.add_parser(
        "sync",
        description="Send what runs with a server could not send, and tell what still waits (exit code 1). Else, or "
        "with --space-id, publish a project's report as a static Space of the Hugging Face Hub; doing it again sends "
        "what changed. Log in there with `hf auth login`, or set HF_TOKEN.",
    )
    add_project(parser)
    parser.add_argument(
        "--server-url",
        metavar="URL",
        help="the server, when it has moved or when runs wait for several; otherwise it is the one they were begun for",
    )
    parser.add_argument(
        "--write-token", metavar="TOKEN", help="its write token; may be left out when TRACKIO_WRITE_TOKEN is set"
    )
    parser.add_argument(
        "--space-id", metavar="OWNER/NAME", help="the Space; may be left out when TRACKIO_SPACE_ID is set, or to go on"
    )
    add_private(parser)
    parser.add_argument("--force", action="store_true", help="replace a static Space that trackio did not make")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Send it, or publish it."""
    from trackio.cli.progress import Bars
    from trackio.sharing import send, sync

    project = project_of(args).name
    bars = Bars()
    with bars.shown():
        found = send(project, server_url=args.server_url, write_token=args.write_token, progress=bars.progress)
    _tell_left(found)
    if found.runs or found.left or args.server_url:
        if args.space_id is None:
            _tell_sent(project, found, args)
            return int(bool(found.left))
        if found.left:
            return 1
    space_id = sync(project, args.space_id, args.private or None, force=args.force)
    if space_id is None:
        if args.write_token or settings.text("TRACKIO_SERVER_URL"):
            # It was the server that was meant, and that has everything.
            _tell_sent(project, found, args)
            return 0
        raise UsageError(
            "Nothing waits for a server. To publish the report, name the Space with --space-id owner/name; the project "
            "was not published before."
        )
    tell(space_id, project, args)
    return 0


def _tell_sent(project: str, found: Delivered, args: argparse.Namespace) -> None:
    if args.json:
        left: list[dict[str, Any]] = [
            {"run": one.run, "server": one.host, "bytes": one.size, "reason": one.reason} for one in found.left
        ]
        emit({"project": project, "sent": list(found.runs), "left": left})
    elif found.runs:
        count = len(found.runs)
        print(f"Sent {f'run {found.runs[0]}' if count == 1 else f'{count:,} runs'} of {project}.")
    elif not found.left:
        print(f"Nothing of {project} waits for a server.")


def _tell_left(found: Delivered) -> None:
    from trackio.cli.text import plain, size

    for one in found.left:
        what = f"{size(one.size)} of run {one.run} are" if one.size else f"The end of run {one.run} is"
        print(plain(f"{what} still to be sent to {one.host}: {one.reason}."), file=sys.stderr)
