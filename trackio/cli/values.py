"""``trackio get metric``, ``system-metric`` and ``snapshot``: values, all of them or those around a place."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from trackio.cli import points
from trackio.cli.output import emit, table, write
from trackio.cli.select import Span, project_of, run_of, span_of
from trackio.records import Series
from trackio.times import iso

if TYPE_CHECKING:
    from trackio.frames import Point

SHOWN = 50
"""Rows that a person is shown of a long table: half from its beginning, half from its end."""


def show_metric(args: argparse.Namespace) -> None:
    """Print the values of one metric."""
    span = span_of(args)
    project = project_of(args)
    run = run_of(args, project)
    found = run.points([args.metric], args.kind)[args.metric]
    if args.json:
        for piece in points.chunks(
            {"project": project.name, "run": run.name, "metric": args.metric}, inside(found, span)
        ):
            write(piece)
        return
    rows = [(step, iso(time_ns), value) for _, step, time_ns, value in points.listed(inside(found, span))]
    _table(("step", "timestamp", args.metric), rows)


def show_system(args: argparse.Namespace) -> None:
    """Print the values of one system metric, or of all."""
    if args.metric is not None:
        show_metric(args)
    else:
        _several(args, span_of(args))


def show_snapshot(args: argparse.Namespace) -> None:
    """Print the values of all metrics around a place, or the last ones."""
    _several(args, span_of(args), is_last=True)


def inside(found: Series | list[Point], span: Span) -> Series | list[Point]:
    """The points inside the span."""
    if span.is_everything:
        return found
    return [point for point in points.listed(found) if span.holds(point[1], point[2])]


def _several(args: argparse.Namespace, span: Span, *, is_last: bool = False) -> None:
    project = project_of(args)
    run = run_of(args, project)
    found = {name: points.listed(inside(values, span)) for name, values in run.points(kind=args.kind).items()}
    if is_last and span.is_everything:
        found = {name: values[-1:] for name, values in found.items()}
    found = {name: values for name, values in found.items() if values}
    if args.json:
        metrics = {name: points.objects(values) for name, values in found.items()}
        emit({"project": project.name, "run": run.name, "metrics": metrics})
        return
    rows = [(name, step, iso(time_ns), value) for name, values in found.items() for _, step, time_ns, value in values]
    _table(("metric", "step", "timestamp", "value"), rows)


def _table(columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """A table of at most ``SHOWN`` rows; what was left out is said on stderr."""
    half = SHOWN // 2
    shown = rows if len(rows) <= SHOWN else [*rows[:half], *rows[-half:]]
    table(columns, shown, empty="No values there.")
    if len(shown) < len(rows):
        note = f"The first and last {half} of {len(rows):,} values; --json prints all."
        print(note, file=sys.stderr)
