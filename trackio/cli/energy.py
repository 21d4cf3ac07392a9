"""``trackio energy``: what runs used, what that stands for, and gates that hold them to a limit."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, TextIO

from trackio.cli import assumptions
from trackio.cli.output import add_json, fields, table
from trackio.cli.reading import add_parameter, add_server, asked, source_of
from trackio.cli.text import plain
from trackio.documents import READS, Document
from trackio.documents.encoding import dumps
from trackio.documents.reads import ENERGY, GATES, PROJECT
from trackio.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trackio.cli.commands import Subparsers
    from trackio.documents.energy import Stated

FORMATS = ("table", "json", "eu", "codecarbon-csv", "cyclonedx")


def register(subparsers: Subparsers) -> None:
    """Add ``energy``."""
    parser = subparsers.add_parser("energy", description=READS["energy"].summary)
    for parameter in (PROJECT, *ENERGY):
        add_parameter(parser, parameter)
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="table",
        help="eu: the entry of the EU's model documentation form; codecarbon-csv: its emissions.csv; "
        "cyclonedx: a bill of materials (default: table)",
    )
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="write it to this file")
    gates = parser.add_argument_group("gates", "The exit code is 1 when one does not hold.")
    for parameter in GATES:
        add_parameter(gates, parameter)
    assumptions.add_arguments(parser)
    add_server(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print it, or write it; then say which gates do not hold."""
    if args.json and args.format not in {"table", "json"}:
        raise UsageError(f"--json and --format {args.format} exclude each other.")
    chosen = "json" if args.json else args.format
    given = asked(READS["energy"], args)
    if chosen in {"table", "json"}:
        document = source_of(args).document(READS["energy"], given)
        _keep(args, document["project"])
        if chosen == "table":
            _print_table(document, args.output)
        else:
            _put(dumps(document, indent=sys.stdout.isatty()) + b"\n", args.output)
        reasons = [gate["reason"] for gate in document["gates"] if not gate["passed"]]
    else:
        found = _stated(args, given)
        _keep(args, found.subject.project)
        _put(_text(chosen, found), args.output)
        reasons = [one.reason for one in found.verdicts if one.reason is not None]
    for reason in reasons:
        print(f"trackio: {plain(reason)}", file=sys.stderr)
    return int(bool(reasons))


def _stated(args: argparse.Namespace, given: Mapping[str, Any]) -> Stated:
    from trackio.documents.energy import stated
    from trackio.store.home import Home

    if args.server is not None:
        raise UsageError(
            f"--format {args.format} is made where the data lies. Run it there, or ask the server for --format json."
        )
    return stated(Home(), **given)


def _keep(args: argparse.Namespace, project: str) -> None:
    """Keep what was given of assumptions with the project; a server's are its own."""
    from trackio.store.home import Home

    if args.server is None:
        assumptions.resolve(args, Home().project(project))


def _text(chosen: str, found: Stated) -> bytes:
    if chosen == "eu":
        from trackio.energy.formats.eu import entry

        return entry(found.subject).encode()
    if chosen == "codecarbon-csv":
        from trackio.energy.formats import codecarbon

        return codecarbon.table(found.subject).encode()
    from trackio.energy.formats.cyclonedx import document

    return dumps(document(found.subject), indent=True) + b"\n"


def _print_table(document: Document, output: Path | None) -> None:
    if output is None:
        _write_table(document, sys.stdout)
        return
    with output.open("w", encoding="utf-8") as file:
        _write_table(document, file)


def _write_table(document: Document, file: TextIO) -> None:
    from trackio.cli.energy_table import rows, width
    from trackio.cli.energy_words import sentences

    columns, cells = rows(document)
    if file.isatty() and width(columns, cells) > get_terminal_size().columns:
        # A number that a narrow terminal cuts is a wrong one: then each run has lines of its own.
        for row in cells:
            fields((name, cell.strip()) for name, cell in zip(columns, row, strict=True) if cell.strip())
            print()
    else:
        table(columns, cells, empty=f"Project {document['project']!r} has no runs yet.", file=file)
        if cells:
            print(file=file)
    if cells:
        for sentence in sentences(document):
            print(plain(sentence), file=file)


def _put(text: bytes, output: Path | None) -> None:
    if output is not None:
        output.write_bytes(text)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text)
