"""Events of measured energy, folded into their tables, and read back as what each process measured.

``energy_begin``  a process begins to measure: its boot and clock, the devices, and why others are not measured
``energy``        one sample of them: ``[device, counter_mj, power_mw, utilization_percent]`` each, None for no reading
``energy_note``   something came up about a device
``energy_end``    the process measures no more

All name their ``session``, which is unique in the run. What does not have the expected form is kept whole among the
events. Counters are stored as read and never as differences, so that whatever merges them can tell resets from use.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from trackio.energy.records import KINDS, NONE, Device, Mark, Measurement, Readings, Session
from trackio.journal import is_time
from trackio.store.layout import clean
from trackio.store.runs import RunRow, encode

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEGIN, SAMPLE, NOTE, END = "energy_begin", "energy", "energy_note", "energy_end"

_MOST = 1 << 63
_SESSIONS = (
    "SELECT num, id, boot, start_ns, end_ns, start_time_ns, end_time_ns, devices, missing FROM energy_sessions "
    "WHERE run = (SELECT num FROM runs WHERE id = ?) ORDER BY num"
)
_MEASURED = (
    "SELECT runs.id, max(EXISTS (SELECT 1 FROM energy_samples WHERE session = energy_sessions.num "
    "AND (counter_mj IS NOT NULL OR power_mw IS NOT NULL) LIMIT 1 OFFSET 1)) "
    "FROM energy_sessions JOIN runs ON runs.num = energy_sessions.run GROUP BY runs.num ORDER BY runs.num"
)
_KNOWN = "SELECT boot, devices FROM energy_sessions WHERE run = ? AND id = ?"
_SAMPLES = (
    "SELECT device, clock_ns, time_ns, coalesce(counter_mj, -1), coalesce(power_mw, -1), coalesce(utilization, -1) "
    "FROM energy_samples WHERE session = ? ORDER BY device, clock_ns"
)
_COLUMNS = [
    *((name, "i8") for name in ("device", "clock_ns", "time_ns", "counter_mj", "power_mw")),
    ("utilization", "f8"),
]
_MOMENTS = (
    "SELECT clock_ns, time_ns, device, counter_mj, power_mw, utilization FROM energy_samples "
    "WHERE session = ? ORDER BY clock_ns, time_ns, device"
)
_MARKS = "SELECT name, clock_ns, time_ns FROM energy_marks WHERE session = ? ORDER BY clock_ns, name"


def _begin(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], time_ns: int) -> bool:
    devices, missing = event.get("devices"), event.get("missing", {})
    if not (_is_name(event.get("session")) and _is_name(event.get("boot")) and is_time(event.get("clock_ns"))):
        return False
    if not isinstance(devices, list) or not all(map(_is_device, devices)) or not _are_texts(missing):
        return False
    known = db.execute(_KNOWN, (run.num, event["session"])).fetchone()
    if known is not None:
        # Told twice is told once; one of other clocks or devices is no part of it.
        return known[0] == event["boot"] and _ids(json.loads(known[1])) == _ids(devices)
    db.execute(
        "INSERT INTO energy_sessions (run, id, boot, start_ns, start_time_ns, end_time_ns, devices, missing) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.num,
            event["session"],
            event["boot"],
            event["clock_ns"],
            time_ns,
            time_ns,
            encode(devices),
            encode({clean(kind): clean(why) for kind, why in missing.items()}),
        ),
    )
    return True


def _sample(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], time_ns: int) -> bool:
    rows, clock_ns, mark = event.get("rows"), event.get("clock_ns"), event.get("mark")
    session = _session(db, run, event)
    if session is None or not is_time(clock_ns) or not (mark is None or isinstance(mark, str)):
        return False
    num, count = session
    if not isinstance(rows, list) or not all(_is_row(row, count) for row in rows):
        return False
    db.executemany(
        "INSERT OR REPLACE INTO energy_samples VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(num, device, clock_ns, time_ns, counter, power, load) for device, counter, power, load in rows],
    )
    if mark is not None:
        db.execute("INSERT OR REPLACE INTO energy_marks VALUES (?, ?, ?, ?)", (num, clock_ns, clean(mark), time_ns))
    db.execute("UPDATE energy_sessions SET end_time_ns = max(end_time_ns, ?) WHERE num = ?", (time_ns, num))
    return True


def _note(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], _time_ns: int) -> bool:
    device, note = event.get("device"), event.get("note")
    session = _session(db, run, event)
    if session is None or not _is_name(note) or not (type(device) is int and 0 <= device < session[1]):
        return False
    (body,) = db.execute("SELECT devices FROM energy_sessions WHERE num = ?", session[:1]).fetchone()
    devices = json.loads(body)
    devices[device]["notes"] = list(dict.fromkeys([*devices[device].get("notes", []), note]))
    db.execute("UPDATE energy_sessions SET devices = ? WHERE num = ?", (encode(devices), session[0]))
    return True


def _end(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], time_ns: int) -> bool:
    session = _session(db, run, event)
    if session is None or not is_time(event.get("clock_ns")):
        return False
    db.execute(
        "UPDATE energy_sessions SET end_ns = ?, end_time_ns = max(end_time_ns, ?) WHERE num = ?",
        (event["clock_ns"], time_ns, session[0]),
    )
    return True


TAKERS: dict[str, Callable[[sqlite3.Connection, RunRow, Mapping[str, Any], int], bool]] = {
    BEGIN: _begin,
    SAMPLE: _sample,
    NOTE: _note,
    END: _end,
}


def measured(db: sqlite3.Connection) -> dict[str, bool]:
    """The runs that measured, or told why they could not, in their order; and whether there are readings at all."""
    return {run: bool(has_readings) for run, has_readings in db.execute(_MEASURED)}


def measurements(db: sqlite3.Connection, run_id: str) -> list[Measurement]:
    """What the processes of a run measured, in the order they began; empty when there is no such run."""
    return [_measurement(db, run_id, row) for row in db.execute(_SESSIONS, (run_id,)).fetchall()]


def events(db: sqlite3.Connection, run_id: str) -> Iterator[dict[str, Any]]:
    """The events that make these tables again, as they stand now: what carries them into another project."""
    # One transaction: all is of the same moment, however long the caller takes.
    db.execute("BEGIN")
    try:
        yield from _events(db, run_id)
    finally:
        db.execute("ROLLBACK")


def _events(db: sqlite3.Connection, run_id: str) -> Iterator[dict[str, Any]]:
    for num, session, boot, start_ns, end_ns, start_time_ns, end_time_ns, devices, missing in db.execute(
        _SESSIONS, (run_id,)
    ).fetchall():
        yield {
            "event": BEGIN,
            "time_ns": start_time_ns,
            "session": session,
            "boot": boot,
            "clock_ns": start_ns,
            "devices": json.loads(devices),
            "missing": json.loads(missing),
        }
        for (clock_ns, time_ns), rows in groupby(db.execute(_MOMENTS, (num,)), itemgetter(0, 1)):
            yield _sample_event(session, clock_ns, time_ns, [list(row[2:]) for row in rows])
        for mark, clock_ns, time_ns in db.execute(_MARKS, (num,)):
            yield {**_sample_event(session, clock_ns, time_ns, []), "mark": mark}
        if end_ns is not None:
            yield {"event": END, "time_ns": end_time_ns, "session": session, "clock_ns": end_ns}


def _sample_event(session: str, clock_ns: int, time_ns: int, rows: list[list[Any]]) -> dict[str, Any]:
    return {"event": SAMPLE, "time_ns": time_ns, "session": session, "clock_ns": clock_ns, "rows": rows}


def _measurement(db: sqlite3.Connection, run_id: str, row: Sequence[Any]) -> Measurement:
    import numpy as np

    num, name, boot, start_ns, end_ns, start_time_ns, end_time_ns, body, missing = row
    devices = tuple(Device(**{**one, "notes": tuple(one.get("notes", ()))}) for one in json.loads(body))
    # Straight from the cursor: as Python's own numbers, a million rows take seconds and half a gigabyte.
    found = np.fromiter(db.execute(_SAMPLES, (num,)), np.dtype(_COLUMNS))
    edges = np.searchsorted(found["device"], np.arange(len(devices) + 1))
    marks = tuple(Mark(*mark) for mark in db.execute(_MARKS, (num,)))
    last_ns = max([start_ns, found["clock_ns"].max(initial=start_ns).item(), *(mark.clock_ns for mark in marks)])
    return Measurement(
        run_id=run_id,
        id=name,
        boot=boot,
        session=Session(start_ns, max(start_ns, last_ns if end_ns is None else end_ns)),
        start_time_ns=start_time_ns,
        end_time_ns=end_time_ns,
        devices=devices,
        readings=tuple(_readings(found[first:stop]) for first, stop in pairwise(edges)),
        missing=json.loads(missing),
        marks=marks,
        is_ended=end_ns is not None,
    )


def _readings(rows: NDArray[Any]) -> Readings:
    import numpy as np

    clock_ns, time_ns, counter_mj, power_mw, load = (np.ascontiguousarray(rows[name]) for name, _ in _COLUMNS[1:])
    return Readings(clock_ns, time_ns, counter_mj, power_mw, np.where(load == NONE, np.nan, load))


def _session(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any]) -> tuple[int, int] | None:
    """The number of the session that an event names, and how many devices it has."""
    if not _is_name(event.get("session")):
        return None
    found = db.execute(
        "SELECT num, json_array_length(devices) FROM energy_sessions WHERE run = ? AND id = ?",
        (run.num, event["session"]),
    ).fetchone()
    return None if found is None else (int(found[0]), int(found[1]))


def _ids(devices: Iterable[Mapping[str, Any]]) -> list[str]:
    return [device["id"] for device in devices]


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 256 and value == clean(value)


def _are_texts(values: object) -> bool:
    return isinstance(values, dict) and all(isinstance(name, str) for pair in values.items() for name in pair)


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and NONE < value < _MOST)


def _is_row(row: object, devices: int) -> bool:
    if not isinstance(row, list) or len(row) != 4:
        return False
    device, counter, power, load = row
    is_load = load is None or (type(load) in (int, float) and 0 <= load <= 1000)
    return type(device) is int and 0 <= device < devices and _is_count(counter) and _is_count(power) and is_load


def _is_device(body: object) -> bool:
    if not isinstance(body, dict) or not set(body) <= set(Device.__dataclass_fields__):
        return False
    notes, index = body.get("notes", []), body.get("index")
    return (
        _is_name(body.get("id"))
        and body.get("kind") in KINDS
        and _is_name(body.get("name"))
        and _is_name(body.get("scope", "gpu"))
        and (index is None or type(index) is int)
        and _is_count(body.get("counter_range_mj"))
        and _is_count(body.get("power_limit_mw"))
        and isinstance(notes, list)
        and all(map(_is_name, notes))
    )
