"""What the commands that publish to a Space share."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from trackio.cli.allowing import add_allow
from trackio.cli.output import emit
from trackio.cli.text import plain, size

if TYPE_CHECKING:
    from trackio.publish.asking import Confirm
    from trackio.publish.static import Published


def add_private(parser: argparse._ActionsContainer) -> None:
    """Add ``--private``, ``--yes`` and ``--allow``."""
    parser.add_argument(
        "--private",
        action="store_true",
        help="let only members see the Space when it is made; one that is public is left as it is",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before a report becomes public")
    add_allow(parser)


def add_replacing(parser: argparse._ActionsContainer) -> None:
    """Add ``--force`` and ``--prune``."""
    parser.add_argument(
        "--force", action="store_true", help="in a static Space of others, replace the files that are in the way"
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="remove the files of earlier publications that the report no longer has; others' files always stay",
    )


def confirm(args: argparse.Namespace) -> Confirm:
    """What asks whoever sits at the terminal before something becomes public."""
    from trackio.publish.asking import terminal

    return terminal(sys.stdin, sys.stderr, is_agreed=args.yes)


def told(done: Published) -> dict[str, Any]:
    """What ``--json`` says of a Space that was published to."""
    found = done.delivery
    return {
        "space_id": done.space_id,
        "url": done.url,
        "pages": done.pages,
        "index": done.index,
        "iframe": done.iframe,
        "commit": None if found.sent is None else found.sent.commit_url,
        "pull_request": None if found.sent is None else found.sent.pull_url,
        "sent": {"files": found.files, "bytes": found.size},
        "removed_files": found.removed,
        "stale_files": found.stale,
        "kept": list(found.kept),
    }


def tell(done: Published, args: argparse.Namespace, **more: Any) -> None:
    """Print where the report is, and what was done; ``more`` goes into the JSON."""
    if not getattr(args, "quiet", False):
        for line in _notes(done):
            print(plain(line), file=sys.stderr)
    if args.json:
        emit(more | told(done))
        return
    pull = done.delivery.sent and done.delivery.sent.pull_url
    for line in (pull or done.url, done.index, done.iframe):
        print(line)


def _notes(done: Published) -> list[str]:
    found = done.delivery
    if found.sent is None:
        lines = ["Nothing had changed."]
    else:
        removed = f"; removed {_files(found.removed)}" if found.removed else ""
        where = "proposed as a pull request" if found.sent.pull_url else "in one commit"
        lines = [f"Sent {_files(found.files)}, {size(found.size)}, {where}{removed}."]
    if found.stale:
        lines.append(f"{_files(found.stale)} of earlier publications stay; --prune removes them.")
    if found.kept:
        lines.append(f"{', '.join(found.kept)} was changed by others and stays as it is.")
    return lines


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
