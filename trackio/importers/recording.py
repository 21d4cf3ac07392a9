"""Imported runs become finished journals, which the store folds as it folds those of a run that was logged here.

A journal is written beside its place and then moved there, so an import that is interrupted leaves nothing behind and
a run is either there as a whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trackio import journal
from trackio.errors import TrackioError
from trackio.records import Scalar
from trackio.store import layout
from trackio.store.project import ProjectStore

_BUFFER_BYTES = 1 << 20
_CODES = {float: "d", int: "q", bool: "?", str: "s"}


class ImportFailed(TrackioError):
    """A file cannot be imported; the message names the file, and the line where there is one."""

    def __init__(self, path: Path, reason: str, line: int | None = None) -> None:
        self.path, self.reason, self.line = path, reason, line
        super().__init__(f"{path}{'' if line is None else f', line {line}'}: {reason}. Nothing was imported from it.")


@dataclass(slots=True)
class ImportedRun:
    """A run as its file tells it."""

    id: str
    """Made from the content, so that the same file gives the same run."""
    name: str
    group: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    rows: list[tuple[int, int, Mapping[str, Scalar]]] = field(default_factory=list)
    """Step, time in nanoseconds, values; in order of arrival."""

    @property
    def created_ns(self) -> int:
        """The earliest time; 0 without rows."""
        return min((time_ns for _, time_ns, _ in self.rows), default=0)

    @property
    def finished_ns(self) -> int:
        """The latest time; 0 without rows."""
        return max((time_ns for _, time_ns, _ in self.rows), default=0)


def record(store: ProjectStore, runs: Sequence[ImportedRun]) -> list[ImportedRun]:
    """Add those runs that the project does not have yet, by when they began, seal them, and return them."""
    store.catch_up()
    known = {one.id for one in store.runs()}
    new = sorted((run for run in runs if run.id not in known), key=lambda run: run.created_ns)
    for run in new:
        _write(store, run)
        # One at a time: runs that began at the same moment are numbered in the order in which they are folded.
        store.fold()
        store.seal(run.id)
    return new


def _write(store: ProjectStore, run: ImportedRun) -> None:
    path = layout.journal(store.directory, run.id, "import")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    try:
        with unfinished.open("wb", buffering=_BUFFER_BYTES) as file:
            file.writelines(_frames(store.name, run))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _frames(project: str, run: ImportedRun) -> Iterator[bytes]:
    header = journal.frame(
        journal.HEADER,
        journal.encode(
            {
                "format": journal.FORMAT,
                "run": run.id,
                "project": project,
                "created_ns": run.created_ns,
                "writer": {"imported": True},
            }
        ),
    )
    yield header * 2
    identity = {"event": "run", "time_ns": run.created_ns, "name": run.name, "group": run.group}
    yield journal.frame(journal.EVENT, journal.encode(identity))
    if run.config:
        yield journal.frame(journal.EVENT, journal.event("config", run.created_ns, values=run.config))
    schemas: dict[tuple[tuple[str, ...], str], journal.Schema] = {}
    for step, time_ns, values in run.rows:
        keys, codes = tuple(values), "".join([_CODES[type(value)] for value in values.values()])
        schema = schemas.get((keys, codes))
        if schema is None:
            schema = schemas[keys, codes] = journal.Schema(len(schemas), keys, codes)
            yield journal.frame(journal.SCHEMA, schema.payload()) * 2
        yield journal.frame(journal.ROW, schema.pack(schema.id, step, time_ns, *values.values()))
    yield journal.frame(journal.EVENT, journal.event("finish", run.finished_ns, status="finished", exit_code=0))
