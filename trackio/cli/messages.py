"""Alerts and reports, as ``trackio list`` and ``trackio get`` show them."""

from __future__ import annotations

from trackio.cli.output import table
from trackio.cli.text import ago, number
from trackio.documents import Document
from trackio.documents.sources import Source
from trackio.times import nanoseconds


def alerts(found: Document, _: Source) -> None:
    """Print the alerts that fit, oldest first."""
    columns = ("timestamp", "run", "level", "step", "title", "text")
    table(columns, [tuple(alert[column] for column in columns) for alert in found["alerts"]], empty="No alerts.")


def reports(found: Document, _: Source) -> None:
    """Print which Markdown there is."""
    rows = [(one["run"], one["report"], one["step"], ago(nanoseconds(one["timestamp"]))) for one in found["reports"]]
    table(("run", "report", "step", "logged"), rows, empty="No reports.")


def report(found: Document, _: Source) -> None:
    """Print Markdown, line by line."""
    for value in found["values"]:
        print(f"--- step {value['step']}, {value['timestamp']}")
        for line in value["content"].splitlines():
            print(number(line))
