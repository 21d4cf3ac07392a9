"""A run from its description, as ``trackio.exporters.description`` writes it; its rows come from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackio import references
from trackio.artifacts.manifest import Entry
from trackio.errors import StoreError, TrackioError, UsageError
from trackio.importers.imported import Alert, Event, ImportedRun, Version, Watch
from trackio.importers.kept import files
from trackio.importers.told import integer, integer_or_none, listed, mapping, text, text_or_none
from trackio.store.blobs import Blobs
from trackio.store.energy import TAKERS

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
        id=text(body["id"]),
        name=text(body["name"]),
        group=text_or_none(body.get("group")),
        config=mapping(body.get("config")),
        project=text_or_none(body.get("project")),
        fingerprint=str(body.get("fingerprint") or ""),
        origin=str(body.get("origin") or ""),
        job_type=text_or_none(body.get("job_type")),
        tags=[text(tag) for tag in listed(body.get("tags"))],
        notes=text_or_none(body.get("notes")),
        summary=mapping(body.get("summary")),
        # What goes on elsewhere has stopped here.
        status=status if status in _STATUS else "crashed",
        exit_code=integer_or_none(body.get("exit_code")),
        created_ns=integer(body["created_ns"]),
        finished_ns=integer_or_none(body.get("finished_ns") or body.get("updated_ns")),
        alerts=[
            Alert(
                integer(one["time_ns"]),
                text(one["level"]),
                text(one["title"]),
                text_or_none(one.get("text")),
                integer_or_none(one.get("step")),
                one.get("data"),
            )
            for one in listed(body.get("alerts"))
        ],
    )
    stored: set[str] = set()
    for event in listed(body.get("events")):
        told = _told(event)
        stored |= _there(str(event["event"]), told, blobs, watch)
        run.events.append(Event(text(event["event"]), integer(event["time_ns"]), told))
    for one in map(mapping, listed(body.get("artifacts"))):
        try:
            version = _version(one)
            stored |= files({path: {"file": entry.file} for path, entry in _by_path(version)}, blobs)
        except (TrackioError, KeyError, TypeError, AttributeError) as error:
            watch.note(f"the artifact {one.get('name')}: {str(error).rstrip('.')}")
            continue
        run.artifacts.append(version)
    for one in listed(body.get("used_artifacts")):
        used = {key: one.get(key) for key in ("name", "version", "digest")}
        run.events.append(Event("artifact_used", integer(one["time_ns"]), used))
    run.stored = [blobs.path(name) for name in sorted(stored)]
    return run


def energy_event(body: Mapping[str, Any]) -> Event:
    """One event of what was measured; raises TypeError, KeyError or AttributeError for what is none."""
    name = text(body["event"])
    if name not in TAKERS:
        raise TypeError(f"{name!r:.40} is nothing about energy")
    return Event(name, integer(body["time_ns"]), _told(body))


def _told(event: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key not in ("event", "time_ns")}


def _version(one: Mapping[str, Any]) -> Version:
    return Version(
        name=text(one["name"]),
        type=text(one["type"]),
        entries=[
            Entry(
                path,
                size=integer_or_none(entry.get("size")),
                digest=text(entry["digest"]),
                ref=text_or_none(entry.get("ref")),
                file=_stored_name(entry.get("file")),
                extra=entry.get("extra") and mapping(entry["extra"]),
            )
            for path, entry in one["entries"].items()
        ],
        time_ns=integer(one["created_ns"]),
        # The newest is the latest there too.
        aliases=[text(alias) for alias in listed(one.get("aliases")) if alias != "latest"],
        tags=[text(tag) for tag in listed(one.get("tags"))],
        description=text_or_none(one.get("description")),
        metadata=mapping(one.get("metadata")),
        step=integer_or_none(one.get("step")),
    )


def _by_path(version: Version) -> list[tuple[str, Entry]]:
    return [(entry.path, entry) for entry in version.entries]


def _stored_name(name: Any) -> str | None:
    if name is not None and not references.FILE_NAME.fullmatch(text(name)):
        raise UsageError(f"{name!r} is no name of a stored file")
    return None if name is None else str(name)


def _there(event: str, told: Mapping[str, Any], blobs: Blobs, watch: Watch) -> set[str]:
    try:
        return files(told, blobs)
    except UsageError as error:
        watch.note(f"{event} {told.get('name', '')}: {error}")
        return set()
