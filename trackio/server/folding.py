"""Brings what was received into the databases, so that it shows though nobody asks for it."""

from __future__ import annotations

import sqlite3
import threading
from time import monotonic

from trackio.errors import TrackioError, UnknownProject
from trackio.messages import logger
from trackio.store import lock
from trackio.store.home import Home

PAUSE_SECONDS = 0.5
"""Between two folds of a project: soon enough for whoever watches, and many small requests cost one fold."""

LOCK_FILE = "fold.lock"


class Folding:
    """One thread, for as long as there is something to fold, away from the one that answers.

    Of several processes one at a time works on a project. Readers fold too, whenever they look.
    """

    def __init__(self, homes: Home) -> None:
        self._homes = homes
        self._changed = threading.Condition()
        self._asked: set[str] = set()
        self._rests_until: dict[str, float] = {}
        self._told: set[str] = set()
        self._thread: threading.Thread | None = None

    def ask(self, project: str) -> None:
        """A project has something new."""
        with self._changed:
            self._asked.add(project)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="trackio-fold")
                self._thread.start()
            self._changed.notify_all()

    def _work(self) -> None:
        try:
            while (project := self._next()) is not None:
                is_done = self._fold(project)
                with self._changed:
                    self._rests_until[project] = monotonic() + PAUSE_SECONDS
                    if not is_done:
                        self._asked.add(project)
        finally:
            with self._changed:
                # Another one has begun if something was asked for since this one found nothing to do.
                if self._thread is threading.current_thread():
                    self._thread = None

    def _next(self) -> str | None:
        """The project to fold now, waited for; None when nothing is left to do, or the program ends."""
        with self._changed:
            while self._asked and threading.main_thread().is_alive():
                project = min(self._asked, key=lambda name: self._rests_until.get(name, 0.0))
                rest = self._rests_until.get(project, 0.0) - monotonic()
                if rest <= 0:
                    self._asked.discard(project)
                    return project
                self._changed.wait(rest)
            self._thread = None
            return None

    def _fold(self, project: str) -> bool:
        """Fold a project; False when another process was at it, which may not have seen the latest."""
        try:
            store = self._homes.project(project)
            with lock.attempted(store.directory / LOCK_FILE) as is_mine:
                if is_mine:
                    store.fold()
        except UnknownProject:
            # Deleted since.
            return True
        except (OSError, sqlite3.Error, TrackioError) as error:
            # What was received is safe; the next request, or whoever reads, tries again.
            if project not in self._told:
                self._told.add(project)
                logger().warning("Project %r could not be brought up to date: %s", project, error)
            return True
        self._told.discard(project)
        return is_mine
