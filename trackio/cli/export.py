"""``trackio export``: runs as files of other tools.

A format is a line in ``FORMATS``, a module in ``trackio.cli.exporting`` for its options, and one in
``trackio.exporters`` that writes it.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from trackio.cli.output import add_json, emit
from trackio.cli.progress import Bars
from trackio.cli.select import add_project, project_of
from trackio.cli.text import plain
from trackio.exporters.formats import send

if TYPE_CHECKING:
    from typing import Any

    from trackio.cli.commands import Subparsers

FORMATS: dict[str, str] = {
    "csv": "CSV files: the values of metrics",
    "parquet": "Parquet files, with everything that was recorded",
    "json": "JSON, with everything that was recorded",
    "wandb": "W&B's offline runs, for `wandb sync`",
    "tfevents": "TensorBoard's event files",
    "mlflow": "a store of MLflow",
}
"""In the order that ``trackio export --help`` shows them."""


class FormatModule(Protocol):
    """What a module of ``trackio.cli.exporting`` has."""

    OUTPUT: str
    """What ``--output`` is, in a few words."""
    DESCRIPTION: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this format alone has."""

    def options(self, args: argparse.Namespace) -> Any:
        """The options as its exporter takes them; raises UsageError."""


def register(subparsers: Subparsers) -> None:
    """Add ``export`` and the formats it writes."""
    parser = subparsers.add_parser(
        "export",
        description="Write runs as files of other tools.",
        epilog="`trackio export FORMAT --help` tells the options of each.",
    )
    formats = parser.add_subparsers(dest="format", metavar="format", required=True)
    for name, summary in FORMATS.items():
        module = _module(name)
        one = formats.add_parser(name, help=summary, description=module.DESCRIPTION)
        add_project(one)
        one.add_argument(
            "--runs", nargs="+", metavar="NAME", help="only these runs, by id or name; all of them if left out"
        )
        one.add_argument("--output", required=True, metavar="PATH", help=module.OUTPUT)
        module.add_options(one)
        add_json(one)


def run(args: argparse.Namespace) -> None:
    """Export, and say what could not be carried."""
    options = _module(args.format).options(args)
    project = project_of(args).name
    bars = Bars()
    with bars.shown():
        carried = send(args.format, project, args.output, runs=args.runs, options=options, watch=bars)
    for what, count in carried.lost.items():
        print(plain(f"Not carried over: {what}{f' ({count:,} times)' if count > 1 else ''}."), file=sys.stderr)
    if args.json:
        emit(
            {
                "project": project,
                "format": args.format,
                "output": carried.output,
                "runs": carried.runs,
                "points": carried.points,
                "written": carried.written,
                "not_carried": [{"what": what, "count": count} for what, count in carried.lost.items()],
            }
        )
        return
    count = len(carried.runs)
    print(
        f"Exported {count:,} run{'' if count == 1 else 's'} with {carried.points:,} "
        f"value{'' if carried.points == 1 else 's'} to {plain(carried.output)}."
    )


def _module(name: str) -> FormatModule:
    return cast("FormatModule", import_module(f"trackio.cli.exporting.{name}"))
