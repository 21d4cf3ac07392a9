"""Moves a run to another project of the same home, whole or not at all.

It is copied as an import copies it, and deleted when the copy is there. Whoever is killed in between leaves the run
where it was, or in both; doing it again ends it.
"""

from __future__ import annotations

from filelock import FileLock

from trackio.errors import TrackioError, UnknownRun, UsageError
from trackio.exporters.exported import ExportedRun
from trackio.importers.imported import ImportedRun, Watch
from trackio.importers.recording import commit, stage, staging
from trackio.importers.trackio.own import imported
from trackio.records import RunRecord
from trackio.server import along
from trackio.store import deleted
from trackio.store.project import ProjectStore

LOCK_FILE = "move.lock"


class NotMoved(TrackioError):
    """A run stays where it is."""

    def __init__(self, name: str, reason: str, step: str) -> None:
        self.name, self.reason, self.step = name, reason, step
        super().__init__(f"Run {name!r} was not moved: {reason}. {step}")


def move(source: ProjectStore, run_id: str, target: ProjectStore) -> None:
    """Move the run of that id, with rows, media, files, alerts, energy and the artifacts that it logged.

    What `trackio.server.along` says of artifacts holds. Raises UnknownRun and NotMoved.
    """
    if target.directory == source.directory:
        raise UsageError(f"The run is in project {target.name!r} already. Name another project.")
    # One at a time: two would bring it to two places.
    with FileLock(source.directory / LOCK_FILE):
        source.catch_up()
        record = known(source, run_id)
        if record.status == "running":
            raise NotMoved(record.name, "it is still running", "Move it when it has ended.")
        # First: what comes of it from now on would be lost.
        deleted.note(source.directory, run_id)
        try:
            source.fold()
            _copy(source, known(source, run_id), target)
        except BaseException:
            deleted.forget(source.directory, run_id)
            raise
        along.leave(source, run_id)
        source.delete_run(run_id)


def known(store: ProjectStore, run_id: str) -> RunRecord:
    """The run of just that id, after ``catch_up``; raises UnknownRun for the name of one, which others may share."""
    record = store.run(run_id)
    if record.id != run_id:
        raise UnknownRun(run_id, [record.id], store.name)
    return record


def _copy(source: ProjectStore, record: RunRecord, target: ProjectStore) -> None:
    watch = Watch()
    run = imported(ExportedRun(source, record), watch)
    target.catch_up()
    if _is_there(target, run):
        return
    reason = along.clash(run, target)
    if reason is not None:
        raise NotMoved(record.name, reason, "Nothing was changed.")
    along.adapt(run, source, target)
    before = along.latest(run, target)
    with staging(target.directory) as folder:
        staged = stage(run, target.name, folder, watch)
        if watch.notes:
            what = "; ".join(watch.notes)
            raise NotMoved(record.name, f"not all of it can be copied ({what})", "Nothing was changed.")
        commit(target, run, staged)
    if known(target, record.id).row_count != record.row_count:
        target.delete_run(record.id)
        raise NotMoved(record.name, "its copy does not have all of its rows", "Nothing was changed.")
    along.settle(target, before)


def _is_there(target: ProjectStore, run: ImportedRun) -> bool:
    """Whether a move that was interrupted has brought the run; raises NotMoved where another one has its id."""
    try:
        there = known(target, run.id)
    except UnknownRun:
        return False
    if any(event.get("fingerprint") == run.fingerprint for event in target.events(run.id, "import")):
        return True
    raise NotMoved(
        there.name, f"project {target.name!r} has another run with the id {run.id!r}", "Delete that one first."
    )
