"""What `trackio report` takes of notes: files of Markdown that become pages of the site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.cli.text import plain
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.report.build import Options, Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the files, ``--watch`` and ``--markdown``."""
    parser.add_argument(
        "notes",
        nargs="*",
        type=Path,
        metavar="NOTES.md",
        help="Markdown with figures and values of runs: a page of the site, which has the projects that it names",
    )
    parser.add_argument("--watch", action="store_true", help="preview the notes on 127.0.0.1 as they are written")
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="PATH",
        help="also write the notes as plain Markdown, with pictures and values in place: for a README or a model card",
    )


def check(args: argparse.Namespace) -> None:
    """Raise UsageError for options that do not go together."""
    if args.watch and not args.notes:
        raise UsageError("--watch follows notes. Name them: trackio report notes.md --watch.")
    preview = "--watch" if args.watch else "--serve" if args.serve else None
    for name in ("ci", "snapshot", "prune_snapshots", "markdown"):
        if args.notes and preview and getattr(args, name):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{preview} and {option} exclude each other: a preview shows notes and keeps nothing.")
    if args.notes and args.single_file:
        raise UsageError("--single-file holds the charts of projects alone; notes become pages of a folder.")
    if args.markdown is not None and len(args.notes) != 1:
        raise UsageError("--markdown writes one file of notes. Name one: trackio report notes.md --markdown README.md.")
    if args.markdown is not None and args.markdown.resolve() == args.notes[0].resolve():
        raise UsageError("--markdown would write over the notes themselves. Name another file.")


def resolve(args: argparse.Namespace) -> dict[str, Any]:
    """The options of a build."""
    return {"notes": tuple(args.notes)}


def watch(options: Options, args: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Preview the notes until interrupted."""
    from trackio.report.narrative.watching import watch
    from trackio.report.serve import FIRST_PORT

    return watch(options, port=args.port or FIRST_PORT, say=say, is_opened=args.open)


def write(options: Options, report: Report, args: argparse.Namespace) -> None:
    """Say the warnings, and write the notes as Markdown where that was asked for."""
    for warning in report.warnings:
        print(f"trackio: {plain(warning)}", file=sys.stderr)
    if args.markdown is not None:
        from trackio.report.narrative.publishing import write_markdown

        write_markdown(options, report, args.markdown)


def document(report: Report, args: argparse.Namespace) -> dict[str, Any]:
    """What ``--json`` tells of them."""
    if not report.notes:
        return {}
    written = {} if args.markdown is None else {"markdown": str(args.markdown)}
    return {"reports": list(report.notes), "warnings": list(report.warnings), **written}


def sentences(report: Report, args: argparse.Namespace) -> list[str]:
    """Where the pages are."""
    found = [f"{report.path / page}: a page of notes." for page in report.notes]
    return found if args.markdown is None else [*found, f"{args.markdown}: the same as Markdown."]
