"""The alerts of all runs for those who show them: counted, and no more of each than a page has room for."""

from __future__ import annotations

import json
import sqlite3

from trackio.records import AlertRecord, Raised

MOST_ALERTS = 10_000
"""So many of a run, its newest; the others are counted."""

MOST_TEXTS = 500
"""So many of these come with their text and data."""

LETTERS = 8000
"""Of titles and texts so much is read: more than is shown, so that what looks like a secret is seen whole.

Of data that is longer nothing is."""

_COUNTS = "SELECT runs.id, level, count(*) FROM alerts JOIN runs ON runs.num = alerts.run GROUP BY runs.num, level"

# Ranked by number alone: the window would copy long texts.
_NEWEST = """
    SELECT runs.id, runs.name, time_ns, level, substr(title, 1, :letters),
        CASE WHEN rank <= :texts THEN substr(text, 1, :letters) END, step,
        CASE WHEN rank <= :texts AND length(data) <= :letters THEN data END
    FROM (
        SELECT num AS place, row_number() OVER (PARTITION BY run ORDER BY time_ns DESC, num DESC) AS rank FROM alerts
    ) JOIN alerts ON alerts.num = place JOIN runs ON runs.num = alerts.run
    WHERE rank <= :most ORDER BY time_ns, alerts.num
"""


def raised(db: sqlite3.Connection) -> dict[str, Raised]:
    """The alerts of each run that raised any, by its id; of those with texts also the data, where that is not long."""
    counts: dict[str, dict[str, int]] = {}
    for run, level, count in db.execute(_COUNTS):
        own = counts.setdefault(run, {})
        own[level.lower()] = own.get(level.lower(), 0) + count
    newest: dict[str, list[AlertRecord]] = {run: [] for run in counts}
    bounds = {"letters": LETTERS, "texts": MOST_TEXTS, "most": MOST_ALERTS}
    for run, name, time_ns, level, title, text, step, data in db.execute(_NEWEST, bounds):
        known = None if data is None else json.loads(data)
        newest[run].append(AlertRecord(run, name, time_ns, level.lower(), title, text, step, known))
    return {run: Raised(own, tuple(newest[run])) for run, own in counts.items()}
