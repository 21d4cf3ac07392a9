"""Where the address of an artifact leads: to a version in a project of the same home."""

from __future__ import annotations

from collections.abc import Iterator

from trackio.artifacts.names import Address
from trackio.errors import InvalidArtifact, UnknownArtifact, UnknownProject
from trackio.records import ArtifactRecord
from trackio.store import versions
from trackio.store.home import Home
from trackio.store.project import ProjectStore


def resolve(
    address: Address, store: ProjectStore | None, home: Home | None = None
) -> tuple[ProjectStore, ArtifactRecord]:
    """The version at an address as seen from a project; without one, from a home, or the one that settings name.

    Raises UnknownArtifact, UnknownProject, or InvalidArtifact when it needs a project and has none.
    """
    error: UnknownArtifact | None = None
    for one, collection in _places(address, store, home):
        one.catch_up()
        try:
            return one, versions.find(one, collection, address.alias)
        except UnknownArtifact as caught:
            error = error or caught
    raise error or InvalidArtifact(f"{address.name!r} needs its project: write it as project/name:alias.")


def target(path: str, project: str) -> str:
    """The collection that something in a project is linked to: its own, or one of a registry."""
    address = Address.read(path)
    return address.name if address.project == project else address.collection


def _places(address: Address, store: ProjectStore | None, home: Home | None) -> Iterator[tuple[ProjectStore, str]]:
    """The projects and collections where an address may lead, nearest first."""
    if address.project is None or (store is not None and store.name == address.project):
        if store is not None:
            yield store, address.name
        return
    home = home or Home(None if store is None else store.directory.parent.parent)
    known = home.projects()
    if address.project in known:
        yield home.project(address.project), address.name
    # A registry is no project: it is made of links, and each project has those of its own artifacts.
    others = [home.project(name) for name in known if store is None or name != store.name]
    is_registry = False
    for one in [store, *others] if store is not None else others:
        one.catch_up()
        if versions.type_of(one, address.collection) is not None:
            is_registry = True
            yield one, address.collection
    if address.project not in known and not is_registry:
        raise UnknownProject(address.project, known)
