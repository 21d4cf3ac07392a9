"""A project of another home of this trackio: everything that was recorded, its files and artifacts among it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trackio.errors import StoreError
from trackio.exporters.description import describe
from trackio.exporters.exported import Carried, ExportedRun
from trackio.importers.description import energy_event, restored
from trackio.importers.imported import ImportedRun, ImportFailed, Row, Watch
from trackio.importers.kept import kept_rows
from trackio.store import layout
from trackio.store.project import ProjectStore
from trackio.store.rows import LoggedRow


def runs(folder: Path, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of a project, by when they began."""
    store = ProjectStore(str(layout.project_name(folder)), folder)
    try:
        store.catch_up()
        records = sorted(store.runs(), key=lambda record: record.created_ns)
    except StoreError as error:
        watch.failed(ImportFailed(store.path, str(error).rstrip(".")))
        return
    for record in records:
        yield imported(ExportedRun(store, record), watch)


def imported(source: ExportedRun, watch: Watch) -> ImportedRun:
    """One run, to be recorded in another project; what cannot come along is noted."""
    carried = Carried("")
    run = restored(describe(source, carried), source.blobs, watch)
    for what, count in carried.lost.items():
        watch.note(what, count)
    run.rows = lambda: _rows(source, source.rows())
    run.system_rows = lambda: _rows(source, source.system_rows())
    run.energy = lambda: map(energy_event, source.energy())
    return run


def _rows(source: ExportedRun, rows: Iterator[LoggedRow]) -> Iterator[Row]:
    try:
        yield from kept_rows(rows, source.blobs)
    except StoreError as error:
        raise ImportFailed(source.store.path, str(error).rstrip(".")) from error
