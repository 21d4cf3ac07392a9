"""``Artifact``: a draft that a script fills and logs, and the version that it becomes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from trackio.artifacts import names
from trackio.artifacts.collection import Collection
from trackio.artifacts.manifest import Manifest
from trackio.artifacts.names import Address
from trackio.artifacts.places import resolve, target
from trackio.artifacts.version import RunReader, Version
from trackio.errors import InvalidArtifact
from trackio.records import ArtifactRecord
from trackio.store import garbage, versions
from trackio.store.artifacts import LATEST

if TYPE_CHECKING:
    from trackio.store.project import ProjectStore


class Recorder(Protocol):
    """What logs an artifact: a run in progress."""

    def log_artifact(self, artifact_or_path: Any, /) -> Any:
        """Log it."""


class Artifact(Version):
    """Files, references and objects under one name, of which every logged content is a version ``v0``, ``v1``, ...

    ``name`` may have letters, digits, dashes, underscores and dots; ``type`` groups artifacts, such as ``dataset`` and
    ``model``. ``metadata`` is a dict that JSON can hold. With ``incremental`` the content is added to that of the
    latest version. Raises InvalidArtifact.
    """

    recorder: ClassVar[Callable[[str | None], Recorder] | None] = None
    """Gives the run that ``save()`` logs a draft in, by a project's name; set by the write side."""

    def __init__(  # noqa: PLR0917 - wandb's order
        self,
        name: str,
        type: str,  # noqa: A002 - wandb's name for it
        description: str | None = None,
        metadata: Mapping[str, Any] | str | None = None,
        incremental: bool = False,
        use_as: str | None = None,
        storage_region: str | None = None,  # noqa: ARG002 - wandb's; there is one region here
        digest_algorithm: str = "SHA256",  # noqa: ARG002 - wandb's; there is one algorithm here
    ) -> None:
        super().__init__(names.valid_name(name), Manifest())
        self._begin(names.valid_type(type, name), description, _metadata(metadata))
        self.incremental = bool(incremental)
        self.use_as = use_as

    @classmethod
    def internal(cls, name: str, kind: str) -> Artifact:
        """A draft of a type that scripts cannot choose, such as the code of a run."""
        draft = cls(name, "unspecified")
        draft.type = names.valid_type(kind, name, is_internal=True)
        return draft

    @classmethod
    def of(cls, store: ProjectStore, record: ArtifactRecord, read_run: RunReader | None = None) -> Artifact:
        """A version that is in the store; ``read_run`` makes what ``logged_by`` gives of a run."""
        artifact = cls.__new__(cls)
        Version.__init__(artifact, record.collection, None)
        artifact._begin(record.type, record.description, dict(record.metadata))
        artifact.use_as = None
        artifact._take(store, record)
        if read_run is not None:
            artifact._read_run = read_run
        return artifact

    def _begin(self, kind: str, description: str | None, metadata: dict[str, Any]) -> None:
        self.type = kind
        """What kind of thing it is, such as ``dataset`` or ``model``."""
        self.description = description
        """Free text; after a change to that of a version, ``save()``."""
        self.metadata = metadata
        """What is known of the content; likewise."""
        self.incremental = False
        """Whether the content is added to that of the latest version."""
        self.ttl: timedelta | None = None
        """Kept for wandb's scripts; nothing is deleted by itself."""
        self.distributed_id: str | None = None
        """What the ranks that write one artifact together share."""
        self._aliases: list[str] = []
        self._tags: list[str] = []
        self._origin: ProjectStore | None = None

    @property
    def aliases(self) -> list[str]:
        """Names of this version that another may take over, such as ``best``; after a change, ``save()``."""
        self._logged("aliases")
        return self._aliases

    @aliases.setter
    def aliases(self, aliases: Iterable[str]) -> None:
        self._logged("aliases")
        given = [aliases] if isinstance(aliases, str) else list(aliases)
        names.valid_aliases(given)
        self._aliases = given

    @property
    def tags(self) -> list[str]:
        """Words about this version; after a change, ``save()``."""
        self._logged("tags")
        return self._tags

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        self._logged("tags")
        self._tags = names.valid_tags(tags)

    @property
    def origin(self) -> ProjectStore | None:
        """The project whose files a draft began with; it can be logged nowhere else."""
        return self._origin

    @property
    def collection(self) -> Collection[Artifact]:
        """The versions of its name."""
        record, store = self._logged("collection"), self._home("collection")
        return Collection(store, record.collection, lambda one: type(self).of(store, one, self._read_run))

    @property
    def source_artifact(self) -> Artifact:
        """The same version where it was logged."""
        store, record = self._home("source_artifact"), self._logged("source_artifact")
        found = versions.find(store, record.source, f"v{record.source_version}")
        return type(self).of(store, found, self._read_run)

    @property
    def linked_artifacts(self) -> list[Artifact]:
        """The same version in the collections that link to it."""
        store, record = self._home("linked_artifacts"), self._logged("linked_artifacts")
        return [type(self).of(store, one, self._read_run) for one in versions.links(store, record.num)]

    def save(self, project: str | None = None, settings: Any = None) -> None:  # noqa: ARG002 - wandb's
        """Write changes to description, metadata, aliases and tags.

        A draft is logged: by the run in progress, or by a new one of ``project``.
        """
        if self._record is None and self._delivery is None and type(self).recorder is not None:
            type(self).recorder(project).log_artifact(self)  # type: ignore[misc]
            return
        record, store = self._logged("save()"), self._home("save()")
        changed = versions.change(
            store,
            record,
            description=self.description,
            metadata=_metadata(self.metadata),
            tags=names.valid_tags(self._tags),
            aliases=[*names.valid_aliases(self._aliases), *({LATEST} & {*self._aliases})],
        )
        self._take(store, changed)

    def new_draft(self) -> Artifact:
        """A draft of the next version, which begins with the content of this one."""
        record = self._logged("new_draft()")
        draft = type(self).internal(record.source, self.type)
        draft.description, draft.metadata = self.description, _metadata(self.metadata)
        draft._manifest = Manifest(entry.copy() for entry in self.entries.values())
        draft._origin = self._store
        return draft

    def delete(self, delete_aliases: bool = False) -> None:
        """Delete this version and the files that nothing else has; of a link, the link alone.

        Raises UsageError when it has aliases besides ``latest``, unless they are to go with it.
        """
        record, store = self._logged("delete()"), self._home("delete()")
        versions.delete(store, record, with_aliases=delete_aliases)
        garbage.collect(store)
        self._is_deleted = True

    def link(self, target_path: str, aliases: Iterable[str] | None = None) -> Artifact:
        """Put this version into another collection too, such as ``wandb-registry-models/best``.

        It has a number of its own there, and ``latest`` with these aliases. A draft is logged first. Gives the version
        as it is there; raises InvalidArtifact when the collection is of another type.
        """
        given = names.valid_aliases(aliases)
        if self._record is None and self._delivery is None:
            self.save()
        record, store = self._logged("link()"), self._home("link()")
        linked = versions.link(store, record, target(target_path, store.name), given)
        return type(self).of(store, linked, self._read_run)

    def unlink(self) -> None:
        """Take it out of the collection that links to it; raises InvalidArtifact for one that was logged there."""
        if not self.is_link:
            raise InvalidArtifact(f"{self.name!r} is no link. To delete the version itself, use delete().")
        self.delete(delete_aliases=True)

    def json_encode(self) -> dict[str, Any]:
        """What stands for it in a config."""
        return {"_type": "artifactVersion", "id": self.id, "version": self.version, "name": self.name}

    def _take(self, store: ProjectStore, record: ArtifactRecord) -> None:
        super()._take(store, record)
        self._aliases, self._tags = list(record.aliases), list(record.tags)

    def _sibling(self, address: Address) -> Artifact:
        return type(self).of(*resolve(address, self._store), self._read_run)

    def __repr__(self) -> str:
        return f"<Artifact {self.id or self.name}>"


def _metadata(metadata: Any) -> dict[str, Any]:
    """As JSON can hold it, and apart from what the caller may go on to change."""
    try:
        given = json.loads(metadata or "{}") if isinstance(metadata, str) else metadata
        found: dict[str, Any] = json.loads(json.dumps(dict(given or {}), default=_plain, skipkeys=True))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArtifact(f"An artifact's metadata is a dict that JSON can hold, not this: {error}.") from error
    return found


def _plain(value: Any) -> Any:
    """numpy, torch and jax have ``tolist``; sets become lists, anything else its text."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return sorted(value, key=str) if isinstance(value, (set, frozenset)) else str(value)
