"""The artifacts that a run of the original trackio logged."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from re import fullmatch
from typing import Any

from trackio.artifacts.manifest import Entry
from trackio.errors import TrackioError, UsageError
from trackio.importers.imported import Version, Watch
from trackio.importers.told import parsed
from trackio.importers.within import is_within
from trackio.store.blobs import sha256
from trackio.times import nanoseconds

_LOGGED = (
    "SELECT versions.id, artifacts.name, artifacts.type, artifacts.description, versions.manifest, versions.metadata, "
    "versions.created_at FROM artifact_versions AS versions JOIN artifacts ON artifacts.id = versions.artifact_id "
    "WHERE coalesce(versions.producer_run_id, versions.producer_run_name) = ? ORDER BY versions.id"
)
_ALIASES = "SELECT alias FROM artifact_aliases WHERE artifact_version_id = ?"
_USED = "SELECT count(*) FROM run_artifact_links WHERE coalesce(run_id, run_name) = ? AND direction = 'input'"


def versions(
    db: sqlite3.Connection, tables: Mapping[str, set[str]], folder: Path, key: str, watch: Watch
) -> list[Version]:
    """The versions that the run with that key produced; ``folder`` has their files."""
    if not {"artifacts", "artifact_versions", "artifact_aliases"} <= tables.keys():
        return []
    found = []
    for number, name, kind, description, manifest, metadata, created in db.execute(_LOGGED, (key,)):
        aliases = [alias for (alias,) in db.execute(_ALIASES, (number,)) if alias != "latest"]
        try:
            entries = [_entry(one, folder) for one in parsed(manifest)]
            time_ns = nanoseconds(created)
        except (ValueError, KeyError, TypeError, TrackioError) as error:
            watch.note(f"the artifact {name}: {str(error).rstrip('.')}")
            continue
        about = parsed(metadata) if metadata else {}
        found.append(Version(name, kind, entries, time_ns, aliases, (), description, about))
    if "run_artifact_links" in tables and (count := db.execute(_USED, (key,)).fetchone()[0]):
        watch.note("which artifacts a run used", count)
    return found


def _entry(one: Mapping[str, Any], folder: Path) -> Entry:
    digest = one.get("digest")
    if "ref" in one:
        return Entry(one["path"], ref=one["ref"], digest=digest or one["ref"], size=one.get("size"))
    if not isinstance(digest, str) or not fullmatch("[0-9a-f]{64}", digest):
        raise UsageError(f"{one['path']} has no digest")
    path = folder / "blobs" / "sha256" / digest[:2] / digest
    if not path.is_file() or not is_within(path, folder):
        raise UsageError(f"{one['path']} is missing")
    if sha256(path) != digest:
        raise UsageError(f"{one['path']} is damaged")
    return Entry(one["path"], digest=digest, size=one.get("size"), local_path=path)
