"""``trackio sync``: what waits for a server goes there, or a report into a Space of the Hugging Face Hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trackio import settings
from trackio.cli.allowing import allowed
from trackio.cli.output import add_json, emit
from trackio.cli.select import add_project, project_of
from trackio.cli.space import add_private, add_replacing, confirm, tell
from trackio.cli.text import plain, size
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers
    from trackio.remote.delivery import Delivered


def register(subparsers: Subparsers) -> None:
    """Add ``sync``."""
    parser = subparsers.add_parser(
        "sync",
        description="Send what runs with a server could not send, and tell what still waits (exit code 1). Else, or "
        "with --space-id, publish a project's report as a static Space of the Hugging Face Hub, or with --sdk gradio "
        "bring its runs to a Space with a server; doing it again sends what changed. "
        "Log in there with `hf auth login`, or set HF_TOKEN.",
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
    parser.add_argument(
        "--sdk",
        choices=("static", "gradio"),
        default="static",
        help="static: a report, which needs no server (the default); gradio: a server with the live dashboard, which "
        "gets the runs themselves",
    )
    parser.add_argument(
        "--dataset-id",
        metavar="OWNER/NAME",
        help="with --sdk gradio: the dataset that the Space backs itself up to; by default its own id and _dataset",
    )
    parser.add_argument(
        "--bucket-id", metavar="OWNER/NAME", help="with --sdk gradio: a bucket to back up to instead of a dataset"
    )
    add_replacing(parser)
    add_private(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Send it, or publish it."""
    from trackio.cli.progress import Bars
    from trackio.remote.delivery import called
    from trackio.sharing import place_of, publication, published, send

    _check(args)
    known = project_of(args)
    project, names = known.name, called(run.record for run in known.runs())
    bars = Bars()

    def progress(run: str, done: int, total: int) -> None:
        bars.progress(names.get(run, run), done, total)

    with bars.shown():
        found = send(project, server_url=args.server_url, write_token=args.write_token, progress=progress)
    _tell_left(found, names)
    if found.runs or found.left or args.server_url:
        if args.space_id is None:
            _tell_sent(project, found, names, args)
            return int(bool(found.left))
        if found.left:
            return 1
    space_id = args.space_id or place_of(project)
    if space_id is None:
        if args.write_token or settings.text("TRACKIO_SERVER_URL"):
            # It was the server that was meant, and that has everything.
            _tell_sent(project, found, names, args)
            return 0
        raise UsageError(
            "Nothing waits for a server. To publish the report, name the Space with --space-id owner/name; the project "
            "was not published before."
        )
    if args.sdk == "gradio":
        return _to_server(project, space_id, args)
    what = publication(
        project, space_id, private=args.private or None, force=args.force, prune=args.prune, allow=allowed(args)
    )
    tell(published(what, confirm(args)), args, project=project)
    return 0


def _check(args: argparse.Namespace) -> None:
    """Raise UsageError for options that the kind of Space has no use for."""
    unused = ("dataset_id", "bucket_id") if args.sdk == "static" else ("force", "prune")
    for option in unused:
        if getattr(args, option):
            other = "gradio" if args.sdk == "static" else "static"
            raise UsageError(f"--{option.replace('_', '-')} goes with --sdk {other}; leave it out.")


def _to_server(project: str, space_id: str, args: argparse.Namespace) -> int:
    from trackio.publish.gradio_space import Wanted
    from trackio.sharing import brought

    wanted = Wanted(space_id, args.private or None, args.dataset_id, args.bucket_id)
    found = brought(
        project,
        wanted,
        allow=allowed(args),
        confirm=confirm(args),
        say=lambda line: print(plain(line), file=sys.stderr),
    )
    if args.json:
        told = {"project": project, "space_id": found.space_id, "url": found.url, "pages": found.pages}
        emit({**told, "sent": list(found.handed.runs), "left": [], "going": list(found.handed.going)})
    else:
        print(found.url)
    return 0


def _tell_sent(project: str, found: Delivered, names: Mapping[str, str], args: argparse.Namespace) -> None:
    if args.json:
        left: list[dict[str, Any]] = [
            {"run": one.run, "name": names.get(one.run), "server": one.host, "bytes": one.size, "reason": one.reason}
            for one in found.left
        ]
        emit({"project": project, "sent": list(found.runs), "left": left})
    elif found.runs:
        count = len(found.runs)
        what = f"run {names.get(found.runs[0], found.runs[0])}" if count == 1 else f"{count:,} runs"
        print(plain(f"Sent {what} of {project}."))
    elif not found.left:
        print(plain(f"Nothing of {project} waits for a server."))


def _tell_left(found: Delivered, names: Mapping[str, str]) -> None:
    from trackio.remote.delivery import listed

    for host, reason, left in found.reasons():
        bytes_left = sum(one.size for one in left)
        runs = list(dict.fromkeys(names.get(one.run, one.run) for one in left))
        whose = f"run {runs[0]}" if len(runs) == 1 else f"{len(runs):,} runs ({listed(runs)})"
        what = f"{size(bytes_left)} of {whose} are" if bytes_left else f"The end of {whose} is"
        print(plain(f"{what} still to be sent to {host}: {reason.rstrip('.')}."), file=sys.stderr)
