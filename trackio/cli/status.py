"""``trackio status``: where the data lies, how much there is, what is running."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trackio import settings
from trackio.api import Api
from trackio.cli.output import add_json, emit, fields, table
from trackio.cli.text import ago, plain, size
from trackio.errors import StoreError
from trackio.times import iso
from trackio.version import __version__

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``status``."""
    parser = subparsers.add_parser(
        "status", description="Say where the data lies, how much there is and what is running."
    )
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Print it."""
    home = settings.home()
    projects = Api().projects()
    entries: list[dict[str, object]] = []
    count = 0
    running = []
    for project in projects:
        try:
            runs = project.runs()
        except StoreError as error:
            # One that cannot be read hides none of the others.
            print(f"trackio: {plain(str(error))}", file=sys.stderr)
            entries.append({"project": project.name, "runs": None, "running": [], "last_activity": None})
            continue
        count += len(runs)
        alive = [one for one in runs if one.status == "running"]
        running += [(project.name, one) for one in alive]
        latest = max((one.record.updated_ns for one in runs), default=None)
        entries.append(
            {
                "project": project.name,
                "runs": len(runs),
                "running": [one.name for one in alive],
                "last_activity": None if latest is None else iso(latest),
            }
        )
    used = _bytes_under(home)
    if args.json:
        emit(
            {
                "version": __version__,
                "home": str(home),
                "is_writable": _is_writable(home),
                "disk_bytes": used,
                "projects": entries,
            }
        )
        return
    fields(
        [
            ("trackio", __version__),
            ("home", str(home) + ("" if _is_writable(home) else " (read-only)")),
            ("on disk", size(used)),
            ("projects", len(projects)),
            ("runs", count),
            ("running", len(running)),
        ]
    )
    if running:
        print()
        table(
            ("project", "run", "last step", "last record"),
            [(plain(name), one.name, one.last_step, ago(one.record.updated_ns)) for name, one in running],
            empty="",
        )


def _bytes_under(folder: Path) -> int:
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(directory) / name).lstat().st_size
            except OSError:
                # A journal that was folded and removed meanwhile.
                continue
    return total


def _is_writable(home: Path) -> bool:
    nearest = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    return os.access(nearest, os.W_OK)
