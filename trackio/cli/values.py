"""Values, as ``trackio get metric``, ``system-metric`` and ``snapshot`` show them: all, or those around a place."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from trackio.cli.output import table
from trackio.cli.text import finite_or_not
from trackio.documents import Document
from trackio.documents.sources import Source

SHOWN = 50
"""Rows that a person is shown of a long table: half from its beginning, half from its end."""

_HALF = SHOWN // 2


def metric(found: Document, _: Source) -> None:
    """Print the values of one metric."""
    points: Sequence[Mapping[str, Any]] = found["values"]
    shown = points if len(points) <= SHOWN else [*points[:_HALF], *points[-_HALF:]]
    _table(("step", "timestamp", found["metric"]), [_cells(point) for point in shown], len(points))


def system(found: Document, source: Source) -> None:
    """Print the values of one system metric, or of all."""
    (metric if "values" in found else several)(found, source)


def several(found: Document, _: Source) -> None:
    """Print the values of several metrics."""
    metrics: Mapping[str, Sequence[Mapping[str, Any]]] = found["metrics"]
    count = sum(map(len, metrics.values()))
    if count <= SHOWN:
        rows = list(_rows(metrics))
    else:
        backwards = chain.from_iterable(
            ((name, *_cells(point)) for point in reversed(points)) for name, points in reversed(list(metrics.items()))
        )
        rows = [*islice(_rows(metrics), _HALF), *reversed(list(islice(backwards, _HALF)))]
    _table(("metric", "step", "timestamp", "value"), rows, count)


def _rows(metrics: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[tuple[object, ...]]:
    for name, points in metrics.items():
        for point in points:
            yield (name, *_cells(point))


def _cells(point: Mapping[str, Any]) -> tuple[object, ...]:
    return point["step"], point["timestamp"], finite_or_not(point["value"])


def _table(columns: Sequence[str], rows: Sequence[tuple[object, ...]], count: int) -> None:
    """A table of the rows that are shown; what was left out is said on stderr."""
    table(columns, rows, empty="No values there.")
    if len(rows) < count:
        note = f"The first and last {_HALF} of {count:,} values; --json prints all."
        print(note, file=sys.stderr)
