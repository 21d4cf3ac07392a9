"""``trackio status``: where the data lies, how much there is, what is running."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trackio.cli import reading
from trackio.cli.list import complain, since
from trackio.cli.output import fields, table
from trackio.cli.text import plain, size
from trackio.documents import READS, Document
from trackio.documents.sources import Source

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``status``."""
    reading.add(subparsers, "status", READS["status"], _text)


def run(args: argparse.Namespace) -> None:
    """Print it."""
    reading.show(args)


def _text(found: Document, source: Source) -> None:
    complain(found)
    place = ("home", found["home"]) if source.address is None else ("server", source.address)
    fields(
        [
            ("trackio", found["version"]),
            (place[0], place[1] + ("" if found["is_writable"] else " (read-only)")),
            ("on disk", size(found["disk_bytes"])),
            ("projects", len(found["projects"])),
            ("runs", sum(entry["runs"] or 0 for entry in found["projects"])),
            ("running", len(found["running"])),
        ]
    )
    if found["running"]:
        print()
        table(
            ("project", "run", "last step", "last record"),
            [
                (plain(one["project"]), one["run"], one["last_step"], since(one["updated_at"]))
                for one in found["running"]
            ],
            empty="",
        )
