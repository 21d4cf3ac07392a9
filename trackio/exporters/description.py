"""Everything that is known of a run but its rows, as JSON can hold it; ``trackio.importers.description`` reads it."""

from __future__ import annotations

from typing import Any

from trackio.artifacts.manifest import Manifest
from trackio.errors import StoreError
from trackio.exporters.exported import Carried, ExportedRun
from trackio.records import ArtifactRecord
from trackio.store import versions

_DATABASE = "SELECT value FROM meta WHERE key = 'database'"


def describe(run: ExportedRun, carried: Carried) -> dict[str, Any]:
    """The description of a run; ``files`` below it are names of stored files."""
    record, store = run.record, run.store
    database = str(store.query(_DATABASE)[1][0][0])
    # One that came from elsewhere is the same run, whichever way it takes.
    origin = next((body["origin"] for body in run.events("import") if body.get("origin")), database)
    return {
        "id": record.id,
        "name": record.name,
        "project": record.project,
        "group": record.group,
        "job_type": record.job_type,
        "tags": list(record.tags),
        "notes": record.notes,
        "config": dict(record.config),
        "summary": run.summary,
        "status": record.status,
        "exit_code": record.exit_code,
        "created_ns": record.created_ns,
        "updated_ns": record.updated_ns,
        "finished_ns": record.finished_ns,
        "origin": origin,
        "fingerprint": f"{database} {record.revision}",
        "alerts": [
            {
                "time_ns": alert.time_ns,
                "level": alert.level,
                "title": alert.title,
                "text": alert.text,
                "step": alert.step,
                "data": alert.data,
            }
            for alert in run.alerts()
        ],
        "events": run.told(),
        "artifacts": [found for one in versions.logged(store, record.id) if (found := _artifact(run, one, carried))],
        "used_artifacts": [
            {"name": one.source, "version": one.source_version, "digest": one.digest, "time_ns": one.created_ns}
            for one in versions.used(store, record.id)
        ],
    }


def _artifact(run: ExportedRun, record: ArtifactRecord, carried: Carried) -> dict[str, Any] | None:
    try:
        manifest = Manifest.decode(run.blobs.read(record.manifest))
    except StoreError as error:
        carried.leave(f"{record.source}:v{record.source_version}: {str(error).rstrip('.')}")
        return None
    return {
        "name": record.source,
        "version": record.source_version,
        "type": record.type,
        "digest": record.digest,
        "aliases": list(record.aliases),
        "tags": list(record.tags),
        "description": record.description,
        "metadata": dict(record.metadata),
        "step": record.step,
        "created_ns": record.created_ns,
        "entries": manifest.to_manifest_json()["entries"],
    }
