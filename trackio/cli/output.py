"""How commands print: one JSON object for programs, tables for people."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from trackio.cli.text import number, plain
from trackio.documents.encoding import dumps

_SHORT = 16
"""Cells of up to so many characters are never broken over lines."""


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json`` to a command whose output is data."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def emit(value: Mapping[str, Any]) -> None:
    """Print one JSON object: indented on a terminal, on one line in a pipe."""
    write(dumps(value, indent=sys.stdout.isatty()) + b"\n")


def write(data: bytes) -> None:
    """Write bytes to standard output as they are, after what was printed before."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str, file: TextIO | None = None) -> None:
    """Print a table, fitted to the terminal or at its full width in a pipe; without rows, the sentence ``empty``.

    A column is set to the right when all its cells are numbers. Cells are made plain.
    """
    cells = list(rows)
    out = sys.stdout if file is None else file
    if not cells:
        print(empty, file=out)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    is_terminal = out.isatty()
    grid = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for index, name in enumerate(columns):
        column = [row[index] for row in cells]
        is_number = all(isinstance(cell, (int, float)) or cell is None for cell in column)
        # Where the terminal is narrow, long names are folded, not cut: an id that is cut cannot be copied.
        is_short = all(len(number(cell)) <= _SHORT for cell in column)
        grid.add_column(
            Text(plain(name)),
            justify="right" if is_number else "left",
            no_wrap=is_short or not is_terminal,
            overflow="fold",
        )
    for row in cells:
        grid.add_row(*(Text(number(cell)) for cell in row))
    if is_terminal:
        Console(file=out).print(grid)
        return
    console = Console(file=out, width=1_000_000, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(grid)
    out.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def fields(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one pair a line, values aligned."""
    shown = [(plain(name), number(value)) for name, value in pairs]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        print(f"{name:<{width}}  {value}".rstrip())
