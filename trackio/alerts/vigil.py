"""Looks for what a run shall be alerted of, in what it journals and what its machine shows; never in ``log()``."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

from trackio import journal
from trackio.alerts import findings
from trackio.alerts.findings import Finding
from trackio.alerts.rules import Rules

MOST_BYTES = 256 << 10
"""How much of the journal one look reads: some 10 ms a second. Of a script that logs more, the rest waits."""

LAST_SECONDS = 5.0
"""How long the last look reads."""

LOCK_SECONDS = 0.5
AGAIN_BELOW = 0.05
"""How far the memory in use has to fall below the limit before it is told again."""

_MEMORY = re.compile(r"system/(?:.+/)?gpu/(\d+)/memory_percent")


class Vigil:
    """Watches over one run in one process. ``look`` may be called from any thread; the clock is monotonic, in seconds.

    ``is_quiet_at_first`` says that silence counts from the first row on, as in a rank that may log nothing at all.
    """

    def __init__(self, now: float, *, is_quiet_at_first: bool = False) -> None:
        self.rules = Rules()
        self.is_over = False
        """Whether the end of the run was looked at."""
        self._path: Path | None = None
        self._position = 0
        self._schemas: dict[int, journal.Schema] = {}
        self._seen: set[str] = set()
        self._row_at: float | None = None if is_quiet_at_first else now
        self._is_silent = False
        self._readings: dict[str, float] = {}
        self._full: set[str] = set()
        self._lock = threading.RLock()

    def continue_in_child(self) -> None:
        """Called in the child right after a ``fork``, whose silence means nothing: the parent may do the logging."""
        self._lock = threading.RLock()
        self._row_at = None
        self.rules = self.rules.changed(silence_minutes=False)

    def see(self, readings: Mapping[str, float]) -> None:
        """Note what the machine shows; looked at with the next look."""
        if self.rules.gpu_memory is not None:
            # Another thread may be looking at those there are.
            self._readings = {**self._readings, **readings}

    def look(self, path: Path, kept_rows: int, now: float) -> list[Finding]:
        """What is new since the last look, for which a part of the journal is read.

        ``kept_rows`` are rows that wait for a disk, which the journal does not show.
        """
        if not self._lock.acquire(timeout=LOCK_SECONDS):
            return []
        try:
            found: list[Finding | None] = [*self._memory()]
            if self.rules.nan or self.rules.silence_minutes is not None:
                rows, numbers = self._read(path)
                found += [numbers, self._silence(rows + kept_rows > 0, now)]
        finally:
            self._lock.release()
        return [one for one in found if one is not None]

    def look_last(self, path: Path) -> list[Finding]:
        """Likewise at the end, with all that is left of the journal."""
        if self.is_over or not self._lock.acquire(timeout=LOCK_SECONDS):
            return []
        try:
            self.is_over = True
            found: list[Finding] = []
            until = monotonic() + LAST_SECONDS
            while self.rules.nan and monotonic() < until:
                before = self._position
                numbers = self._read(path)[1]
                found += [] if numbers is None else [numbers]
                if self._position == before:
                    break
        finally:
            self._lock.release()
        return found

    def _read(self, path: Path) -> tuple[int, Finding | None]:
        """How many rows the next part of the journal holds, and what in them is no number for the first time."""
        if path != self._path:
            self._path, self._position, self._schemas = path, 0, {}
        try:
            with path.open("rb") as file:
                size = MOST_BYTES
                while True:
                    file.seek(self._position)
                    data = file.read(size)
                    is_tail = len(data) < size
                    scan = journal.scan(data, self._schemas, is_tail=is_tail)
                    if scan.end or is_tail:
                        break
                    # A frame longer than what was read.
                    size *= 2
        except OSError:
            # Not there so far, or gone: the writer tells of that.
            return 0, None
        self._position += scan.end
        rows = scan.counts["metric"] + scan.counts["late"]
        return rows, self._not_numbers(scan) if self.rules.nan else None

    def _not_numbers(self, scan: journal.Scan) -> Finding | None:
        found: dict[str, tuple[float, int]] = {}
        for number, rows in scan.rows.items():
            schema = self._schemas[number]
            if schema.kind == "system":
                continue
            places = [
                (place, name)
                for place, (name, code) in enumerate(zip(schema.keys, schema.codes, strict=True), start=3)
                if code == "d" and name not in self._seen
            ]
            for place, name in places:
                for _, row in rows:
                    value = row[place]
                    # Of a number it is 0, and NaN of all others.
                    if value - value != 0:
                        if name not in found or row[1] < found[name][1]:
                            found[name] = value, row[1]
                        break
        self._seen.update(found)
        return findings.not_numbers(found) if found else None

    def _silence(self, has_rows: bool, now: float) -> Finding | None:
        minutes = self.rules.silence_minutes
        before, self._row_at = self._row_at, now if has_rows else self._row_at
        if minutes is None or before is None:
            self._is_silent = False
            return None
        if has_rows:
            was_silent, self._is_silent = self._is_silent, False
            return findings.goes_on(now - before) if was_silent else None
        if self._is_silent or now - before < 60 * minutes:
            return None
        self._is_silent = True
        return findings.silence(minutes)

    def _memory(self) -> list[Finding]:
        limit = self.rules.gpu_memory
        readings, self._readings = self._readings, {}
        found: list[Finding] = []
        if limit is None:
            return found
        for name, percent in readings.items():
            device = _MEMORY.fullmatch(name)
            if device is None:
                continue
            if percent / 100 < limit - AGAIN_BELOW:
                self._full.discard(name)
            elif percent / 100 >= limit and name not in self._full:
                self._full.add(name)
                found.append(findings.gpu_memory(device[1], percent / 100))
        return found
