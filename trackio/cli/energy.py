"""``trackio energy``: what runs used, what that stands for, and gates that hold them to a limit."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, TextIO

from trackio.cli.assumptions import add_arguments, resolve
from trackio.cli.output import add_json, dumps, fields, table
from trackio.cli.report_energy import parse_target
from trackio.cli.select import add_project, project_of
from trackio.cli.text import plain
from trackio.errors import UnknownMetric, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trackio.cli.commands import Subparsers
    from trackio.consumption import Goal
    from trackio.energy.formats.subject import Subject, Target
    from trackio.energy.gates import Limits, Verdict
    from trackio.energy.statement import ProjectEnergy
    from trackio.records import RunRecord
    from trackio.store.project import ProjectStore

FORMATS = ("table", "json", "eu", "codecarbon-csv", "cyclonedx")


def register(subparsers: Subparsers) -> None:
    """Add ``energy``."""
    parser = subparsers.add_parser(
        "energy",
        description="Print what runs used, how it was measured, what was not, and what it stands for.",
    )
    add_project(parser)
    parser.add_argument("--runs", nargs="+", metavar="NAME", help="only these runs, by id or name; all if left out")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="table",
        help="eu: the entry of the EU's model documentation form; codecarbon-csv: its emissions.csv; "
        "cyclonedx: a bill of materials (default: table)",
    )
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="write it to this file")
    parser.add_argument(
        "--target", metavar="METRIC=VALUE", help="also what was used until the metric was as good as that"
    )
    parser.add_argument(
        "--goal",
        choices=("minimize", "maximize"),
        help="whether less or more of the target's metric is better; by its definition or name if left out",
    )
    gates = parser.add_argument_group("gates", "The exit code is 1 when one does not hold.")
    gates.add_argument("--max-kwh", metavar="N", help="the most kWh that the runs may have used together")
    gates.add_argument("--max-gco2e", metavar="N", help="likewise in grams of CO2e")
    gates.add_argument("--max-cost", metavar="N", help="likewise in money")
    gates.add_argument(
        "--min-coverage", metavar="SHARE", help="how much of the time has to be known for a gate to hold (default: 0.9)"
    )
    add_arguments(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print it, or write it; then say which gates do not hold."""
    from trackio.energy.gates import verdicts
    from trackio.store.home import Home

    if args.json and args.format not in {"table", "json"}:
        raise UsageError(f"--json and --format {args.format} exclude each other.")
    chosen = "json" if args.json else args.format
    limits, target = _limits(args), _target(args)
    store = Home().project(project_of(args).name)
    store.catch_up()
    records = _records(store, args.runs)
    subject = _subject(args, store, records, target)
    found = list(verdicts(subject, limits))
    if chosen == "table":
        _print_table(subject, args.output)
    else:
        _put(_text(chosen, subject, found), args.output)
    for verdict in found:
        if verdict.reason is not None:
            print(f"trackio: {plain(verdict.reason)}", file=sys.stderr)
    return int(any(verdict.reason is not None for verdict in found))


def _records(store: ProjectStore, names: Sequence[str] | None) -> tuple[RunRecord, ...]:
    if names is None:
        return tuple(store.runs())
    return tuple({record.id: record for record in map(store.run, names)}.values())


def _subject(
    args: argparse.Namespace, store: ProjectStore, records: tuple[RunRecord, ...], target: tuple[str, float] | None
) -> Subject:
    from trackio.consumption import project_energy
    from trackio.energy.formats.subject import Subject

    assumptions = resolve(args, store)
    energy = project_energy(store, [record.id for record in records])
    reached = None if target is None else _reached(args, store, energy, target)
    return Subject(store.name, records, energy, assumptions, reached)


