"""A run from its description, as ``trackio.exporters.description`` writes it; its rows come from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackio import references
from trackio.artifacts.manifest import Entry
from trackio.errors import StoreError, TrackioError, UsageError
from trackio.importers.imported import Alert, Event, ImportedRun, Version, Watch
from trackio.importers.kept import files
from trackio.store.blobs import Blobs

_STATUS = ("finished", "failed", "crashed")


def restored(body: Mapping[str, Any], blobs: Blobs, watch: Watch) -> ImportedRun:
    """The run, without rows; ``blobs`` has the files that it names. Raises StoreError for what is no description."""
    try:
        return _restored(body, blobs, watch)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"The description of a run cannot be used ({type(error).__name__}: {error}).") from error


def _restored(body: Mapping[str, Any], blobs: Blobs, watch: Watch) -> ImportedRun:
    status = body.get("status")
    run = ImportedRun(
        id=_text(body["id"]),
        name=_text(body["name"]),
        group=body.get("group"),
        config=dict(body.get("config") or {}),
        project=body.get("project"),
        fingerprint=str(body.get("fingerprint") or ""),
        origin=str(body.get("origin") or ""),
        job_type=body.get("job_type"),
        tags=[_text(tag) for tag in body.get("tags") or ()],
        notes=body.get("notes"),
        summary=dict(body.get("summary") or {}),
        # What goes on elsewhere has stopped here.
        status=status if status in _STATUS else "crashed",
        exit_code=body.get("exit_code"),
        created_ns=int(body["created_ns"]),
        finished_ns=body.get("finished_ns") or body.get("updated_ns"),
        alerts=[
            Alert(
                int(one["time_ns"]),
                str(one["level"]),
                str(one["title"]),
                one.get("text"),
                one.get("step"),
                one.get("data"),
            )
            for one in body.get("alerts") or ()
        ],
    )
    stored: set[str] = set()
    for event in body.get("events") or ():
        told = {key: value for key, value in event.items() if key not in ("event", "time_ns")}
        stored |= _there(str(event["event"]), told, blobs, watch)
        run.events.append(Event(str(event["event"]), int(event["time_ns"]), told))
    for one in body.get("artifacts") or ():
        try:
            version = _version(one)
            stored |= files({path: {"file": entry.file} for path, entry in _by_path(version)}, blobs)
        except TrackioError as error:
            watch.note(f"the artifact {one.get('name')}: {str(error).rstrip('.')}")
            continue
        run.artifacts.append(version)
    for one in body.get("used_artifacts") or ():
        used = {key: one.get(key) for key in ("name", "version", "digest")}
        run.events.append(Event("artifact_used", int(one["time_ns"]), used))
    run.stored = [blobs.path(name) for name in sorted(stored)]
    return run


def _version(one: Mapping[str, Any]) -> Version:
    return Version(
        name=str(one["name"]),
        type=str(one["type"]),
        entries=[
            Entry(
                path,
                size=entry.get("size"),
                digest=entry["digest"],
                ref=entry.get("ref"),
                file=_stored_name(entry.get("file")),
                extra=entry.get("extra"),
            )
            for path, entry in one["entries"].items()
        ],
        time_ns=int(one["created_ns"]),
        # The newest is the latest there too.
        aliases=[alias for alias in one.get("aliases") or () if alias != "latest"],
        tags=list(one.get("tags") or ()),
        description=one.get("description"),
        metadata=one.get("metadata") or {},
        step=one.get("step"),
    )


def _by_path(version: Version) -> list[tuple[str, Entry]]:
    return [(entry.path, entry) for entry in version.entries]


def _stored_name(name: Any) -> str | None:
    if name is not None and not references.FILE_NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name of a stored file")
    return None if name is None else str(name)


def _there(event: str, told: Mapping[str, Any], blobs: Blobs, watch: Watch) -> set[str]:
    try:
        return files(told, blobs)
    except UsageError as error:
        watch.note(f"{event} {told.get('name', '')}: {error}")
        return set()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
