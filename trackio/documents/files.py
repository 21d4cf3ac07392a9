"""``list artifacts``, ``get artifact``, ``list files`` and ``get file``: what there is; bytes are got by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trackio.documents.encoding import Document
from trackio.documents.selecting import project_of, run_of
from trackio.store.home import Home
from trackio.times import iso

if TYPE_CHECKING:
    from trackio.artifacts.artifact import Artifact


def artifacts(home: Home, *, project: str | None = None, type: str | None = None, name: str | None = None) -> Document:  # noqa: A002 - as the option is called
    """The versions of artifacts, newest first by name."""
    found = project_of(home, project)
    return {"project": found.name, "artifacts": [_entry(one) for one in found.artifacts(type, name)]}


def artifact(home: Home, *, name: str, project: str | None = None) -> Document:
    """What an artifact is and holds; ``path`` is for the command that puts its files somewhere."""
    one = project_of(home, project).artifact(name)
    return {
        "project": one.project,
        **_entry(one),
        "files": [
            {
                "path": entry.path,
                "size": entry.size,
                "digest": entry.digest,
                "ref": entry.ref,
                "file": entry.file,
                "extra": entry.extra,
            }
            for entry in one.files()
        ],
        "path": None,
    }


def files(home: Home, *, project: str | None = None, run: str | None = None) -> Document:
    """The files that a run saved."""
    found = project_of(home, project)
    one = run_of(found, run)
    return {
        "project": found.name,
        "run": one.name,
        "files": [
            {"name": file.name, "size": file.size, "digest": file.digest, "saved_at": iso(file.record.time_ns)}
            for file in one.files()
        ],
    }


def file(home: Home, *, name: str, project: str | None = None, run: str | None = None) -> Document:
    """A file that a run saved; ``path`` is for the command that puts it somewhere."""
    found = project_of(home, project)
    one = run_of(found, run).file(name)
    return {
        "project": found.name,
        "name": one.name,
        "size": one.size,
        "digest": one.digest,
        "path": None,
        "file": one.record.file,
    }


def _entry(artifact: Artifact) -> dict[str, Any]:
    record = artifact.record
    return {
        "name": record.collection,
        "version": f"v{record.version}",
        "type": record.type,
        "aliases": list(record.aliases),
        "tags": list(record.tags),
        "size": record.size,
        "file_count": record.file_count,
        "digest": record.digest,
        "description": record.description,
        "metadata": dict(record.metadata),
        "run_id": record.run_id,
        "created_at": iso(record.created_ns),
    }
