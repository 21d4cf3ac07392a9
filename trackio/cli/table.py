"""``trackio table``: runs side by side, as Markdown, LaTeX, CSV or JSON."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.cli import select
from trackio.cli.output import add_json, emit, write
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers

FORMATS = ("markdown", "latex", "csv")


def register(subparsers: Subparsers) -> None:
    """Add ``table``."""
    parser = subparsers.add_parser(
        "table",
        description="Print a table of runs for a paper or a model card. With --groupby a row is a group, and numbers "
        "are its mean ± sample standard deviation. The best of a column is bold where it is known what is better.",
    )
    select.add_project(parser)
    parser.add_argument("--runs", metavar="A,B", help="only these runs, by name or id, exact or with *")
    parser.add_argument("--group", metavar="NAME", help="only the runs of this group")
    parser.add_argument("--groupby", metavar="KEY", help="a row for each value of this config key, or `group`")
    parser.add_argument(
        "--columns",
        metavar="A,B",
        required=True,
        help="what to show: config.lr, val/loss, min.val/loss, energy.kwh, duration",
    )
    parser.add_argument("--sort", metavar="COLUMN", help="order the rows by it; -COLUMN for the greatest first")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first so many rows")
    parser.add_argument("--caption", metavar="TEXT", default="", help="what stands over the table")
    parser.add_argument("--label", metavar="NAME", default="", help="what LaTeX refers to it by")
    parser.add_argument("--format", choices=FORMATS, default="markdown", help="how it is written (default: markdown)")
    parser.add_argument("--output", "-o", type=Path, metavar="PATH", help="write it to this file")
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Print it."""
    from trackio.report.gather import Selection, gather
    from trackio.report.narrative import table, tabletext
    from trackio.report.narrative.blocks import ColumnBlock
    from trackio.report.narrative.facts import ProjectFacts
    from trackio.report.narrative.table import Request
    from trackio.settings import home

    if args.limit is not None and args.limit < 1:
        raise UsageError("--limit must be at least 1.")
    columns = tuple(ColumnBlock(name) for name in _names(args.columns))
    if not columns:
        raise UsageError("--columns names nothing. Such as: --columns config.lr,val/loss.")
    name = select.project_of(args).name
    (project,) = (one for one in gather(home(), Selection((name,))) if one.name == name)
    asked = Request(columns, _names(args.runs or ""), args.group, args.groupby, args.sort, args.limit)
    found = table.table(ProjectFacts(home(), project), asked)
    if args.json:
        emit({"project": project.name, **table.document(found)})
        return
    if args.format == "latex":
        text = tabletext.latex(found, args.caption, args.label)
    elif args.format == "csv":
        text = tabletext.csv_text(found)
    else:
        text = tabletext.markdown(found, tabletext.escaped_markdown(args.caption))
    data = text.encode("utf-8", "replace")
    if args.output is None:
        write(data)
        return
    try:
        args.output.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{args.output} could not be written ({error.strerror or error}).") from error


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
