"""Alerts as ``list alerts`` and ``get alerts`` print them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trackio.cli.output import emit, table
from trackio.cli.select import project_of
from trackio.errors import UsageError
from trackio.times import iso, nanoseconds

if TYPE_CHECKING:
    from trackio.records import AlertRecord

LEVELS = ("info", "warn", "error")


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add ``--level``, ``--since`` and ``--limit``."""
    parser.add_argument("--level", choices=LEVELS, type=str.lower, help="only alerts of this level")
    parser.add_argument("--since", metavar="T", help="only alerts after this time (ISO 8601 or epoch)")
    parser.add_argument("--limit", type=int, metavar="N", help="only the newest N")


def show(args: argparse.Namespace) -> None:
    """Print the alerts that fit, oldest first."""
    if args.limit is not None and args.limit < 0:
        raise UsageError("--limit is a number from 0 on.")
    since_ns = None if args.since is None else nanoseconds(args.since)
    project = project_of(args)
    found = project.alerts(run=args.run, level=args.level, since_ns=since_ns, limit=args.limit)
    if args.json:
        emit({"project": project.name, "alerts": [entry(alert) for alert in found]})
        return
    rows = [(iso(a.time_ns), a.run_name, a.level, a.step, a.title, a.text) for a in found]
    table(("timestamp", "run", "level", "step", "title", "text"), rows, empty="No alerts.")


def entry(alert: AlertRecord) -> dict[str, object]:
    """An alert as JSON has it."""
    return {
        "timestamp": iso(alert.time_ns),
        "run": alert.run_name,
        "run_id": alert.run_id,
        "level": alert.level,
        "title": alert.title,
        "text": alert.text,
        "step": alert.step,
        "data": alert.data,
    }