def _reached(args: argparse.Namespace, store: ProjectStore, energy: ProjectEnergy, target: tuple[str, float]) -> Target:
    from trackio.consumption import energy_to_target
    from trackio.energy.formats.subject import Target

    metric, value = target
    names = {found.name for one in energy.runs for found in store.metrics(one.run_id) if found.is_numeric}
    if energy.runs and metric not in names:
        raise UnknownMetric(metric, sorted(names), f"the runs of {store.name}")
    amounts = {
        one.run_id: energy_to_target(store, one.run_id, metric, value, goal=args.goal, energy=one)
        for one in energy.runs
    }
    came = {run for run, joules in amounts.items() if joules is None and _came(store, run, metric, value, args.goal)}
    known = {run: joules for run, joules in amounts.items() if joules is not None}
    return Target(metric, value, known, frozenset(came))


def _came(store: ProjectStore, run: str, metric: str, value: float, goal: Goal | None) -> bool:
    """Whether a run's metric ever was as good as the value."""
    from trackio.consumption import goal_of

    is_high = (goal or goal_of(store, run, metric)) == "maximize"
    own = (one for one in store.metrics(run) if one.name == metric)
    best = next((one.maximum if is_high else one.minimum for one in own), None)
    return best is not None and (best >= value if is_high else best <= value)


def _text(chosen: str, subject: Subject, found: Sequence[Verdict]) -> bytes:
    if chosen == "eu":
        from trackio.energy.formats.eu import entry

        return entry(subject).encode()
    if chosen == "codecarbon-csv":
        from trackio.energy.formats import codecarbon

        return codecarbon.table(subject).encode()
    if chosen == "cyclonedx":
        from trackio.energy.formats.cyclonedx import document

        return dumps(document(subject), indent=True) + b"\n"
    from trackio.energy.formats.objects import gates, statement

    return dumps({**statement(subject), "gates": gates(found)}, indent=sys.stdout.isatty()) + b"\n"


def _print_table(subject: Subject, output: Path | None) -> None:
    if output is None:
        _write_table(subject, sys.stdout)
        return
    with output.open("w", encoding="utf-8") as file:
        _write_table(subject, file)


def _write_table(subject: Subject, file: TextIO) -> None:
    from trackio.cli.energy_table import rows, width
    from trackio.cli.energy_words import sentences

    columns, cells = rows(subject)
    if file.isatty() and width(columns, cells) > get_terminal_size().columns:
        # A number that a narrow terminal cuts is a wrong one: then each run has lines of its own.
        for row in cells:
            fields((name, cell.strip()) for name, cell in zip(columns, row, strict=True) if cell.strip())
            print()
    else:
        table(columns, cells, empty=f"Project {subject.project!r} has no runs yet.", file=file)
        if cells:
            print(file=file)
    if cells:
        for sentence in sentences(subject):
            print(plain(sentence), file=file)


def _put(text: bytes, output: Path | None) -> None:
    if output is not None:
        output.write_bytes(text)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text)


def _limits(args: argparse.Namespace) -> Limits:
    from trackio.energy.gates import MIN_COVERAGE, Limits

    least = _amount(args.min_coverage, "--min-coverage")
    if least is not None and least > 1:
        raise UsageError(f"--min-coverage is a share from 0 to 1, not {args.min_coverage!r}.")
    return Limits(
        kwh=_amount(args.max_kwh, "--max-kwh"),
        grams=_amount(args.max_gco2e, "--max-gco2e"),
        cost=_amount(args.max_cost, "--max-cost"),
        min_coverage=MIN_COVERAGE if least is None else least,
    )


def _amount(text: str | None, option: str) -> float | None:
    if text is None:
        return None
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not (math.isfinite(amount) and amount >= 0):
        raise UsageError(f"{option} takes a number from 0 on, not {text!r}.")
    return amount


def _target(args: argparse.Namespace) -> tuple[str, float] | None:
    if args.target is None:
        if args.goal is not None:
            raise UsageError("--goal needs --target METRIC=VALUE beside it.")
        return None
    return parse_target(args.target, "--target")
