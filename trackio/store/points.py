"""Rows of a journal become points of metrics, many to a statement; what is known of each metric is kept beside them.

The first and the last value of a metric are those of its first and last row, also where a value came later than others.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, TypeAlias

from trackio.journal import TICKET, Row, Scan, Schema
from trackio.records import Scalar
from trackio.store.runs import RunRow
from trackio.store.tickets import Tickets, Waiting

FLOAT, INTEGER, BOOLEAN, TEXT = 1, 2, 4, 8
TYPES = {"d": FLOAT, "q": INTEGER, "?": BOOLEAN, "s": TEXT}
"""The bits of ``metrics.types``: which types of value were logged under a name."""

# 5 parameters a point; old builds of SQLite allow 999 a statement.
_POINTS = 199
_INSERT = "INSERT INTO points (metric, row, step, time_ns, value) VALUES "
_INSERT_MANY = _INSERT + ", ".join(["(?, ?, ?, ?, ?)"] * _POINTS)
_INSERT_ONE = _INSERT + "(?, ?, ?, ?, ?)"
_INSERT_NEW = _INSERT_ONE.replace("INSERT", "INSERT OR IGNORE")
_BOUNDS = (
    "SELECT (SELECT row FROM points WHERE metric = :num ORDER BY row LIMIT 1), "
    "(SELECT row FROM points WHERE metric = :num ORDER BY row DESC LIMIT 1)"
)

_Point: TypeAlias = tuple[int, int, int, Any]
"""Row, step, time, value."""


@dataclass(slots=True)
class _Metric:
    num: int
    types: int
    count: int
    first_step: int | None
    last_step: int | None
    last: Scalar | None
    minimum: float | None
    maximum: float | None
    first_row: int = -1
    """The row of ``first_step``, when it came in this transaction."""
    last_row: int = -1
    """The row of ``last``, when it came in this transaction."""


class Points:
    """The points of one transaction, on their way into the database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._flat: list[Any] = []
        self._touched: dict[int, _Metric] = {}

    def add(self, run: RunRow, schemas: Mapping[int, Schema], tickets: Tickets, scan: Scan) -> int:
        """Add the rows of a scan to a run; returns the latest time among them."""
        first = {kind: run.add_rows(kind, scan.counts[kind]) for kind in ("metric", "system")}
        latest = 0
        late: list[tuple[int, Row, Schema]] = []
        for schema_id, found in scan.rows.items():
            schema = schemas[schema_id]
            if schema.kind == "late":
                late.extend((ordinal, row, schema) for ordinal, row in found)
                continue
            base = first[schema.kind]
            rows = [base + ordinal for ordinal, _ in found]
            _, steps, times, *columns = zip(*[row for _, row in found], strict=True)
            latest = max(latest, *times)
            if schema.kind == "metric":
                run.reach(max(steps))
            for name, code, values in zip(schema.keys, schema.codes, columns, strict=True):
                if name == TICKET and code == "q":
                    for ticket, row, step, time_ns in zip(values, rows, steps, times, strict=True):
                        tickets.issue(ticket, Waiting(schema.kind, row, step, time_ns))
                    continue
                metric = self._metric(run, schema.kind, name)
                _note(metric, TYPES[code], rows, steps, values)
                self._flat.extend(
                    chain.from_iterable(zip(repeat(metric.num), rows, steps, times, values, strict=False))
                )
            self._insert_whole()
        return max(latest, self._add_late(run, tickets, late)) if late else latest

    def _add_late(self, run: RunRow, tickets: Tickets, late: list[tuple[int, Row, Schema]]) -> int:
        """Add values at the rows that waited for them; what nothing waits for any more is passed over."""
        # In the order of the journal, so that of two for one place the first counts.
        late.sort(key=lambda item: item[0])
        found: dict[tuple[str, str, str], list[_Point]] = {}
        for _, (_, _, _, ticket, *values), schema in late:
            waiting = tickets.redeem(ticket)
            if waiting is None:
                continue
            kind, *place = waiting
            for name, code, value in zip(schema.keys[1:], schema.codes[1:], values, strict=True):
                found.setdefault((kind, name, code), []).append((*place, value))
            run.is_changed = True
        self._insert_rest()
        for (kind, name, code), points in found.items():
            metric = self._metric(run, kind, name)
            low, high = self._db.execute(_BOUNDS, {"num": metric.num}).fetchone()
            if low is not None:
                metric.first_row, metric.last_row = low, high
            # A row may have a value of that name already: nobody writes so, but journals may say anything.
            if new := sorted(self._insert_new(metric.num, points)):
                rows, steps, _, taken = zip(*new, strict=True)
                _note(metric, TYPES[code], rows, steps, taken)
        return max(int(row[2]) for _, row, _ in late)

    def flush(self) -> None:
        """Write what is left, and what is now known of each metric."""
        self._insert_rest()
        self._db.executemany(
            "UPDATE metrics SET types = ?, count = ?, first_step = ?, last_step = ?, last = ?, minimum = ?, "
            "maximum = ? WHERE num = ?",
            [
                (m.types, m.count, m.first_step, m.last_step, m.last, m.minimum, m.maximum, m.num)
                for m in self._touched.values()
            ],
        )
        self._touched.clear()

    def _insert_whole(self) -> None:
        flat, size = self._flat, _POINTS * 5
        whole = len(flat) // size * size
        execute = self._db.execute
        for at in range(0, whole, size):
            execute(_INSERT_MANY, flat[at : at + size])
        del flat[:whole]

    def _insert_rest(self) -> None:
        self._insert_whole()
        flat = self._flat
        self._db.executemany(_INSERT_ONE, [flat[at : at + 5] for at in range(0, len(flat), 5)])
        flat.clear()

    def _insert_new(self, num: int, points: list[_Point]) -> Iterator[_Point]:
        """Insert the points whose rows have none yet, and give those."""
        for at in range(0, len(points), _POINTS):
            some = points[at : at + _POINTS]
            if len(some) == _POINTS:
                try:
                    self._db.execute(_INSERT_MANY, [value for point in some for value in (num, *point)])
                    yield from some
                    continue
                except sqlite3.IntegrityError:
                    # None of them was inserted: one by one, then.
                    pass
            for point in some:
                if self._db.execute(_INSERT_NEW, (num, *point)).rowcount:
                    yield point

    def _metric(self, run: RunRow, kind: str, name: str) -> _Metric:
        if not run.metrics:
            self._load(run)
        metric: _Metric | None = run.metrics.get((kind, name))
        if metric is None:
            (num,) = self._db.execute(
                "INSERT INTO metrics (run, kind, name) VALUES (?, ?, ?) RETURNING num", (run.num, kind, name)
            ).fetchone()
            metric = run.metrics[kind, name] = _Metric(num, 0, 0, None, None, None, None, None)
        self._touched[metric.num] = metric
        return metric

    def _load(self, run: RunRow) -> None:
        for kind, name, *known in self._db.execute(
            "SELECT kind, name, num, types, count, first_step, last_step, last, minimum, maximum "
            "FROM metrics WHERE run = ?",
            (run.num,),
        ):
            run.metrics[kind, name] = _Metric(*known)


def _note(metric: _Metric, type_bit: int, rows: Sequence[int], steps: Sequence[int], values: Sequence[Any]) -> None:
    metric.types |= type_bit
    metric.count += len(rows)
    # Rows of different shapes are taken one shape after the other, so a later call may bring an earlier row.
    if metric.first_step is None or rows[0] < metric.first_row:
        metric.first_row, metric.first_step = rows[0], steps[0]
    if rows[-1] > metric.last_row:
        metric.last_row, metric.last_step, metric.last = rows[-1], steps[-1], values[-1]
    if type_bit == TEXT:
        return
    # One sum tells whether all are finite; it may overflow, which costs only the slower way.
    finite = values if math.isfinite(sum(values)) else [v for v in values if math.isfinite(v)]
    if finite:
        low, high = float(min(finite)), float(max(finite))
        metric.minimum = low if metric.minimum is None else min(metric.minimum, low)
        metric.maximum = high if metric.maximum is None else max(metric.maximum, high)
