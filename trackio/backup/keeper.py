"""Backs a home up every few minutes, brings it back to an empty disk, and knows what is safe.

The archive is the truth: what is not in it, its senders still have, for they keep their journals until they are told
that it is. So a home that another server has gone on from gives way to the archive.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from trackio.backup.archives import Archive, Overtaken
from trackio.backup.manifest import Manifest
from trackio.backup.restoring import restore
from trackio.backup.snapshots import Snapshot, Snapshots
from trackio.errors import PublishError
from trackio.messages import logger
from trackio.publish.told import status, wanted
from trackio.store import layout
from trackio.store.home import Home
from trackio.transport import Backoff

INTERVAL_SECONDS = 300.0
HURRIED_SECONDS = 30.0
"""And how soon after the last what people have changed is backed up; the Hub takes some 120 commits an hour."""
STATE = "backup.json"
"""In the home: which backup it is of."""
DRAFTS = "backup.part"
"""And files on their way."""
SHUT = (401, 403)


class Keeper:
    """The backups of one home; safe from many threads."""

    def __init__(self, home: Path, archive: Archive, interval_seconds: float = INTERVAL_SECONDS) -> None:
        self._home, self._archive, self._interval_seconds = home, archive, interval_seconds
        home.mkdir(parents=True, exist_ok=True)
        self._snapshots = Snapshots(Home(home))
        self._last: Manifest | None = None
        self._durable: Mapping[str, Mapping[str, int]] = {}
        self._ended = threading.Event()
        self._hurried = threading.Event()
        self._thread: threading.Thread | None = None
        self._working = threading.Lock()
        self._asked_seconds: float | None = None
        """How long the archive wants to be left alone."""
        self._is_shut = False
        """Whether nothing can be read or written there."""
        self.is_overtaken = False
        """Whether another server has gone on from here: `prepare` has to be called anew."""

    def durable(self, project: str, journal: str) -> int:
        """How much of a journal is in the archive."""
        return self._durable.get(project, {}).get(journal, 0)

    def prepare(self) -> None:
        """Bring the home to where the archive is; waits as long as that cannot be read.

        Where this server may not read it, it goes without, and nothing that it takes in counts as safe.
        """
        backoff = Backoff()
        while not self._ended.is_set():
            try:
                self._restore()
            except Exception as error:  # noqa: BLE001 - the archive may be another's work
                if status(error.__cause__ or error) in SHUT:
                    logger().warning(
                        "%s What is logged is kept on the machines that log it until that is mended.", error
                    )
                    self._is_shut = True
                    return
                logger().warning("%s It is tried again; nobody is answered before.", error)
                self._ended.wait(backoff.failed())
            else:
                return

    def start(self, overtaken: Callable[[], None]) -> None:
        """Back up from now on; ``overtaken`` is called when another server has gone on from here."""
        self._thread = threading.Thread(target=self._work, args=(overtaken,), name="trackio-backup", daemon=True)
        self._thread.start()

    def hurry(self) -> None:
        """Back up soon: what people change there nobody could send again."""
        self._hurried.set()

    def stop(self) -> None:
        """Back up a last time, and be done."""
        self._ended.set()
        self._hurried.set()
        if self._thread is not None:
            self._thread.join()
        if not self.is_overtaken:
            self.back_up()

    def back_up(self) -> bool:
        """Back up what has changed since the last time; False where that failed, which is told."""
        if self._is_shut:
            return False
        with self._working:
            try:
                self._keep()
            except Overtaken as error:
                logger().warning("%s", error)
                self.is_overtaken = True
                return False
            except Exception as error:  # noqa: BLE001 - a thread that ended would take all later backups with it
                self._snapshots.forget()
                self._asked_seconds = wanted(error.__cause__ or error)
                logger().warning("The backup failed, and is tried again: %s", error)
                return False
        return True

    def _work(self, overtaken: Callable[[], None]) -> None:
        backoff = Backoff(most_seconds=self._interval_seconds)
        while not self._ended.is_set():
            is_done = self.back_up()
            if self.is_overtaken:
                overtaken()
                return
            if is_done:
                backoff.succeeded()
                self._rest()
            else:
                self._ended.wait(backoff.failed(self._asked_seconds))

    def _rest(self) -> None:
        first_seconds = min(HURRIED_SECONDS, self._interval_seconds)
        self._ended.wait(first_seconds)
        self._hurried.wait(self._interval_seconds - first_seconds)
        self._hurried.clear()

    def _restore(self) -> None:
        self._last = self._archive.read()
        self._durable = {}
        if self._last is None or self._last.id in self._known():
            return
        restore(self._home, self._archive, self._last)
        self._note(self._last.id)
        count = len(self._last.projects)
        logger().warning("Brought back from %s: %d project%s.", self._archive.place, count, "" if count == 1 else "s")

    def _keep(self) -> None:
        projects = layout.projects_directory(self._home)
        if self._last is not None and self._last.projects and _is_empty(projects):
            raise PublishError("The backup stays as it is", f"{projects} is gone", "See to the disk, and start again.")
        folder = self._home / DRAFTS
        try:
            shutil.rmtree(folder, ignore_errors=True)
            found = self._snapshots.take(folder, self._last)
            if found.manifest.projects != ({} if self._last is None else self._last.projects):
                self._send(found)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._durable = found.positions

    def _send(self, found: Snapshot) -> None:
        before = set() if self._last is None else self._last.paths()
        wanted = found.manifest.paths()
        sources = {path: found.sources[path] for path in sorted(wanted - before)}
        # First: whoever is cut short after it was sent knows it for its own.
        self._note(*([] if self._last is None else [self._last.id]), found.manifest.id)
        try:
            self._archive.keep(found.manifest, sources, before - wanted, None if self._last is None else self._last.id)
        except Overtaken as error:
            if error.found is None or error.found.id not in self._known():
                raise
            # It is ours: its answer was lost on its way.
            self._last = error.found
            raise PublishError("The backup is there", "its answer was lost", "The next goes on from it.") from error
        self._last = found.manifest
        self._note(found.manifest.id)

    def _known(self) -> list[str]:
        """The ids of the backups that this home may be of."""
        if _is_empty(layout.projects_directory(self._home)):
            return []
        try:
            state = json.loads((self._home / STATE).read_text("utf-8"))
            return [str(one) for one in state["ids"]] if state["place"] == self._archive.place else []
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def _note(self, *ids: str) -> None:
        draft = self._home / f"{STATE}.part"
        draft.write_text(json.dumps({"place": self._archive.place, "ids": ids}), encoding="utf-8")
        draft.replace(self._home / STATE)


def _is_empty(folder: Path) -> bool:
    """Whether there is nothing at all: of projects that a server deletes, marks stay."""
    return not folder.is_dir() or not any(folder.iterdir())
