"""A project of another home of this trackio: everything that was recorded, its files and artifacts among it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from trackio import references
from trackio.artifacts.manifest import Manifest
from trackio.errors import StoreError, UsageError
from trackio.importers.imported import Alert, Event, ImportedRun, ImportFailed, Row, Version, Watch
from trackio.media.base import Media, Place
from trackio.records import ArtifactRecord, MetricKind, RunRecord
from trackio.store import layout, versions
from trackio.store.blobs import Blobs
from trackio.store.project import ProjectStore

_EVENTS = "SELECT body FROM events JOIN runs ON runs.num = events.run WHERE runs.id = ? ORDER BY events.num"
_DATABASE = "SELECT value FROM meta WHERE key = 'database'"
_OURS = frozenset({"import"})


@dataclass(frozen=True, slots=True)
class Kept(Media):
    """A reference as another project has it, with the files that it leads to."""

    body: Mapping[str, Any]
    blobs: Blobs

    def reference(self, place: Place) -> dict[str, Any]:
        """The same reference, once its files are in the project."""
        for name in files(self.body, self.blobs):
            place.blobs.put_file(self.blobs.path(name), name[64:])
        return dict(self.body)


def files(body: object, blobs: Blobs) -> set[str]:
    """The stored files that a reference leads to, those that tables and traces name inside their files included.

    Raises UsageError where one is gone.
    """
    found: set[str] = set()
    waiting = list(references.files(body))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if not blobs.path(name).is_file():
            raise UsageError("its file is missing")
        if name.endswith((".table.json", ".trace.json")):
            try:
                waiting += references.files(json.loads(blobs.read(name)))
            except (ValueError, StoreError) as error:
                raise UsageError(f"its file cannot be read ({error})".rstrip(".")) from None
    return found


def runs(folder: Path, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of a project, by when they began."""
    store = ProjectStore(str(layout.project_name(folder)), folder)
    try:
        store.catch_up()
        database = store.query(_DATABASE)[1][0][0]
        records = sorted(store.runs(), key=lambda record: record.created_ns)
    except StoreError as error:
        watch.failed(ImportFailed(store.path, str(error).rstrip(".")))
        return
    for record in records:
        yield _run(store, record, str(database), watch)


def _run(store: ProjectStore, record: RunRecord, database: str, watch: Watch) -> ImportedRun:
    bodies = [json.loads(body) for (body,) in store.query(_EVENTS, (record.id,))[1]]
    events = [body for body in bodies if body.get("event") not in _OURS and isinstance(body.get("time_ns"), int)]
    logged = versions.logged(store, record.id)
    manifests = {one.num: _manifest(store, one, watch) for one in logged}
    stored = {name for body in events for name in _known(body, store.blobs, watch)}
    for manifest in manifests.values():
        if manifest is not None:
            stored |= {entry.file for entry in manifest.entries.values() if entry.file}
    return ImportedRun(
        id=record.id,
        name=record.name,
        group=record.group,
        config=dict(record.config),
        rows=partial(_rows, store, record.id, "metric"),
        project=store.name,
        fingerprint=f"{database} {record.revision}",
        job_type=record.job_type,
        tags=record.tags,
        notes=record.notes,
        summary=store.own_summary(record.id),
        status="crashed" if record.status == "running" else record.status,
        exit_code=record.exit_code,
        created_ns=record.created_ns,
        finished_ns=record.finished_ns or record.updated_ns,
        system_rows=partial(_rows, store, record.id, "system"),
        alerts=[
            Alert(one.time_ns, one.level, one.title, one.text, one.step, one.data) for one in store.alerts(record.id)
        ],
        events=[
            *(Event(body.pop("event"), body.pop("time_ns"), body) for body in events),
            *(_use(store, one, record.id) for one in versions.used(store, record.id)),
        ],
        artifacts=[_version(one, manifest) for one in logged if (manifest := manifests[one.num]) is not None],
        stored=[store.blobs.path(name) for name in sorted(stored)],
    )


def _rows(store: ProjectStore, run_id: str, kind: MetricKind) -> Iterator[Row]:
    for step, time_ns, values in store.rows(run_id, kind):
        yield step, time_ns, {name: _value(value, store.blobs) for name, value in values.items()}


def _value(value: Any, blobs: Blobs) -> Any:
    body = references.decode(value)
    return value if body is None else Kept(body, blobs)


def _known(body: Mapping[str, Any], blobs: Blobs, watch: Watch) -> set[str]:
    try:
        return files(body, blobs)
    except UsageError as error:
        watch.note(f"{body.get('event')} {body.get('name', '')}: {error}")
        return set()


def _manifest(store: ProjectStore, record: ArtifactRecord, watch: Watch) -> Manifest | None:
    try:
        found = Manifest.decode(store.blobs.read(record.manifest))
    except StoreError as error:
        watch.note(f"the artifact {record.source}: {str(error).rstrip('.')}")
        return None
    if any(entry.file and not store.blobs.path(entry.file).is_file() for entry in found.entries.values()):
        watch.note(f"the artifact {record.source}:v{record.source_version}: a file of it is missing")
        return None
    return found


def _version(record: ArtifactRecord, manifest: Manifest) -> Version:
    return Version(
        name=record.source,
        type=record.type,
        entries=list(manifest.entries.values()),
        time_ns=record.created_ns,
        aliases=[alias for alias in record.aliases if alias != "latest"],
        tags=list(record.tags),
        description=record.description,
        metadata=record.metadata,
        step=record.step,
    )


def _use(store: ProjectStore, record: ArtifactRecord, run_id: str) -> Event:
    del store, run_id
    # Versions may be numbered otherwise where they go: the digest tells them.
    return Event(
        "artifact_used",
        record.created_ns,
        {"name": record.source, "version": record.source_version, "digest": record.digest},
    )
