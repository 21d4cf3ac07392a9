"""What read commands have in common: options from the table of reads, the document from here or from a server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from trackio.cli.output import add_json, emit, write
from trackio.cli.select import project_named
from trackio.documents import READS, Document, Parameter, Read
from trackio.documents.sources import Local, Source

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers
    from trackio.cli.parser import Parser

Text = Callable[[Document, Source], None]
"""Prints a document for people; the source says where it is from."""

Finish = Callable[[Document, Source, argparse.Namespace], Document]
"""Does what there is besides reading, such as putting files somewhere; gives the document with what came of it."""


def add(
    subparsers: Subparsers,
    name: str,
    read: Read,
    text: Text,
    *,
    summary: str | None = None,
    description: str | None = None,
    finish: Finish | None = None,
    needs: Mapping[str, Any] | None = None,
) -> Parser:
    """Add the command of a read with all its options; ``needs`` is what the document takes for people alone."""
    parser = subparsers.add_parser(name, help=summary, description=description or read.summary)
    for parameter in read.parameters:
        if parameter.kind is not bool:
            add_parameter(parser, parameter)
    add_server(parser)
    add_json(parser)
    parser.set_defaults(read=read.name, text=text, finish=finish, needs=needs or {})
    return parser


def add_parameter(parser: argparse._ActionsContainer, parameter: Parameter) -> None:
    """Add the option, or the place, of one parameter."""
    taken: dict[str, Any] = {"help": parameter.help, "metavar": parameter.metavar}
    if parameter.choices:
        taken = {"help": parameter.help, "choices": parameter.choices, "type": str.lower}
    elif parameter.kind is not str:
        taken["type"] = parameter.kind
    if parameter.is_many:
        taken["nargs"] = "+"
    if parameter.is_required and not parameter.is_positional:
        taken["required"] = True
    parser.add_argument(parameter.option, **taken)


def add_server(parser: argparse.ArgumentParser) -> None:
    """Add ``--server`` and ``--token``."""
    parser.add_argument(
        "--server",
        metavar="URL",
        help="read from this server, or Space (owner/name); `env` is the one that TRACKIO_SERVER_URL or "
        "TRACKIO_SPACE_ID names",
    )
    parser.add_argument(
        "--token",
        metavar="TOKEN",
        help="its read or write token; TRACKIO_READ_TOKEN or TRACKIO_WRITE_TOKEN if left out",
    )


def source_of(args: argparse.Namespace) -> Source:
    """Where to read: the server that was named, else this machine's home; raises UsageError."""
    if args.server is not None:
        from trackio.documents.remote import Server

        return Server.named(args.server, args.token)
    if args.token is not None:
        from trackio.errors import UsageError

        raise UsageError("--token needs --server URL beside it.")
    from trackio.store.home import Home

    return Local(Home())


def asked(read: Read, args: argparse.Namespace) -> dict[str, Any]:
    """What the options say, by the names of the read's parameters."""
    given = {parameter.name: getattr(args, parameter.name, None) for parameter in read.parameters}
    if "project" in given:
        given["project"] = project_named(args)
    return {name: value for name, value in given.items() if value is not None}


def show(args: argparse.Namespace) -> None:
    """Read the document and print it, as JSON or for people."""
    read, source = READS[args.read], source_of(args)
    given = asked(read, args)
    if args.json and args.finish is None:
        sys.stdout.flush()
        source.write(read, given, sys.stdout.buffer, indent=sys.stdout.isatty())
        write(b"\n")
        return
    document = source.document(read, given if args.json else {**given, **args.needs})
    if args.finish is not None:
        document = args.finish(document, source, args)
    if args.json:
        emit(document)
    else:
        args.text(document, source)
