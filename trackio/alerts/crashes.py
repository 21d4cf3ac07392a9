"""Alerts of runs that were killed: their processes can say nothing, so whoever looks at them does.

A run that asked for it has the event ``alert_rules``. What is found is recorded in a journal of its own, whose name
follows from the journals that nobody closed: so it is recorded once, however many look, and whenever.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path
from time import time_ns
from typing import Any

from trackio import journal
from trackio.alerts import findings
from trackio.alerts.delivery import Delivery
from trackio.alerts.findings import Finding
from trackio.alerts.levels import AlertLevel
from trackio.alerts.message import Message
from trackio.alerts.places import Outlets
from trackio.alerts.rules import EVENT
from trackio.errors import TrackioError
from trackio.messages import logger
from trackio.records import AlertRecord
from trackio.store import layout, lock
from trackio.store.crashed import Crash
from trackio.store.home import Home
from trackio.store.liveness import identity
from trackio.store.project import ProjectStore

SILENT_SECONDS = 300.0
"""A process elsewhere counts as lost when it was not heard of for so long: its network may be down for a while."""

LOOK_SECONDS = 5.0
"""How often a server looks."""

LOCK_FILE = "crashes.lock"


def note_crashes(store: ProjectStore) -> list[AlertRecord]:
    """Record an alert for each run that crashed since the last look and asked for one; the new ones.

    Catches the store up. Empty where nothing can be written, and while another process looks.
    """
    store.catch_up()
    if not _crashed(store):
        return []
    try:
        with lock.attempted(store.directory / LOCK_FILE) as is_mine:
            if not is_mine:
                return []
            noted = {crash.run_id for crash in _crashed(store) if _note(store, crash)}
            store.catch_up()
    except OSError:
        # A home that is only read: who may write it will tell.
        return []
    alerts = [alert for run_id in sorted(noted) for alert in store.alerts(run_id)]
    newest = {alert.run_id: alert for alert in sorted(alerts, key=lambda alert: alert.num) if _is_of_crash(alert)}
    return list(newest.values())


class Watch:
    """Looks at all projects of a home every few seconds, and tells ``outlets`` of crashes; for a server.

    Only projects with news are looked at. ``page`` gives the address of a run's page, by project and run id.
    """

    def __init__(self, home: Home, outlets: Outlets, page: Callable[[str, str], str] | None = None) -> None:
        self._home, self._outlets, self._page = home, outlets, page
        self._delivery = Delivery()
        self._seen: dict[str, Any] = {}
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        self._told: set[str] = set()

    def start(self) -> None:
        """Look from now on, in a thread."""
        self._delivery.prepare(self._outlets.places, self)
        self._thread = threading.Thread(target=self._work, name="trackio-crashes", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """Look no more; what was found is still sent, if that is soon done."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(seconds)
        self._delivery.leave(seconds)

    def look(self) -> list[AlertRecord]:
        """Look once; the alerts that are new."""
        found: list[AlertRecord] = []
        for name in self._projects():
            try:
                found += self._look(self._home.project(name))
            except (TrackioError, OSError, sqlite3.Error) as error:
                # One that cannot be read, or was deleted just now, hides none of the others.
                self.warn(f"project {name}", f"Crashes of runs of project {name!r} may go untold: {error}")
            else:
                self.forget(f"project {name}")
        return found

    def _projects(self) -> list[str]:
        try:
            names = self._home.projects()
        except OSError as error:
            # Too many open files, or a disk that is gone for a while: the next look may find them again.
            self.warn("home", f"Crashes of runs may go untold: {error}")
            return []
        self.forget("home")
        return names

    def _look(self, store: ProjectStore) -> list[AlertRecord]:
        before = _news(store)
        # A journal may be there for long without news, and then its process is gone.
        if before == self._seen.get(store.name) and not before[0]:
            return []
        new = note_crashes(store)
        self._seen[store.name] = _news(store)
        self.tell(store.name, new)
        return new

    def tell(self, project: str, alerts: Iterable[AlertRecord]) -> None:
        """Have the outlets told of alerts of a project; returns at once."""
        for alert in alerts:
            level = AlertLevel(alert.level)
            url = None if self._page is None else self._page(project, alert.run_id)
            message = Message(
                project=project,
                run=alert.run_name,
                run_id=alert.run_id,
                level=level,
                title=alert.title,
                text=alert.text or "",
                step=alert.step,
                time_ns=alert.time_ns,
                data=alert.data,
                url=url,
            )
            self._delivery.post(message, self._outlets.told_of(level), self)

    def warn(self, topic: str, message: str) -> None:
        """Log a warning once a topic."""
        if topic not in self._told:
            self._told.add(topic)
            logger().warning("%s", message)

    def forget(self, topic: str) -> None:
        """Log the next one of a topic again."""
        self._told.discard(topic)

    def _work(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            self.look()


def _is_of_crash(alert: AlertRecord) -> bool:
    return isinstance(alert.data, dict) and alert.data.get(findings.RULE) == "crash"


def _crashed(store: ProjectStore) -> list[Crash]:
    return store.crashed(EVENT, time_ns() - int(SILENT_SECONDS * 1e9))


def _note(store: ProjectStore, crash: Crash) -> bool:
    """Record that a run crashed; False when that was done before."""
    writer = blake2b("\n".join(crash.journals).encode(), digest_size=6).hexdigest()
    path = layout.journal(store.directory, crash.run_id, writer)
    if store.has_journal(path.name) or path.exists():
        return False
    now_ns = time_ns() // 1000 * 1000
    found = _finding(crash)
    alert = journal.event(
        "alert",
        now_ns,
        title=found.title,
        text=found.text,
        level=found.level.value.lower(),
        step=found.step,
        data=dict(found.data),
        # The run was over by then, and does not last longer for it.
        is_noted_after=True,
    )
    frames = [
        journal.header(crash.run_id, store.name, crash.last_ns, identity()),
        journal.frame(journal.EVENT, alert),
        journal.frame(journal.EVENT, journal.event("close", now_ns, is_noted_after=True)),
    ]
    _write(path, b"".join(frames))
    return True


def _finding(crash: Crash) -> Finding:
    data = {findings.RULE: "crash"}
    if crash.is_gone:
        text = "Its process ended without a word, as when it is killed or the memory runs out."
        return Finding("Run crashed", text, AlertLevel.ERROR, data, crash.last_step)
    text = f"Nothing was heard of it for {SILENT_SECONDS / 60:.0f} minutes: it was killed, or cannot be reached."
    return Finding("Run is lost", text, AlertLevel.ERROR, data, crash.last_step)


def _write(path: Path, data: bytes) -> None:
    """Write a whole file at once: whoever folds sees all of it, or nothing."""
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _news(store: ProjectStore) -> tuple[Any, ...]:
    """What tells that there may be news: journals that wait, and when the database was written last."""
    try:
        waiting = any(layout.journals(store.directory).iterdir())
    except OSError:
        waiting = False
    times = []
    for path in (store.path, store.path.with_name(f"{store.path.name}-wal")):
        try:
            times.append(path.stat().st_mtime_ns)
        except OSError:
            times.append(0)
    return waiting, *times
