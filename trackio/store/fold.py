"""Fold journals into the database, exactly once: a journal's position and what it held commit together."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackio import journal
from trackio.messages import logger
from trackio.store import events, layout, outbox
from trackio.store.database import transaction
from trackio.store.journals import JournalRow
from trackio.store.liveness import Standing, standing
from trackio.store.points import Points
from trackio.store.runs import RunRow

MOST_STRETCHES = 16
"""Into so many files goes what cannot be read of a chunk."""

CHUNK_BYTES = 1 << 20
"""How much of a journal is read at a time: a few MB as Python objects."""

TRANSACTION_BYTES = 8 << 20
"""How much is folded in one transaction; other processes wait for its lock."""

EMPTY_SECONDS = 60.0
"""A journal without a header is left to its writer for so long."""


def fold(db: sqlite3.Connection, project: Path, *, most_bytes: int | None = None) -> None:
    """Fold every journal of a project as far as it is written, or about ``most_bytes`` of them.

    Journals that are closed, or whose writer is gone for good, are removed once the database is safely on disk, and the
    server that is to have them has them.
    """
    left = most_bytes if most_bytes is not None else 1 << 62
    pending = _oldest_first(project, _kept(db, project))
    while pending and left > 0:
        with transaction(db):
            batch = _Batch(db, project)
            room = min(left, TRANSACTION_BYTES)
            while pending and room > 0:
                used, is_done = batch.take(pending[0], room)
                room -= used
                left -= used
                if is_done:
                    pending.pop(0)
            batch.finish()
    _remove_folded(db, project)


def is_behind(db: sqlite3.Connection, project: Path) -> bool:
    """Whether there is anything for ``fold`` to do; reads only."""
    now_ns = time.time_ns()
    waiting = outbox.names(project)
    running = {num: False for (num,) in db.execute("SELECT num FROM runs WHERE status = 'running'")}
    for path, stat in _files(project):
        row = db.execute("SELECT run, position, state, writer FROM journals WHERE name = ?", (path.name,)).fetchone()
        if row is None:
            return True
        run, position, state, writer = row
        if state == "newer":
            continue
        if state != "open" and stat.st_size <= position and path.name in waiting:
            # It stays until a server has it.
            continue
        now = standing(json.loads(writer), stat.st_mtime_ns, now_ns)
        if stat.st_size > position or state != "open" or now == "gone" or (now == "alive" and run not in running):
            return True
        if now == "alive":
            running[run] = True
    # A run that counts as running though none of its writers lives.
    return not all(running.values())


class _Batch:
    """The work of one transaction."""

    def __init__(self, db: sqlite3.Connection, project: Path) -> None:
        self._db, self._project = db, project
        self._now_ns = time.time_ns()
        self._runs: dict[int, RunRow] = {}
        self._journals: dict[str, JournalRow] = {}
        self._points = Points(db)

    def take(self, path: Path, most_bytes: int) -> tuple[int, bool]:
        """Fold up to about ``most_bytes`` of one journal; says how much, and whether its end was reached."""
        row = self._journals.get(path.name)
        if row is None:
            row = self._journals[path.name] = JournalRow.load(self._db, path.name)
        used = 0
        try:
            file = path.open("rb")
        except FileNotFoundError:
            # Another process has folded and removed it since the folder was listed.
            return 0, True
        with file:
            # Asked before the last read: what a gone writer has left is then all there is.
            stat = os.fstat(file.fileno())
            is_new = not row.writer
            now = self._standing(row, stat)
            for scan, data in _scans(file, row):
                self._apply(row, scan)
                self._set_aside(row, data, scan.damaged)
                row.position += scan.end
                used += scan.end
                if used >= most_bytes:
                    return used, False
            if row.state == "newer":
                return used, True
            if not row.writer and row.position == 0:
                self._give_up_headless(row, path, stat)
            elif now == "gone" and row.state == "open":
                file.seek(row.position)
                rest = file.read()
                self._set_aside(row, rest, [(0, len(rest))] if rest else [])
                row.position += len(rest)
                row.state = "gone"
        if is_new and row.writer:
            # Now that the writer is known, its standing can be asked.
            again, is_done = self.take(path, most_bytes)
            return used + again, is_done
        return used, True

    def finish(self) -> None:
        """Write everything back, with the status that each run now has."""
        self._points.flush()
        for row in self._journals.values():
            row.save(self._db)
        for num in self._with_open_journals():
            self._run(num)
        changed = False
        for run in self._runs.values():
            run.settle(self._db, self._project, self._now_ns)
            changed = changed or run.is_changed
        if changed:
            self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
            for run in self._runs.values():
                run.save(self._db)

    def _with_open_journals(self) -> list[int]:
        query = "SELECT num FROM runs WHERE status = 'running' UNION SELECT run FROM journals WHERE state = 'open'"
        return [num for (num,) in self._db.execute(query) if num is not None]

    def _run(self, num: int) -> RunRow:
        run = self._runs.get(num)
        if run is None:
            run = self._runs[num] = RunRow.load(self._db, num)
        return run

    def _standing(self, row: JournalRow, stat: os.stat_result) -> Standing:
        return standing(row.writer, stat.st_mtime_ns, self._now_ns) if row.writer else "silent"

    def _apply(self, row: JournalRow, scan: journal.Scan) -> None:
        if scan.header is not None:
            row.begin(self._db, scan.header, is_received=layout.received(self._project, row.name).exists())
        if row.run is None:
            return
        run = self._run(row.run)
        if scan.header is not None:
            run.is_changed = True
        latest = self._points.add(run, row.schemas, row.tickets, scan)
        for event in scan.events:
            latest = max(latest, events.apply(self._db, run, event))
            if event.get("event") in ("finish", "close"):
                row.state = "closed"
        row.last_ns = max(row.last_ns, latest)
        run.reach_time(row.last_ns)

    def _set_aside(self, row: JournalRow, data: bytes, damaged: list[tuple[int, int]]) -> None:
        for start, pieces in _together(damaged):
            folder = layout.set_aside(self._project)
            folder.mkdir(exist_ok=True)
            kept = folder / f"{row.name}.{row.position + start}"
            unread = b"".join(data[piece] for piece in pieces)
            kept.write_bytes(unread)
            row.damaged_bytes += len(unread)
            logger().warning(
                "%d bytes of a journal could not be read and were set aside in %s; the rest was kept.",
                len(unread),
                kept,
            )

    def _give_up_headless(self, row: JournalRow, path: Path, stat: os.stat_result) -> None:
        # The writer was killed between creating the file and writing its first bytes, or those were lost. What comes
        # over HTTP is sent again.
        if layout.received(self._project, row.name).exists():
            return
        if (self._now_ns - stat.st_mtime_ns) / 1e9 > EMPTY_SECONDS:
            data = path.read_bytes()
            self._set_aside(row, data, [(0, len(data))] if data else [])
            row.position, row.state = len(data), "gone"


def _together(damaged: list[tuple[int, int]]) -> list[tuple[int, list[slice]]]:
    """Where each stretch begins that is set aside, and its pieces: neighbours in one, and all that is after the last.

    A writer that is broken may leave millions of frames that nobody can read, which shall not be as many files.
    """
    found: list[tuple[int, list[slice]]] = []
    end = -1
    for start, stop in damaged:
        if found and (start == end or len(found) == MOST_STRETCHES):
            found[-1][1].append(slice(start, stop))
        else:
            found.append((start, [slice(start, stop)]))
        end = stop
    return found


def _scans(file: Any, row: JournalRow) -> Iterator[tuple[journal.Scan, bytes]]:
    """Scans of a journal from where it was left to where it ends, a chunk at a time."""
    size = CHUNK_BYTES
    while True:
        file.seek(row.position)
        data = file.read(size)
        is_tail = len(data) < size
        scan = journal.scan(data, row.schemas, is_tail=is_tail)
        row.state = "newer" if scan.header and scan.header.get("format") not in journal.READABLE else row.state
        if row.state == "newer":
            # Left as it is for a trackio that can read it.
            return
        # Nothing can be said of rows whose run is unknown.
        is_known = row.run is not None or scan.header is not None
        if is_known:
            yield scan, data
        if is_tail:
            return
        # A frame longer than a chunk needs a larger one.
        size = CHUNK_BYTES if scan.end and is_known else size * 2


def _files(project: Path) -> list[tuple[Path, os.stat_result]]:
    """The journals of a project, with what the file system knows of them."""
    found: list[tuple[Path, os.stat_result]] = []
    try:
        with os.scandir(layout.journals(project)) as entries:
            for entry in entries:
                if entry.name.endswith(layout.JOURNAL_SUFFIX):
                    try:
                        found.append((Path(entry.path), entry.stat()))
                    except FileNotFoundError:
                        continue
    except FileNotFoundError:
        pass
    return found


def _ended(db: sqlite3.Connection) -> set[str]:
    """The names of the journals that nobody will write to again."""
    return {name for (name,) in db.execute("SELECT name FROM journals WHERE state IN ('closed', 'gone')")}


def _kept(db: sqlite3.Connection, project: Path) -> set[str]:
    """Those of them that stay though all of them is here; there may be many after a long outage."""
    waiting = outbox.names(project)
    return waiting & _ended(db) if waiting else set()


def _oldest_first(project: Path, kept: set[str]) -> list[Path]:
    """The other journals by when they were begun, so that runs are numbered in that order."""

    def begun(path: Path) -> tuple[int, str]:
        try:
            with path.open("rb") as file:
                header = journal.scan(file.read(4096), {}).header
        except OSError:
            header = None
        return (int(header["created_ns"]) if header else 0, path.name)

    paths = [path for path, _ in _files(project) if path.name not in kept]
    return sorted(paths, key=begun) if len(paths) > 1 else paths


def _remove_folded(db: sqlite3.Connection, project: Path) -> None:
    """Remove the journals that nobody will write to again, once what they held is on disk in the database."""
    done = _ended(db) - outbox.names(project)
    paths = [path for path, _ in _files(project) if path.name in done]
    if not paths:
        return
    _, pages, moved = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if pages == moved:
        for path in paths:
            path.unlink(missing_ok=True)
            layout.received(project, path.name).unlink(missing_ok=True)
