"""``trackio delete``: a run or a project, for good, here or on a server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trackio import settings
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


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be deleted."""

    what: str
    """In words."""
    running: tuple[str, ...]
    """The names of the runs in progress."""
    delete: Callable[[], None]


def register(subparsers: Subparsers) -> None:
    """Add ``delete``."""
    parser = subparsers.add_parser(
        "delete", description="Delete a run, or a whole project when no run is named. There is no way back."
    )
    parser.add_argument("--project", required=True, metavar="NAME", help="the project")
    parser.add_argument("--run", metavar="NAME", help="the run, by id or name")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--force", action="store_true", help="also when it is still running")
    parser.add_argument(
        "--server",
        metavar="URL",
        help="delete on this server, or Space (owner/name), and nothing here; `env` is the one that TRACKIO_SERVER_URL "
        "or TRACKIO_SPACE_ID names",
    )
    parser.add_argument(
        "--write-token", metavar="TOKEN", help="its write token; may be left out when TRACKIO_WRITE_TOKEN is set"
    )


def run(args: argparse.Namespace) -> int | None:
    """Ask, then delete."""
    if args.server is None and args.write_token is not None:
        raise UsageError("--write-token needs --server URL beside it.")
    found = _here(args) if args.server is None else _there(args)
    if found.running and not args.force:
        raise StillRunning(found.running[0])
    if not args.yes and not _agreed(found.what):
        print("Nothing was deleted.", file=sys.stderr)
        return 1
    found.delete()
    print(f"Deleted {plain(found.what)}.", file=sys.stderr)
    return None


def _here(args: argparse.Namespace) -> Found:
    store = Home().project(args.project)
    store.catch_up()
    runs = store.runs() if args.run is None else [store.run(args.run)]
    running = tuple(one.name for one in runs if one.status == "running")
    if args.run is None:
        return Found(_project(store.name, len(runs)), running, store.delete)
    one = runs[0]
    return Found(_run(one.name, one.id, store.name), running, lambda: store.delete_run(one.id))


def _there(args: argparse.Namespace) -> Found:
    from trackio.documents import READS
    from trackio.documents.remote import Server

    server = Server.named(args.server, args.write_token or settings.text("TRACKIO_WRITE_TOKEN"))
    if args.run is None:
        listed = server.document(READS["runs"], {"project": args.project})
        project, runs = listed["project"], listed["runs"]
        what = f"{_project(project, len(runs))} on {server.address}"
    else:
        one = server.document(READS["run"], {"project": args.project, "run": args.run})
        project, runs = one["project"], [{"id": one["id"], "name": one["run"], "status": one["status"]}]
        what = f"{_run(one['run'], one['id'], project)} on {server.address}"
    running = tuple(one["name"] for one in runs if one["status"] == "running")
    run_id = None if args.run is None else runs[0]["id"]
    return Found(what, running, lambda: server.delete(project, run_id, is_forced=args.force))


def _project(name: str, count: int) -> str:
    return f"project {name!r} with {count} run{'' if count == 1 else 's'}"


def _run(name: str, run_id: str, project: str) -> str:
    return f"run {name!r} ({run_id}) of project {project!r}"


def _agreed(what: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"Deleting {what} needs a yes: pass --yes.")
    print(f"Delete {plain(what)}? There is no way back. [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
