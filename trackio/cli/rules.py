"""The options that say what runs are held to, for ``trackio check`` and ``trackio report --ci``."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackio.ci.checking import Asked


@dataclass(frozen=True, slots=True)
class Given:
    """The options, and what ``trackio.toml`` says where they say nothing."""

    asked: Asked
    project: str | None
    """That of the file."""


def add_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add ``--run --baseline --rule --warn --seeds-tolerance --min-coverage --config``."""
    parser.add_argument(
        "--run",
        action="append",
        metavar="NAME",
        help="the run, by id or name; the newest when left out; repeat for the mean of several",
    )
    parser.add_argument(
        "--baseline",
        action="append",
        metavar="RUN|TAG|FILE",
        help="what to compare with: a run, the newest finished one with a tag, the runs of a group as seeds, or a file "
        "of --save-baseline; repeat for more seeds",
    )
    parser.add_argument(
        "--rule", action="append", metavar="RULE", help="such as 'val/loss <= baseline * 1.02'; repeat for more"
    )
    parser.add_argument("--warn", action="append", metavar="RULE", help="likewise, and breaking it only warns")
    parser.add_argument(
        "--seeds-tolerance",
        type=float,
        metavar="K",
        help="limits with a baseline give way by K standard deviations of its seeds",
    )
    parser.add_argument(
        "--min-coverage", type=float, metavar="SHARE", help="how much of the time has to be measured (default: 0.9)"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the rules of a project (default: trackio.toml)")


def resolve(args: argparse.Namespace, *, are_unfinished: bool = False) -> Given:
    """What is asked for: an option goes before what the file says under its name. Raises InvalidRule and UsageError."""
    from trackio.ci import configuration
    from trackio.ci.checking import Asked
    from trackio.ci.parsing import parse
    from trackio.energy.gates import MIN_COVERAGE

    found = configuration.read(args.config)
    rules = configuration.parsed(found, found.rules) if args.rule is None else map(parse, args.rule)
    warn = (
        configuration.parsed(found, found.warn, "warn")
        if args.warn is None
        else [parse(text, "warn") for text in args.warn]
    )
    tolerance = args.seeds_tolerance if args.seeds_tolerance is not None else found.seeds_tolerance
    coverage = args.min_coverage if args.min_coverage is not None else found.min_coverage
    asked = Asked(
        runs=found.run if args.run is None else tuple(args.run),
        baseline=found.baseline if args.baseline is None else tuple(args.baseline),
        rules=(*rules, *warn),
        seeds_tolerance=0.0 if tolerance is None else tolerance,
        min_coverage=MIN_COVERAGE if coverage is None else coverage,
        are_unfinished=are_unfinished,
    )
    return Given(asked, found.project)
