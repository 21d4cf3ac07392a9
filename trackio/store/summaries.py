"""The summary of a run by what ``define_metric`` said: computed from its points, so that it is right after a kill."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from trackio import definitions
from trackio.records import MetricDefinition
from trackio.store.points import INTEGER, TEXT

_EVENTS = "SELECT run, body FROM events WHERE event = ? ORDER BY num"
_EVENTS_OF_RUN = "SELECT run, body FROM events WHERE event = ? AND run = ? ORDER BY num"
_METRIC = "SELECT num, types, minimum, maximum FROM metrics WHERE run = ? AND kind = 'metric' AND name = ?"
_FIRST = "SELECT value FROM points WHERE metric = ? ORDER BY row LIMIT 1"
# Neither text nor NaN, which is NULL here, nor infinities.
_MEAN = (
    "SELECT avg(value) FROM points WHERE metric = ? AND typeof(value) IN ('integer', 'real') "
    "AND value BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308"
)


def defined(db: sqlite3.Connection, run: int | None = None) -> dict[int, tuple[MetricDefinition, ...]]:
    """The definitions of each run that has any, or of one run, by the run's number."""
    if run is None:
        rows = db.execute(_EVENTS, (definitions.EVENT,))
    else:
        rows = db.execute(_EVENTS_OF_RUN, (definitions.EVENT, run))
    events: dict[int, list[Mapping[str, Any]]] = {}
    for num, body in rows:
        events.setdefault(num, []).append(json.loads(body))
    return {num: definitions.read(found) for num, found in events.items()}


def summarised(
    db: sqlite3.Connection, run: int, last: Mapping[str, Any], given: Sequence[MetricDefinition]
) -> dict[str, Any]:
    """The last values of a run, and in the place of some what its definitions say is to be kept of them."""
    found: dict[str, Any] = {}
    for name, value in last.items():
        one = definitions.find(given, name)
        if one is None or "none" not in one.summary:
            wanted = one is not None and definitions.DERIVED.intersection(one.summary)
            derived = _derived(db, run, name, value, one) if one is not None and wanted else {}
            found[name] = derived or value
    return found


def _derived(db: sqlite3.Connection, run: int, name: str, last: Any, one: MetricDefinition) -> dict[str, Any]:
    """What is to be kept of a metric, as far as it has any; nothing of texts."""
    num, types, low, high = db.execute(_METRIC, (run, name)).fetchone()
    if types == TEXT:
        return {}
    # Bounds are floats in the database, also those of integers.
    low, high = (int(bound) if types == INTEGER and bound is not None else bound for bound in (low, high))
    found = {"min": low, "max": high, "best": high if one.goal == "maximize" else low, "last": last}
    if "first" in one.summary:
        first = db.execute(_FIRST, (num,)).fetchone()
        # SQLite has no NaN and holds NULL in its place.
        found["first"] = None if first is None else math.nan if first[0] is None else first[0]
    if "mean" in one.summary:
        (found["mean"],) = db.execute(_MEAN, (num,)).fetchone()
    return {word: found[word] for word in one.summary if found.get(word) is not None}
