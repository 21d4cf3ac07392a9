"""Events of a journal, taken into the run or into the table where those of their kind are kept.

A journal may come from another version, another program or over the network, so what does not have the expected form is
kept whole among the events, and stops nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from trackio.journal import is_time
from trackio.store import artifacts, energy
from trackio.store.layout import clean
from trackio.store.runs import RunRow, encode

_IDENTITY = {"name": "name", "group": "run_group", "job_type": "job_type", "tags": "tags", "notes": "notes"}
_ENDS = ("finished", "failed")


def apply(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any]) -> int:
    """Take in one event; returns its time, 0 for one that came after the end."""
    time_ns: int = event["time_ns"] if is_time(event.get("time_ns")) else 0
    name = event.get("event")
    take = _TAKERS.get(name) if isinstance(name, str) else None
    if take is None or not take(db, run, event, time_ns):
        db.execute(
            "INSERT INTO events (run, time_ns, event, body) VALUES (?, ?, ?, ?)",
            (run.num, time_ns, clean(str(name)), encode(event)),
        )
        name = None
    # Samples of energy count as a change every now and then: see ``RunRow.reach_time``.
    run.is_changed = run.is_changed or name != energy.SAMPLE or "mark" in event
    # A run does not last longer because somebody finds later on that it was killed.
    return 0 if event.get("is_noted_after") is True else time_ns


def _identity(_db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], _time_ns: int) -> bool:
    said = {column: event[name] for name, column in _IDENTITY.items() if name in event}
    tags = said.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return False
    texts = {column: value for column, value in said.items() if column != "tags"}
    if not all(value is None or isinstance(value, str) for value in texts.values()) or said.get("name", "x") is None:
        return False
    run.set(**{column: clean(value) if isinstance(value, str) else value for column, value in said.items()})
    return True


def _values(_db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], _time_ns: int) -> bool:
    values, removed = event.get("values", {}), event.get("remove", [])
    if not isinstance(values, dict) or not isinstance(removed, list) or not all(isinstance(n, str) for n in removed):
        return False
    run.merge(event["event"], values, removed)
    return True


def _finish(_db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], time_ns: int) -> bool:
    status, exit_code = event.get("status", "finished"), event.get("exit_code")
    run.set(
        outcome=status if status in _ENDS else "failed",
        exit_code=exit_code if isinstance(exit_code, int) and abs(exit_code) < 1 << 63 else None,
        finished_ns=time_ns,
    )
    return True


def _close(_db: sqlite3.Connection, _run: RunRow, _event: Mapping[str, Any], _time_ns: int) -> bool:
    return True


def _alert(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], time_ns: int) -> bool:
    step = event.get("step")
    text = event.get("text")
    if step is not None and not (isinstance(step, int) and -(1 << 63) <= step < 1 << 63):
        return False
    db.execute(
        "INSERT INTO alerts (run, time_ns, level, title, text, step, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            run.num,
            time_ns,
            clean(str(event.get("level", "info"))),
            clean(str(event.get("title", ""))),
            None if text is None else clean(str(text)),
            step,
            None if event.get("data") is None else encode(event["data"]),
        ),
    )
    return True


_TAKERS: dict[str, Callable[[sqlite3.Connection, RunRow, Mapping[str, Any], int], bool]] = {
    "run": _identity,
    "config": _values,
    "summary": _values,
    "finish": _finish,
    "close": _close,
    "alert": _alert,
    **artifacts.TAKERS,
    **energy.TAKERS,
}
