"""One run's row while journals are folded into it: identity, config, summary, status."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trackio.records import Status
from trackio.store import layout
from trackio.store.liveness import standing

_LOAD = (
    "SELECT id, name, run_group, job_type, tags, notes, config, summary, status, outcome, exit_code, created_ns, "
    "updated_ns, finished_ns, row_count, system_row_count, last_step FROM runs WHERE num = ?"
)
_SAVE = (
    "UPDATE runs SET name = :name, run_group = :run_group, job_type = :job_type, tags = :tags, notes = :notes, "
    "config = :config, summary = :summary, status = :status, outcome = :outcome, exit_code = :exit_code, "
    "updated_ns = :updated_ns, finished_ns = :finished_ns, row_count = :row_count, "
    "system_row_count = :system_row_count, last_step = :last_step, "
    "revision = (SELECT value FROM meta WHERE key = 'revision') WHERE num = :num"
)
_JSON = ("tags", "config", "summary")

QUIET_NS = 10 * 10**9
"""Energy is read each second. A run in progress whose pages were made anew as often would keep a machine busy."""


class RunRow:
    """One row of ``runs``, changed in memory and written back once a transaction."""

    __slots__ = ("_fields", "is_changed", "metrics", "num")

    def __init__(self, num: int, fields: dict[str, Any]) -> None:
        self.num, self._fields = num, fields
        self.is_changed = False
        self.metrics: dict[tuple[str, str], Any] = {}
        """What the points of this run know of its metrics, by kind and name."""

    @classmethod
    def load(cls, db: sqlite3.Connection, num: int) -> RunRow:
        """The row as stored."""
        cursor = db.execute(_LOAD, (num,))
        fields = dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))
        for name in _JSON:
            fields[name] = json.loads(fields[name])
        return cls(num, fields)

    @staticmethod
    def ensure(db: sqlite3.Connection, run_id: str, created_ns: int) -> int:
        """The number of the run of that id, which is made when it is new."""
        db.execute(
            "INSERT OR IGNORE INTO runs (id, name, created_ns, updated_ns) VALUES (?, ?, ?, ?)",
            (run_id, run_id, created_ns, created_ns),
        )
        return int(db.execute("SELECT num FROM runs WHERE id = ?", (run_id,)).fetchone()[0])

    def save(self, db: sqlite3.Connection) -> None:
        """Write the row back when it changed, stamped with the project's revision."""
        if self.is_changed:
            written = {name: encode(self._fields[name]) for name in _JSON}
            db.execute(_SAVE, {**self._fields, **written, "num": self.num})

    def reach_time(self, time_ns: int) -> None:
        """Note the time of the last record that arrived; alone it changes the run only every ``QUIET_NS``."""
        since_ns = time_ns - self._fields["updated_ns"]
        if since_ns >= QUIET_NS or (self.is_changed and since_ns > 0):
            self._fields["updated_ns"] = time_ns
            self.is_changed = True

    def add_rows(self, kind: str, count: int) -> int:
        """Make room for rows and return the number of the first."""
        column = "row_count" if kind == "metric" else "system_row_count"
        first = int(self._fields[column])
        self._fields[column] = first + count
        self.is_changed = self.is_changed or count > 0
        return first

    def reach(self, step: int) -> None:
        """Note a step; the highest one is where a resumed run goes on."""
        last = self._fields["last_step"]
        self._fields["last_step"] = step if last is None else max(last, step)

    def set(self, **columns: Any) -> None:
        """Set columns to what an event says."""
        self._fields.update(columns)
        self.is_changed = True

    def merge(self, column: str, values: Mapping[str, Any], removed: Iterable[str]) -> None:
        """Update the config or the summary."""
        self._fields[column].update(values)
        for name in removed:
            self._fields[column].pop(name, None)
        self.is_changed = True

    def settle(self, db: sqlite3.Connection, project: Path, now_ns: int) -> None:
        """Decide the status from what the run's writers left behind.

        A run is running while one of its writers lives. Then the last ``finish`` counts, unless a writer that never
        closed its journal wrote after it.
        """
        status: Status = "crashed"
        unclosed_ns = -1
        finished_ns = self._fields["finished_ns"]
        for name, writer, state, last_ns in db.execute(
            "SELECT name, writer, state, last_ns FROM journals WHERE run = ? AND state != 'closed'", (self.num,)
        ):
            if state == "open" and standing(json.loads(writer), _touched_ns(project, name), now_ns) == "alive":
                status = "running"
            unclosed_ns = max(unclosed_ns, last_ns)
        if status != "running" and finished_ns is not None and finished_ns >= unclosed_ns:
            status = self._fields["outcome"]
        if status != self._fields["status"]:
            self._fields["status"] = status
            self._fields["updated_ns"] = max(self._fields["updated_ns"], unclosed_ns)
            self.is_changed = True


def encode(value: Any) -> str:
    """JSON that SQLite's functions read too: NaN and infinities, which JSON lacks, become text."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_spelt(value))


def _spelt(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _spelt(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_spelt(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _touched_ns(project: Path, name: str) -> int:
    try:
        return (layout.journals(project) / name).stat().st_mtime_ns
    except OSError:
        return 0
