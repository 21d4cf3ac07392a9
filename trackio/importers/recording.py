"""Imported runs get into the store: each as a whole or not at all, and each once.

A run is written beside its place, with its files, and moved there when all of it is read, so an import that is
interrupted leaves nothing behind. A run that was imported before is left alone; when its source has changed since, as
the files of a training in progress do, it is replaced.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from filelock import FileLock

from trackio.errors import UnknownRun
from trackio.importers.frames import written
from trackio.importers.imported import ImportedRun, ImportFailed, Watch
from trackio.store import layout, lock
from trackio.store.blobs import Blobs
from trackio.store.project import ProjectStore

_BUFFER_BYTES = 1 << 20
_STAGING = "importing-"
_NEW_SECONDS = 60.0

Outcome: TypeAlias = Literal["new", "replaced", "unchanged"]


def record(store: ProjectStore, runs: Iterable[ImportedRun], watch: Watch | None = None) -> list[ImportedRun]:
    """Add runs by when they began and seal them; returns those that are new or have changed.

    Raises ImportFailed, from the rows of a run too; that run is then not there.
    """
    store.catch_up()
    added = []
    with staging(store.directory) as folder:
        for run in sorted(runs, key=_began):
            if standing(store, run) != "unchanged":
                commit(store, run, stage(run, store.name, folder, watch or Watch()))
                added.append(run)
    return added


@dataclass(frozen=True, slots=True)
class Staged:
    """A run on its way: a whole journal, and the files that it refers to."""

    journal: Path
    blobs: Blobs


def stage(run: ImportedRun, project: str, folder: Path, watch: Watch) -> Staged:
    """Write a run beside its place."""
    shutil.rmtree(layout.files(folder), ignore_errors=True)
    staged = Staged(folder / "run.journal", Blobs(folder))
    with staged.journal.open("wb", buffering=_BUFFER_BYTES) as file:
        file.writelines(written(run, project, staged.blobs, watch))
    return staged


def commit(store: ProjectStore, run: ImportedRun, staged: Staged) -> Outcome:
    """Move a run to its place, fold and seal it."""
    # One import at a time: another may bring the same run.
    with FileLock(store.directory / "import.lock"):
        outcome = standing(store, run)
        if outcome == "unchanged":
            return outcome
        for name in staged.blobs.names():
            target = store.blobs.path(name)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                staged.blobs.path(name).replace(target)
        if outcome == "replaced":
            store.delete_run(run.id)
        path = layout.journal(store.directory, run.id, "import")
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.journal.replace(path)
        # One at a time: runs that began at the same moment are numbered in the order in which they are folded.
        store.fold()
        if run.id in store.unsealed():
            store.seal(run.id)
    return outcome


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A folder for runs on their way, removed afterwards; so is what an import that was killed has left."""
    _sweep(parent)
    folder = parent / f"{_STAGING}{os.getpid()}-{os.urandom(4).hex()}"
    folder.mkdir(parents=True)
    try:
        with lock.attempted(folder / "lock"):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_STAGING}*"):
        try:
            # One that was just made may not have its lock yet.
            is_new = time.time() - folder.stat().st_mtime < _NEW_SECONDS
            with lock.attempted(folder / "lock") as is_abandoned:
                if is_abandoned and not is_new:
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            # Its own import has removed it in the meantime.
            continue


def standing(store: ProjectStore, run: ImportedRun) -> Outcome:
    """What becomes of a run when it is added now."""
    try:
        known = store.run(run.id)
    except UnknownRun:
        return "new"
    if known.id != run.id:
        # That is another run's name.
        return "new"
    imports = store.events(run.id, "import")
    before = [event.get("fingerprint") for event in imports]
    # One that was recorded here, and comes back from an export of it, is the better copy.
    if not before or not run.fingerprint or run.fingerprint in before:
        return "unchanged"
    if any(event.get("origin") not in (None, run.origin) for event in imports):
        raise ImportFailed(
            run.name, f"{store.name!r} has another run with the id {run.id}; import it to another project"
        )
    if known.status == "running":
        raise ImportFailed(run.name, f"the run {run.id} was resumed here and is in progress, so it is not replaced")
    return "replaced"


def _began(run: ImportedRun) -> int:
    if run.created_ns is None and isinstance(run.rows, list):
        return min((time_ns for _, time_ns, _ in run.rows), default=0)
    return run.created_ns or 0
