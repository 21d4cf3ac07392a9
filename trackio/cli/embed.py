"""``trackio embed``: the iframe that puts charts into a post, with the view spelled out in its address."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from trackio.cli.output import add_json, emit
from trackio.cli.text import plain

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``embed``."""
    parser = subparsers.add_parser(
        "embed",
        description="Print the iframe that shows charts of a published report. Every parameter of an address is "
        "an option: --smoothing 5, --xmin 100, --runs 'a,b', --theme dark; docs/urls.md explains them.",
    )
    parser.add_argument("--project", required=True, metavar="NAME", help="the project")
    parser.add_argument(
        "--metrics", metavar="A,B", help="what to show: names, exact or with *; one chart holds them all"
    )
    parser.add_argument("--base-url", required=True, metavar="URL", help="where the report is published")
    parser.add_argument("--width", type=int, metavar="PX", help="the most it takes of the page's width (default: 600)")
    add_json(parser)
    # Imported late: the grammar is needed only to parse this command.
    from trackio.grammar import PARAMETERS

    group = parser.add_argument_group("the view, as in the address of a chart")
    for parameter in PARAMETERS:
        if parameter.name not in ("project", "metrics", "refresh"):
            is_repeated = parameter.name in ("metric", "run")
            group.add_argument(
                f"--{parameter.name}",
                dest=f"view_{parameter.name}",
                action="append" if is_repeated else "store",
                metavar="VALUE",
                help=f"{parameter.values}. {parameter.meaning}".replace("`", "").replace("%", "%%"),
            )


def run(args: argparse.Namespace) -> int:
    """Print it."""
    from trackio.report.embed import embed

    given = {"metrics": args.metrics} | {
        name.removeprefix("view_"): value for name, value in vars(args).items() if name.startswith("view_")
    }
    found = embed(args.project, {k: v for k, v in given.items() if v is not None}, args.base_url, width=args.width)
    for note in found.notes:
        print(f"trackio: {plain(note)}", file=sys.stderr)
    if args.json:
        emit({"html": found.html, "url": found.url, "width": found.width, "height": found.height, "notes": found.notes})
    else:
        print(found.html)
    return 0
