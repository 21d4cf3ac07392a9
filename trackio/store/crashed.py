"""Runs that ended without a word, though they asked for an alert should that happen."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from trackio.store import layout

_RUNS = (
    "SELECT num, id, name, last_step, updated_ns, "
    "(SELECT body FROM events WHERE events.run = runs.num AND event = ? ORDER BY events.num DESC LIMIT 1) "
    "FROM runs WHERE status = 'crashed' AND EXISTS (SELECT 1 FROM events WHERE events.run = runs.num AND event = ?)"
)
_JOURNALS = "SELECT name, state FROM journals WHERE run = ? AND state != 'closed' ORDER BY name"


@dataclass(frozen=True, slots=True)
class Crash:
    """One end without a word; a run that is resumed may have several, each of other journals."""

    run_id: str
    run_name: str
    last_step: int | None
    last_ns: int
    """When something was last heard of it."""
    journals: tuple[str, ...]
    """The journals that nobody closed."""
    is_gone: bool
    """Whether its processes are known to be gone; else nothing was heard of them for long."""


def crashed(db: sqlite3.Connection, project: Path, event: str, silent_ns: int) -> list[Crash]:
    """The runs that crashed and whose newest event of this name has ``crash`` true.

    One whose process is elsewhere, so that nobody can tell, counts when its journals are as old as ``silent_ns``.
    """
    found: list[Crash] = []
    for num, run_id, name, last_step, last_ns, body in db.execute(_RUNS, (event, event)).fetchall():
        if json.loads(body).get("crash") is not True:
            continue
        journals = db.execute(_JOURNALS, (num,)).fetchall()
        is_open = [journal for journal, state in journals if state == "open"]
        if all(_touched_ns(project, journal) <= silent_ns for journal in is_open):
            names = tuple(journal for journal, _ in journals)
            found.append(Crash(run_id, name, last_step, last_ns, names, not is_open))
    return found


def _touched_ns(project: Path, journal: str) -> int:
    try:
        return (layout.journals(project) / journal).stat().st_mtime_ns
    except OSError:
        return 0
