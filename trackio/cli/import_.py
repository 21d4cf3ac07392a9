"""``trackio import``: runs that were logged elsewhere.

A format is a line in ``FORMATS``, a module in ``trackio.cli.importing`` for its options, and one in
``trackio.importers`` that reads it.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from trackio.cli.output import add_json, emit
from trackio.cli.progress import Bars
from trackio.cli.text import plain
from trackio.errors import UsageError
from trackio.importers.formats import Report, bring
from trackio.importers.imported import ImportFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from trackio.cli.commands import Subparsers

FORMATS: dict[str, str] = {
    "csv": "CSV files",
    "tfevents": "TensorBoard's event files",
    "mlflow": "stores of MLflow",
    "parquet": "Parquet files",
    "json": "JSON and JSON Lines",
    "trackio": "another home, of this trackio or of the original",
    "wandb": "offline runs of W&B, and what its site and API export",
}
"""In the order that ``trackio import --help`` shows them."""

SKIPS_SHOWN = 5
"""How many skipped rows are told one by one."""


class FormatModule(Protocol):
    """What a module of ``trackio.cli.importing`` has."""

    SOURCES: tuple[str, str]
    """What a source is called in the help, and a few words on it."""
    DESCRIPTION: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this format alone has."""

    def options(self, args: argparse.Namespace) -> Any:
        """The options as its importer takes them; raises UsageError."""


def register(subparsers: Subparsers) -> None:
    """Add ``import`` and the formats it reads."""
    parser = subparsers.add_parser(
        "import",
        description="Bring in runs that were logged elsewhere.",
        epilog="`trackio import FORMAT --help` tells the options of each.",
    )
    formats = parser.add_subparsers(dest="format", metavar="format", required=True)
    for name, summary in FORMATS.items():
        module = _module(name)
        one = formats.add_parser(name, help=summary, description=module.DESCRIPTION)
        metavar, told = module.SOURCES
        one.add_argument("sources", nargs="+", metavar=metavar, help=told)
        one.add_argument("--project", metavar="NAME", help="where to put the runs; as the source tells if left out")
        module.add_options(one)
        add_json(one)


def run(args: argparse.Namespace) -> int:
    """Import, and tell what came of it; 1 when a file was broken, though the others are there."""
    options = _module(args.format).options(args)
    bars = Bars()
    try:
        with bars.shown():
            report = bring(args.format, args.sources, project=args.project, options=options, watch=bars)
    except UsageError:
        _hint(args.format, args.sources)
        raise
    _tell(report)
    if not report.runs:
        _hint(args.format, [str(error.path) for error in report.failures])
    if args.json:
        emit(_json(report, args.project))
    elif report.runs or not report.failures:
        print(_sentence(report, args.project))
    return 1 if report.failures else 0


def _module(name: str) -> FormatModule:
    return cast("FormatModule", import_module(f"trackio.cli.importing.{name}"))


def _tell(report: Report) -> None:
    """What was left behind, and what went wrong, on standard error."""
    for error in report.skipped[:SKIPS_SHOWN]:
        print(plain(f"Skipped {_where(error)}: {error.reason}."), file=sys.stderr)
    if len(report.skipped) > SKIPS_SHOWN:
        print(f"... and {len(report.skipped) - SKIPS_SHOWN:,} more rows.", file=sys.stderr)
    for sentence, count in report.notes.items():
        print(plain(f"Not carried over: {sentence}{f' ({count:,} times)' if count > 1 else ''}."), file=sys.stderr)
    for error in report.failures:
        print(plain(f"trackio: {error}"), file=sys.stderr)


def _hint(form: str, paths: Sequence[str]) -> None:
    """Say which format what could not be read seems to have."""
    from trackio.importers.likely import likely

    for path in paths:
        kind = likely(Path(path))
        if kind is not None and kind != form:
            print(plain(f"Try `trackio import {kind} {shlex.quote(path)}`."), file=sys.stderr)
            return


def _where(error: ImportFailed) -> str:
    return f"{error.path}" if error.line is None else f"{error.path}, line {error.line}"


def _sentence(report: Report, project: str | None) -> str:
    new = [run for run in report.runs if run.outcome == "new"]
    replaced = sum(run.outcome == "replaced" for run in report.runs)
    unchanged = sum(run.outcome == "unchanged" for run in report.runs)
    rows = sum(run.row_count for run in report.runs if run.outcome != "unchanged")
    names = report.projects or ([project] if project else [])
    where = ", ".join(repr(plain(name)) for name in names[:5]) + (", ..." if len(names) > 5 else "")
    return (
        f"Imported {_count(len(new) + replaced, 'run')} with {_count(rows, 'row')}"
        + (f" into {where}" if where else "")
        + (f"; {replaced:,} had changed and {'was' if replaced == 1 else 'were'} replaced" if replaced else "")
        + (f"; {unchanged:,} {'was' if unchanged == 1 else 'were'} there already" if unchanged else "")
        + "."
    )


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _json(report: Report, project: str | None) -> dict[str, Any]:
    runs = [
        {
            "id": run.id,
            "name": run.name,
            "group": run.group,
            "num_logs": run.row_count,
            "imported": run.outcome != "unchanged",
            "outcome": run.outcome,
            "project": run.project,
        }
        for run in report.runs
    ]
    return {
        "project": project if project is not None else report.projects[0] if len(report.projects) == 1 else None,
        "runs": runs,
        "skipped_rows": len(report.skipped),
        "failed": [{"path": str(e.path), "line": e.line, "reason": e.reason} for e in report.failures],
        "not_carried": [{"what": what, "count": count} for what, count in report.notes.items()],
    }
