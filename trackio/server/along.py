"""The artifacts of a run that moves: those that it logged go along, those that it used stay where they are.

A version stays in the project as well where somebody could still ask for it there: another run that logged or used it,
a collection or an artifact that refers to it, or a name of its own (an alias other than ``latest``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from urllib.parse import quote

from trackio.artifacts.manifest import SCHEME, Manifest
from trackio.errors import StoreError, UnknownArtifact
from trackio.importers.imported import Event, ImportedRun
from trackio.records import ArtifactRecord
from trackio.store import layout, versions
from trackio.store.artifacts import LATEST
from trackio.store.home import Home
from trackio.store.project import ProjectStore

_OTHERS = "SELECT 1 FROM artifact_uses JOIN runs ON runs.num = artifact_uses.run WHERE artifact = ? AND runs.id != ?"
_MANIFESTS = "SELECT DISTINCT manifest FROM artifacts"
_HAS_TABLES = "SELECT 1 FROM sqlite_master WHERE name = 'artifacts'"
_ADDRESS = re.compile(rf"{SCHEME}://[^/\"]*/[^/\"]*/")
"""Of a version, within that of one of its files."""


def clash(run: ImportedRun, target: ProjectStore) -> str | None:
    """Why the artifacts of the run cannot be in the other project; None where they can."""
    for one in run.artifacts:
        kind = versions.type_of(target, one.name)
        if kind not in (None, one.type):
            return f"project {target.name!r} has {one.name!r} as a {kind!r}, and not as a {one.type!r}"
    return None


def adapt(run: ImportedRun, source: ProjectStore, target: ProjectStore) -> None:
    """Have the run speak of artifacts as it has to in the other project, whose aliases it takes from no version."""
    own = {(one.name, Manifest(one.entries).digest()) for one in run.artifacts}
    run.events = [_of_home(event, own, source.name, target.name) for event in run.events]
    for place, one in enumerate(run.artifacts):
        taken = {alias for known in _versions(target, one.name) for alias in known.aliases}
        run.artifacts[place] = replace(one, aliases=[alias for alias in one.aliases if alias not in taken])


def latest(run: ImportedRun, target: ProjectStore) -> dict[str, ArtifactRecord]:
    """What ``latest`` names in the other project before the run is there."""
    names = {one.name for one in run.artifacts}
    return {name: one for name in names for one in _versions(target, name) if LATEST in one.aliases}


def settle(target: ProjectStore, before: Mapping[str, ArtifactRecord]) -> None:
    """Let ``latest`` name again what was logged later than what came with the run."""
    for name, record in before.items():
        one = versions.find(target, name, f"v{record.version}")
        if versions.find(target, name).created_ns < one.created_ns:
            versions.change(
                target,
                one,
                description=one.description,
                metadata=one.metadata,
                tags=one.tags,
                aliases=[*one.aliases, LATEST],
            )


def leave(source: ProjectStore, run_id: str) -> None:
    """Take the versions away that are in the other project now, and that nobody asks for here."""
    wanted = [one for one in versions.logged(source, run_id) if not _is_held(source, one, run_id)]
    if not wanted:
        return
    stores = [source, *_others(source)]
    addresses = {found for one in stores for text in _manifests(one) for found in _ADDRESS.findall(text)}
    for record in wanted:
        address = f"{SCHEME}://{quote(source.name, safe='')}/{record.source}:v{record.source_version}/"
        name, version = record.source, record.source_version
        if address not in addresses and not any(
            versions.foreign_users(one, source.name, name, version) for one in stores
        ):
            versions.delete(source, record, with_aliases=False)


def _of_home(event: Event, own: AbstractSet[tuple[object, object]], source: str, target: str) -> Event:
    fields = event.fields
    if event.name != "artifact_used" or (fields.get("name"), fields.get("digest")) in own:
        return event
    project = fields.get("project") or source
    return replace(event, fields={**fields, "project": None if project == target else project})


def _is_held(store: ProjectStore, record: ArtifactRecord, run_id: str) -> bool:
    """Whether something else in the project has the version."""
    return (
        record.run_id != run_id
        or bool(set(record.aliases) - {LATEST})
        or bool(versions.links(store, record.num))
        or bool(store.query(_OTHERS, (record.num, run_id))[1])
    )


def _others(store: ProjectStore) -> list[ProjectStore]:
    home = Home(layout.home(store.directory))
    found = [home.project(name) for name in home.projects() if name != store.name]
    for one in found:
        one.catch_up()
    return found


def _manifests(store: ProjectStore) -> Iterator[str]:
    if not store.query(_HAS_TABLES)[1]:
        return
    for (name,) in store.query(_MANIFESTS)[1]:
        try:
            yield store.blobs.read(name).decode("utf-8", "replace")
        except StoreError:
            # What cannot be read refers to nothing any more.
            continue


def _versions(store: ProjectStore, name: str) -> list[ArtifactRecord]:
    try:
        return versions.versions(store, name)
    except UnknownArtifact:
        return []
