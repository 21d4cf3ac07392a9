"""A draft's files go into the project's, and what the journal tells of it then."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from trackio.artifacts.artifact import Artifact
from trackio.artifacts.manifest import Entry, Manifest
from trackio.errors import StoreError, UnknownArtifact
from trackio.store import versions
from trackio.store.artifacts import LATEST, PART
from trackio.store.blobs import Blobs
from trackio.store.project import ProjectStore

MANIFEST_SUFFIX = ".manifest.json"

_SHARES = (
    "SELECT body FROM events WHERE event = ? AND json_extract(body, '$.name') = ? "
    "AND json_extract(body, '$.shared') = ? ORDER BY num"
)


def logged(  # noqa: PLR0917 - all of one event
    artifact: Artifact,
    store: ProjectStore,
    aliases: list[str],
    tags: list[str],
    step: int,
    shared: str | None = None,
) -> dict[str, Any]:
    """Store what a draft holds, and give the fields of the event that logs it.

    With ``shared`` it takes in the shares that were stored under that word. It may be called again after a fault, and
    then goes on where it was. Raises OSError or StoreError.
    """
    parts = _add_shares(artifact, store, shared) if shared is not None else []
    if artifact.incremental:
        _add_to_latest(artifact, store)
    manifest = stored(artifact.manifest, store.blobs)
    artifact.clear_staging()
    return {**_fields(artifact, manifest, aliases, tags, step), **({"parts": parts} if parts else {})}


def logged_again(artifact: Artifact, aliases: list[str], tags: list[str], step: int) -> dict[str, Any]:
    """The fields of the event that logs a version once more."""
    return _fields(artifact, artifact.manifest_file, aliases, tags, step)


def share(artifact: Artifact, store: ProjectStore, shared: str) -> dict[str, Any]:
    """Store what a draft holds as one share of an artifact that many write, and give the fields of its event."""
    manifest = stored(artifact.manifest, store.blobs)
    artifact.clear_staging()
    return {"name": artifact.base_name, "shared": shared, "part": os.urandom(8).hex(), "manifest": manifest}


def _fields(artifact: Artifact, manifest: str, aliases: list[str], tags: list[str], step: int) -> dict[str, Any]:
    return {
        "name": artifact.source_name.partition(":")[0] if not artifact.is_draft() else artifact.base_name,
        "type": artifact.type,
        "digest": artifact.manifest.digest(),
        "manifest": manifest,
        "size": artifact.manifest.size(),
        "file_count": len(artifact.manifest),
        "metadata": artifact.metadata,
        "description": artifact.description,
        "aliases": aliases,
        "tags": tags,
        "step": step,
    }


def stored(manifest: Manifest, blobs: Blobs) -> str:
    """Store every file of a manifest, then the manifest; gives the name of its file."""
    # What was added of earlier versions or of others' shares.
    manifest.check()
    for entry in manifest.entries.values():
        if entry.ref is None and entry.file is None:
            _store(entry, blobs)
    return blobs.put(manifest.encode(), MANIFEST_SUFFIX).name


def _store(entry: Entry, blobs: Blobs) -> None:
    source = Path(entry.local_path or "")
    try:
        blob = blobs.take_file(source, digest=entry.known_digest) if entry.is_staged else blobs.put_file(source, "")
    except FileNotFoundError:
        if source.exists():
            raise
        raise StoreError(
            f"{source}, which is {entry.path!r} in the artifact, is gone. "
            "Files added with policy='immutable' must stay until they are stored: artifact.wait()."
        ) from None
    entry.stored(blob.name, blob.size)


def _add_to_latest(artifact: Artifact, store: ProjectStore) -> None:
    """Begin with what the latest version holds; what the draft has of its own takes its place."""
    store.catch_up()
    try:
        record = versions.find(store, artifact.base_name, LATEST)
    except UnknownArtifact:
        return
    for path, entry in Manifest.decode(store.blobs.read(record.manifest)).entries.items():
        artifact.entries.setdefault(path, entry)


def _add_shares(artifact: Artifact, store: ProjectStore, shared: str) -> list[str]:
    """Take in the shares of others; gives what tells them from shares yet to come."""
    store.fold()
    parts = []
    for (body,) in store.query(_SHARES, (PART, artifact.base_name, shared))[1]:
        part = json.loads(body)
        for path, entry in Manifest.decode(store.blobs.read(part["manifest"])).entries.items():
            artifact.entries.setdefault(path, entry)
        parts.append(str(part["part"]))
    return parts
