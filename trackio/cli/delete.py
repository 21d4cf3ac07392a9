"""``trackio delete``: a run or a project, for good."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from trackio.cli.text import plain
from trackio.errors import TrackioError, UsageError
from trackio.store.home import Home

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


class StillRunning(TrackioError):
    """What is to be deleted has a run in progress."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Run {name!r} is still running. Stop it first, or pass --force. Nothing was deleted.")


def register(subparsers: Subparsers) -> None:
    """Add ``delete``."""
    parser = subparsers.add_parser(
        "delete", description="Delete a run, or a whole project when no run is named. There is no way back."
    )
    parser.add_argument("--project", required=True, metavar="NAME", help="the project")
    parser.add_argument("--run", metavar="NAME", help="the run, by id or name")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--force", action="store_true", help="also when it is still running")


def run(args: argparse.Namespace) -> int | None:
    """Ask, then delete."""
    store = Home().project(args.project)
    store.catch_up()
    runs = store.runs() if args.run is None else [store.run(args.run)]
    if not args.force:
        for one in runs:
            if one.status == "running":
                raise StillRunning(one.name)
    if args.run is None:
        what = f"project {store.name!r} with {len(runs)} run{'' if len(runs) == 1 else 's'}"
    else:
        what = f"run {runs[0].name!r} ({runs[0].id}) of project {store.name!r}"
    if not args.yes and not _agreed(what):
        print("Nothing was deleted.", file=sys.stderr)
        return 1
    if args.run is None:
        store.delete()
    else:
        store.delete_run(runs[0].id)
    print(f"Deleted {plain(what)}.", file=sys.stderr)
    return None


def _agreed(what: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"Deleting {what} needs a yes: pass --yes.")
    print(f"Delete {plain(what)}? There is no way back. [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
