"""What was logged beside metrics, read back: artifacts of projects and runs, and the files that runs saved."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trackio.artifacts import find, saved
from trackio.artifacts.names import Address
from trackio.errors import NotFound, UnknownArtifact

if TYPE_CHECKING:
    from trackio.artifacts.artifact import Artifact
    from trackio.artifacts.collection import Collection
    from trackio.artifacts.version import RunReader
    from trackio.store.home import Home
    from trackio.store.project import ProjectStore


class RunFiles:
    """The artifacts and files of one run."""

    _store: ProjectStore

    @property
    @abstractmethod
    def id(self) -> str:
        """The id, unique in the project."""

    def logged_artifacts(self, per_page: int = 100) -> list[Artifact]:  # noqa: ARG002 - wandb's; all come at once
        """The versions that the run logged, in the order they were first logged in."""
        return find.logged(self._store, self.id, self._reader)

    def used_artifacts(self, per_page: int = 100) -> list[Artifact]:  # noqa: ARG002 - wandb's
        """The versions that the run used, those of other projects last."""
        return find.used(self._store, self.id, self._reader)

    def files(self, names: Sequence[str] | None = None, per_page: int = 50) -> list[saved.File]:  # noqa: ARG002 - wandb's
        """The files that the run saved, by name; those of these names or all."""
        return [one for one in saved.files(self._store, self.id) if names is None or one.name in names]

    def file(self, name: str) -> saved.File:
        """The saved file of that name: ``run.file("model.pt").download()``; raises NotFound."""
        return saved.file(self._store, self.id, name)

    @property
    def _reader(self) -> RunReader:
        """Makes a run of what the store knows of it."""
        made: Any = type(self)
        reader: RunReader = made
        return reader


class ProjectFiles:
    """The artifacts of one project."""

    _store: ProjectStore
    _reader: RunReader
    """Makes a run of what the store knows of it."""

    def artifact(self, name: str) -> Artifact:
        """The version that ``name:alias`` means, ``latest`` without an alias; raises UnknownArtifact."""
        return find.find(self._store, name, self._reader)

    def artifacts(self, type: str | None = None, name: str | None = None) -> list[Artifact]:  # noqa: A002 - wandb's
        """Every version, newest first by name; of one type, or of one name."""
        return [one for collection in self.collections(type) if name in (None, collection.name) for one in collection]

    def collections(self, type: str | None = None) -> list[Collection[Artifact]]:  # noqa: A002 - wandb's
        """The names of artifacts, each with all its versions; of one type, if it is given."""
        return find.collections(self._store, type, self._reader)


class ApiFiles:
    """Artifacts by their paths, ``project/name:alias`` or ``entity/project/name:alias``."""

    _home: Home
    _reader: RunReader
    """Makes a run of what the store knows of it."""

    @abstractmethod
    def _project_at(self, path: str | None) -> Any:
        """The project of that name, or the default one."""

    def artifact(self, name: str, type: str | None = None) -> Artifact:  # noqa: A002 - wandb's
        """The version at a path; raises UnknownArtifact, or UnknownProject."""
        if Address.read(name).project is None:
            found: Artifact = self._project_at(None).artifact(name)
        else:
            found = find.find(None, name, self._reader, home=self._home)
        if type is not None and found.type != type:
            raise UnknownArtifact(name, (), f"the artifacts of type {type!r}")
        return found

    def artifacts(self, type_name: str, name: str, per_page: int = 50, tags: Any = None) -> list[Artifact]:  # noqa: ARG002 - wandb's
        """The versions at a path without an alias, newest first; with ``tags`` those that have one of them."""
        wanted = {tags} if isinstance(tags, str) else set(tags or ())
        found = self.artifact_collection(type_name, name).artifacts()
        return [one for one in found if not wanted or wanted & {*one.tags}]

    def artifact_collection(self, type_name: str, name: str) -> Collection[Artifact]:
        """All versions of one name; raises UnknownArtifact."""
        return self.artifact(name.partition(":")[0], type_name).collection

    def artifact_collections(
        self,
        project_name: str,
        type_name: str | None = None,
        per_page: int = 50,  # noqa: ARG002 - wandb's
    ) -> list[Collection[Artifact]]:
        """The names of artifacts in a project."""
        found: list[Collection[Artifact]] = self._project_at(project_name).collections(type_name)
        return found

    def artifact_exists(self, name: str, type: str | None = None) -> bool:  # noqa: A002 - wandb's
        """Whether there is such a version."""
        try:
            self.artifact(name, type)
        except NotFound:
            return False
        return True

    def artifact_collection_exists(self, name: str, type: str) -> bool:  # noqa: A002 - wandb's
        """Whether there is an artifact of that name and type."""
        return self.artifact_exists(name, type)
