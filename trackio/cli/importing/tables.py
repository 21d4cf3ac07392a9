"""The options that say what the columns of a table mean, for every format that has them."""

from __future__ import annotations

import argparse

from trackio.importers.columns import Choice

_COLUMNS = (
    ("step", "the step"),
    ("timestamp", "the time"),
    ("run", "the name of the run"),
    ("group", "the group of the run"),
    ("metric", "the names of metrics (long files)"),
    ("value", "the values (long files)"),
)


def add_columns(parser: argparse.ArgumentParser) -> None:
    """Add ``--run``, ``--group``, ``--step-column`` and the rest."""
    parser.add_argument(
        "--run", metavar="NAME", help="name of the run, when no column tells it; the file's name if left out"
    )
    parser.add_argument("--group", metavar="NAME", help="group of the runs, when no column tells it")
    for name, what in _COLUMNS:
        parser.add_argument(f"--{name}-column", metavar="COLUMN", help=f"the column that holds {what}")
    parser.add_argument(
        "--config-column",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column that is config; may be repeated",
    )


def choice(args: argparse.Namespace) -> Choice:
    """What the caller says of the columns."""
    return Choice(
        **{name: getattr(args, f"{name}_column") for name, _ in _COLUMNS},
        config=tuple(args.config_column),
    )
