"""Artifacts found again, by name and alias, version number or digest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trackio.artifacts.artifact import Artifact
from trackio.artifacts.collection import Collection
from trackio.artifacts.names import Address
from trackio.artifacts.places import resolve
from trackio.artifacts.version import RunReader
from trackio.errors import NotFound, UsageError
from trackio.store import versions
from trackio.store.home import Home

if TYPE_CHECKING:
    from trackio.store.project import ProjectStore


def find(
    store: ProjectStore | None, name: str, read_run: RunReader | None = None, *, home: Home | None = None
) -> Artifact:
    """The version that ``name:alias`` means in a project; raises UnknownArtifact.

    The alias may be ``v3`` or a whole digest; it is ``latest`` when left out. ``project/name`` and
    ``entity/project/name`` lead to another project of the home, or to a collection of that name which artifacts are
    linked to. Without a store, names need their project; ``home`` is then where to look.
    """
    return Artifact.of(*resolve(Address.read(name), store, home), read_run)


def collections(
    store: ProjectStore, kind: str | None = None, read_run: RunReader | None = None
) -> list[Collection[Artifact]]:
    """The collections of a project, by name; of one type, if it is given."""
    store.catch_up()
    made = partial(Artifact.of, store, read_run=read_run)
    return [Collection(store, one.name, made) for one in versions.collections(store, kind)]


def logged(store: ProjectStore, run_id: str, read_run: RunReader | None = None) -> list[Artifact]:
    """The versions that a run logged."""
    store.catch_up()
    return [Artifact.of(store, one, read_run) for one in versions.logged(store, run_id)]


def used(store: ProjectStore, run_id: str, read_run: RunReader | None = None) -> list[Artifact]:
    """The versions that a run used, those of other projects that still exist included."""
    store.catch_up()
    own = [Artifact.of(store, one, read_run) for one in versions.used(store, run_id)]
    others = []
    for event in store.events(run_id, "artifact_used"):
        try:
            others.append(find(store, f"{event['project']}/{event['name']}:v{event['version']}", read_run))
        except (KeyError, NotFound, UsageError):
            # Deleted since, or the event of a program that writes other ones.
            continue
    return own + others
