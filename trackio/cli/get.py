"""``trackio get``: the content of one thing."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from trackio.cli import artifacts, messages, reading, values
from trackio.cli.list import since
from trackio.cli.output import fields
from trackio.cli.text import finite_or_not, number
from trackio.documents import READS, Document
from trackio.documents.sources import Source
from trackio.times import whole_duration as duration

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``get`` and what it can get."""
    parser = subparsers.add_parser(
        "get",
        description="Print the content of one thing.",
        epilog="`trackio get KIND --help` tells the options of each.",
    )
    kinds = parser.add_subparsers(dest="what", metavar="kind", required=True)
    for name, text, summary in (
        ("project", _project, "what a project holds"),
        ("run", _run, "state, config, summary and metrics of a run"),
        ("metric", values.metric, "the values of a metric"),
        ("system-metric", values.system, "what was sampled from the machine"),
        ("snapshot", values.several, "all metrics of a run at a step or a time"),
    ):
        reading.add(kinds, name, READS[name], text, summary=summary)
    reading.add(
        kinds,
        "alerts",
        READS["alerts"],
        messages.alerts,
        summary="the alerts of a project or of a run",
        description="Print the alerts of a project or of a run.",
    )
    reading.add(kinds, "report", READS["report"], messages.report, summary="the Markdown that a run logged")
    artifacts.add(kinds)


def run(args: argparse.Namespace) -> None:
    """Print what was asked for."""
    reading.show(args)


def _project(found: Document, _: Source) -> None:
    fields(
        [
            ("project", found["project"]),
            ("runs", found["num_runs"]),
            ("running", len(found["running"])),
            ("groups", len(found["groups"])),
            ("metrics", ", ".join(found["metrics"])),
            ("last record", since(found["last_activity"])),
        ]
    )


def _run(found: Document, _: Source) -> None:
    fields(
        [
            ("run", found["run"]),
            ("id", found["id"]),
            ("project", found["project"]),
            *((("group", found["group"]),) if found["group"] is not None else ()),
            *((("tags", ", ".join(found["tags"])),) if found["tags"] else ()),
            *((("notes", found["notes"]),) if found["notes"] else ()),
            ("status", found["status"]),
            ("began", found["created_at"]),
            ("duration", duration(found["duration_seconds"])),
            ("logs", found["num_logs"]),
            ("last step", found["last_step"]),
            *(("config." + key, _short(value)) for key, value in found["config"].items()),
            *(("summary." + key, _short(value)) for key, value in found["summary"].items()),
        ]
    )


def _short(value: Any) -> str:
    known = finite_or_not(value)
    text = number(known) if isinstance(known, (bool, int, float, str)) or known is None else str(known)
    return text if len(text) <= 200 else text[:199] + "…"
