"""Runs that were recorded on this machine, handed to the server in a Space: each whole, and each once.

A run goes as a journal of its own, which waits beside the Space's token until it is there. What the Space has already,
as it took it in while the run went on, is not sent again; a run that has more rows here than there is sent anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from trackio.exporters.exported import ExportedRun
from trackio.importers.imported import Watch
from trackio.importers.recording import stage, staging
from trackio.importers.trackio.own import imported
from trackio.publish.homeless import homeless
from trackio.records import RunRecord
from trackio.remote import tokens
from trackio.remote.delivery import Access, Left, deliver
from trackio.remote.link import Link
from trackio.remote.place import Place
from trackio.store import layout, outbox
from trackio.store.blobs import Blobs
from trackio.store.outbox import Mark
from trackio.store.project import ProjectStore

OUTGOING = "outgoing"
WRITER = "handed"

ASK_SECONDS = 20.0
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of it."""

    runs: tuple[str, ...]
    """The ids of those that were sent."""
    going: tuple[str, ...]
    """The names of those that still go on, and were left out."""
    left: tuple[Left, ...]
    """What could not be sent."""


def hand_over(home: Path, store: ProjectStore, place: Place, progress: Progress) -> Handed:
    """Send the project's runs that the Space does not have. Raises TransportError, ImportFailed and OSError."""
    spool = home / tokens.FOLDER / layout.key(place.space_id or place.url) / OUTGOING
    spool.mkdir(parents=True, exist_ok=True)
    # One at a time: each would take away what the other has sent so far.
    with FileLock(spool / f"{layout.key(store.name)}.lock"):
        return _handed(layout.create_project(spool, store.name), store, place, progress)


def _handed(directory: Path, store: ProjectStore, place: Place, progress: Progress) -> Handed:
    waiting = {mark.run for mark in outbox.marks(store.directory)}
    # What an earlier time was cut short with, or the Space has lost since.
    deliver(outbox.marks(directory), Access(target=place, is_looked_through=True), progress)
    link = Link(place)
    watch = Watch()
    going, new = [], set[str]()
    for record in store.runs():
        if record.id in waiting:
            continue
        if record.status == "running":
            going.append(record.name)
        elif _is_wanted(link, record):
            with staging(directory) as folder:
                staged = stage(homeless(imported(ExportedRun(store, record), watch)), store.name, folder, watch)
                _put(directory, record, place, staged.journal, staged.blobs)
            new.add(record.id)
    found = deliver(outbox.marks(directory), Access(target=place, is_looked_through=True), progress)
    _clean(directory)
    return Handed(tuple(run for run in found.runs if run in new), tuple(going), found.left)


def _is_wanted(link: Link, record: RunRecord) -> bool:
    """Whether the Space lacks the run, or some of its rows; what it has of such a one is taken away."""
    there = link.resumption(record.project, record.id, ASK_SECONDS)
    # By its id: of a name there may be several.
    if not there["exists"] or there.get("id") != record.id:
        return True
    if int(there.get("row_count") or 0) >= record.row_count:
        return False
    link.remove(record.project, record.id)
    return True


def _put(directory: Path, record: RunRecord, place: Place, journal: Path, blobs: Blobs) -> None:
    target = layout.journal(directory, record.id, WRITER)
    kept = Blobs(directory)
    for name in blobs.names():
        path = kept.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        blobs.path(name).replace(path)
    # The journal first: without a mark it is written anew, and a mark without a journal would count as sent.
    journal.replace(target)
    Mark(outbox.place(directory, target.name), place.url, record.project, record.id, place.space_id).write()


def _clean(directory: Path) -> None:
    """Remove what is there for good."""
    kept: Collection[str] = outbox.names(directory)
    for path in layout.journals(directory).iterdir():
        if path.name not in kept:
            path.unlink(missing_ok=True)
    if not kept:
        shutil.rmtree(directory, ignore_errors=True)
