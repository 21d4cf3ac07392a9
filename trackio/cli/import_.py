"""``trackio import``: runs that were logged elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.cli.output import add_json, emit
from trackio.cli.text import plain
from trackio.errors import UsageError
from trackio.importers import csv
from trackio.importers.columns import Choice
from trackio.importers.recording import ImportFailed, record
from trackio.store.home import Home

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers

SKIPS_SHOWN = 5
"""How many skipped rows are told one by one."""


def register(subparsers: Subparsers) -> None:
    """Add ``import`` and the formats it reads."""
    parser = subparsers.add_parser("import", description="Bring in runs that were logged elsewhere.")
    formats = parser.add_subparsers(dest="format", metavar="format", required=True)
    table = formats.add_parser(
        "csv",
        help="CSV files",
        description=(
            "Import runs from CSV files: wide ones, with a column per metric, or long ones, with a column of metric "
            "names and one of values. The same file twice gives one copy. Columns are found by their usual names, "
            "which docs/cli.md lists."
        ),
    )
    table.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file with a header line")
    table.add_argument(
        "--project", metavar="NAME", help="where to put the runs; the name of the first file if left out"
    )
    table.add_argument(
        "--run", metavar="NAME", help="name of the run, when no column tells it; the file's name if left out"
    )
    table.add_argument("--group", metavar="NAME", help="group of the runs, when no column tells it")
    for name, what in (
        ("step", "the step"),
        ("timestamp", "the time"),
        ("run", "the name of the run"),
        ("group", "the group of the run"),
        ("metric", "the names of metrics (long files)"),
        ("value", "the values (long files)"),
    ):
        table.add_argument(f"--{name}-column", metavar="COLUMN", help=f"the column that holds {what}")
    table.add_argument(
        "--config-column",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column that is config; may be repeated",
    )
    table.add_argument("--delimiter", metavar="CHAR", help="what parts the cells; found out if left out")
    table.add_argument("--skip-broken", action="store_true", help="leave broken rows out instead of refusing the file")
    add_json(table)


def run(args: argparse.Namespace) -> None:
    """Read every file, then record what they hold."""
    if args.delimiter is not None and len(args.delimiter) != 1:
        raise UsageError("--delimiter is one character.")
    options = csv.Options(
        columns=Choice(
            step=args.step_column,
            timestamp=args.timestamp_column,
            run=args.run_column,
            group=args.group_column,
            metric=args.metric_column,
            value=args.value_column,
            config=tuple(args.config_column),
        ),
        run=args.run,
        group=args.group,
        delimiter=args.delimiter,
        skip_broken=args.skip_broken,
    )
    skipped: list[ImportFailed] = []
    # All files are read before anything is recorded, so that a broken one leaves the project as it was.
    found = []
    for path in args.files:
        with _bar(f"Reading {plain(path.name)}") as progress:
            found += csv.read(path, options, progress=progress, broken=skipped.append)
    _tell(skipped)
    store = Home().create(args.project if args.project is not None else args.files[0].stem)
    new = {one.id for one in record(store, found)}
    rows = sum(len(one.rows) for one in found if one.id in new)
    if args.json:
        runs = [
            {"id": one.id, "name": one.name, "group": one.group, "num_logs": len(one.rows), "imported": one.id in new}
            for one in found
        ]
        emit({"project": store.name, "runs": runs, "skipped_rows": len(skipped)})
        return
    unchanged = len(found) - len(new)
    print(
        f"Imported {len(new):,} run{'' if len(new) == 1 else 's'} with {rows:,} rows into {plain(store.name)!r}"
        + (f"; {unchanged:,} were there already." if unchanged else ".")
    )


def _tell(skipped: list[ImportFailed]) -> None:
    for error in skipped[:SKIPS_SHOWN]:
        print(plain(f"Skipped {error.path}, line {error.line}: {error.reason}."), file=sys.stderr)
    if len(skipped) > SKIPS_SHOWN:
        print(f"... and {len(skipped) - SKIPS_SHOWN:,} more rows.", file=sys.stderr)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield csv.unheard
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title.replace("[", r"\["), total=None)

        def update(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield update
