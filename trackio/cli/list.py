"""``trackio list``: what there is, by name."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from trackio.cli import artifacts, messages, reading
from trackio.cli.output import table
from trackio.cli.text import ago, finite_or_not, plain
from trackio.documents import READS, Document
from trackio.documents.sources import Source
from trackio.times import nanoseconds
from trackio.times import whole_duration as duration

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``list`` and what it can list."""
    parser = subparsers.add_parser(
        "list", description="List what there is.", epilog="`trackio list KIND --help` tells the options of each."
    )
    kinds = parser.add_subparsers(dest="what", metavar="kind", required=True)
    for name, text, summary in (
        ("projects", _projects, "every project"),
        ("runs", _runs, "the runs of a project"),
        ("metrics", _metrics, "the metrics of a run, or of all runs"),
        ("system-metrics", _metrics, "what was sampled from the machine"),
        ("alerts", messages.alerts, "the alerts of a project or of a run"),
        ("reports", messages.reports, "the Markdown that runs logged"),
        ("artifacts", artifacts.versions, "the versions of artifacts"),
        ("files", artifacts.files, "the files that a run saved"),
    ):
        needs = {"details": True} if name == "projects" else None
        reading.add(kinds, name, READS[name], text, summary=summary, needs=needs)


def run(args: argparse.Namespace) -> None:
    """List what was asked for."""
    reading.show(args)


def _projects(found: Document, _: Source) -> None:
    complain(found)
    rows = [
        (entry["project"], None, None, "unreadable")
        if entry["runs"] is None
        else (entry["project"], entry["runs"], len(entry["running"]), since(entry["last_activity"]))
        for entry in found["details"]
    ]
    table(("project", "runs", "running", "last record"), rows, empty="No projects yet.")


def complain(found: Document) -> None:
    """Say which projects cannot be read, and why."""
    for error in found["errors"]:
        print(f"trackio: {plain(error['error'])}", file=sys.stderr)


def since(moment: str | None) -> str:
    """How long ago a time of a document was; empty for None."""
    return ago(None if moment is None else nanoseconds(moment))


def _runs(found: Document, _: Source) -> None:
    table(
        ("run", "id", "group", "status", "last step", "duration", "last record"),
        [
            (
                one["name"],
                one["id"],
                one["group"],
                one["status"],
                one["last_step"],
                duration(one["duration_seconds"]),
                since(one["updated_at"]),
            )
            for one in found["runs"]
        ],
        empty="No runs.",
    )


def _metrics(found: Document, _: Source) -> None:
    if found["run"] is None:
        table(("metric",), [(name,) for name in found["metrics"]], empty="Nothing logged.")
        return
    columns = ("points", "last_step", "last", "min", "max")
    table(
        ("metric", "points", "last step", "last", "min", "max"),
        [(one["name"], *(finite_or_not(one[column]) for column in columns)) for one in found["details"]],
        empty="Nothing logged.",
    )
