"""What an artifact is once it is logged: which version of what, where, since when, and by whom."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from trackio.artifacts.downloads import Downloads
from trackio.artifacts.manifest import Manifest
from trackio.errors import ArtifactNotLogged, InvalidArtifact, StoreError, UnknownArtifact
from trackio.records import ArtifactRecord, RunRecord
from trackio.store import versions
from trackio.store.home import Home
from trackio.times import iso

if TYPE_CHECKING:
    from trackio.store.blobs import Blobs
    from trackio.store.project import ProjectStore

ENTITY = "local"
"""Stands where wandb has the name of a team."""

RunReader: TypeAlias = "Callable[[ProjectStore, RunRecord], Any]"


class Delivery:
    """An artifact on its way into the store."""

    def __init__(self) -> None:
        self._is_over = threading.Event()
        self._error: Exception | None = None

    def end(self, error: Exception | None = None) -> None:
        """Note that it has arrived, or why it has not."""
        self._error = error
        self._is_over.set()

    def wait(self, timeout: float | None) -> None:
        """Return when it has arrived; raises TimeoutError, or StoreError with what went wrong."""
        if not self._is_over.wait(timeout):
            raise TimeoutError(f"The artifact was not stored within {timeout} seconds; it goes on.")
        if self._error is not None:
            raise StoreError(f"The artifact could not be stored: {self._error}") from self._error


class Version(Downloads):
    """The side of an artifact that the store knows. What only a version has raises ArtifactNotLogged in a draft."""

    type: str

    def __init__(self, label: str, manifest: Manifest | None) -> None:
        super().__init__(label, manifest)
        self._store: ProjectStore | None = None
        self._record: ArtifactRecord | None = None
        self._delivery: Delivery | None = None
        self._is_deleted = False
        self._read_run: RunReader = lambda _store, record: record

    @property
    def name(self) -> str:
        """``name:v0``; of a draft the name alone."""
        return self._label

    @property
    def record(self) -> ArtifactRecord:
        """Everything that is known of the version but its files."""
        return self._logged("record")

    @property
    def base_name(self) -> str:
        """The name without a version."""
        return self._label.partition(":")[0]

    @property
    def home(self) -> ProjectStore | None:
        """The project that it was logged to."""
        return self._store

    @property
    def version(self) -> str:
        """``v0``, ``v1`` and so on; waits for an artifact that was just logged."""
        return f"v{self._logged('version').version}"

    @property
    def source_name(self) -> str:
        """The name and version it was logged under: another than ``name`` where a collection links to it."""
        if self._record is None and self._delivery is None:
            return self._label
        record = self._logged("source_name")
        return f"{record.source}:v{record.source_version}"

    @property
    def source_version(self) -> str:
        """The version it was logged as."""
        return f"v{self._logged('source_version').source_version}"

    @property
    def entity(self) -> str:
        """Stands for a team, of which there is none here."""
        return ENTITY

    @property
    def source_entity(self) -> str:
        """Likewise."""
        return ENTITY

    @property
    def project(self) -> str:
        """The name of the project that it lies in."""
        return self._home("project").name

    @property
    def source_project(self) -> str:
        """Likewise; links are within a project."""
        return self.project

    @property
    def qualified_name(self) -> str:
        """``entity/project/name:v0``."""
        return f"{self.entity}/{self.project}/{self.name}"

    @property
    def source_qualified_name(self) -> str:
        """Likewise, with the name it was logged under."""
        return f"{self.entity}/{self.project}/{self.source_name}"

    @property
    def id(self) -> str | None:
        """What tells the version from all others; None of a draft."""
        return None if self._record is None else f"{self.project}/{self.source_name}"

    @property
    def is_link(self) -> bool:
        """Whether it was found in a collection that only links to it."""
        return self._record is not None and self._record.is_link

    @property
    def state(self) -> str:
        """``PENDING``, ``COMMITTED`` or ``DELETED``."""
        return "DELETED" if self._is_deleted else "PENDING" if self._record is None else "COMMITTED"

    @property
    def digest(self) -> str:
        """The SHA-256 of all paths and digests: equal for equal content."""
        return self._record.digest if self._record is not None else self.manifest.digest()

    @property
    def commit_hash(self) -> str:
        """Likewise, by wandb's name."""
        return self._logged("commit_hash").digest

    @property
    def size(self) -> int:
        """Of all files and references, in bytes."""
        return self._record.size if self._record is not None else self.manifest.size()

    @property
    def file_count(self) -> int:
        """How many files and references it has."""
        return self._record.file_count if self._record is not None else len(self.manifest)

    @property
    def created_at(self) -> str:
        """When it was logged first, as ISO 8601 in UTC."""
        return iso(self._logged("created_at").created_ns)

    @property
    def updated_at(self) -> str:
        """When something of it was changed last."""
        return iso(self._logged("updated_at").updated_ns)

    @property
    def linked_at(self) -> str | None:
        """When it was linked to the collection it was found in; None in the one it was logged to."""
        record = self._logged("linked_at")
        return iso(record.added_ns) if record.is_link else None

    @property
    def history_step(self) -> int | None:
        """The step that its run had come to."""
        return self._logged("history_step").step

    @property
    def manifest_file(self) -> str:
        """The name of the stored file that lists what it holds."""
        return self._logged("manifest_file").manifest

    @property
    def url(self) -> str:
        """Where the list of its files lies on this machine."""
        return self._blobs().path(self.manifest_file).as_uri()

    def is_draft(self) -> bool:
        """Whether it is no version yet; after ``log_artifact``, ``wait()`` lets it become one."""
        return self._record is None

    def logged_by(self) -> Any:
        """The run that logged it first; None when that was deleted.

        What ``trackio.Api`` found gives a run to read from, what a run in progress uses gives its record: id, name,
        config, summary, status and times.
        """
        run_id = self._logged("logged_by()").run_id
        store = self._home("logged_by()")
        return None if run_id is None else self._read_run(store, store.run(run_id))

    def used_by(self) -> list[Any]:
        """The runs that used it, likewise; those of other projects last."""
        store, record = self._home("used_by()"), self._logged("used_by()")
        store.catch_up()
        found = [self._read_run(store, store.run(run_id)) for run_id in versions.users(store, record.num)]
        home = Home(store.directory.parent.parent)
        for other in (home.project(name) for name in home.projects() if name != store.name):
            other.catch_up()
            ids = versions.foreign_users(other, store.name, record.source, record.source_version)
            found += [self._read_run(other, other.run(run_id)) for run_id in ids]
        return found

    def wait(self, timeout: float | None = None) -> Any:
        """Return when it is stored and has its version; raises TimeoutError, or StoreError when it could not be stored.

        In a run that is disabled there is nothing to wait for.
        """
        is_nowhere = self._is_final and self._store is None
        if self._record is None and not is_nowhere:
            store = self._home("wait()")
            if self._delivery is not None:
                self._delivery.wait(timeout)
            self._take(store, self._found(store))
        return self

    def deliver(self, store: ProjectStore) -> Delivery:
        """Begin to be logged to a project; whoever stores it ends the delivery."""
        self.finalize()
        self._store = store
        self._delivery = Delivery()
        return self._delivery

    def refresh(self) -> None:
        """Be as the store knows the version now; raises UnknownArtifact when it was deleted."""
        store, record = self._home("refresh()"), self._logged("refresh()")
        store.fold()
        self._take(store, versions.find(store, record.collection, f"v{record.version}"))

    def _take(self, store: ProjectStore, record: ArtifactRecord) -> None:
        """Be the version that a record tells of."""
        self._store, self._record, self._is_final = store, record, True
        self._label = f"{record.collection}:v{record.version}"

    def _found(self, store: ProjectStore) -> ArtifactRecord:
        """The version that this became in the fold."""
        name = self._label
        try:
            store.fold()
            return versions.find(store, name, self.manifest.digest())
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{name!r} is safe in the journal of its run, but not in the database: {error}") from error
        except UnknownArtifact:
            kind = versions.type_of(store, name)
            if kind not in (None, self.type):
                raise InvalidArtifact(f"{name!r} has the type {kind!r}, so a {self.type!r} cannot be one.") from None
            raise StoreError(f"{name!r} was logged, but is not in the database of {store.name!r}.") from None

    def _home(self, attribute: str) -> ProjectStore:
        if self._store is None or self._is_deleted:
            raise ArtifactNotLogged(attribute, self._label)
        return self._store

    def _logged(self, attribute: str) -> ArtifactRecord:
        if self._record is None and self._delivery is not None:
            self.wait()
        if self._record is None or self._is_deleted:
            raise ArtifactNotLogged(attribute, self._label)
        return self._record

    def _blobs(self) -> Blobs:
        return self._home("download()").blobs

    def _read_manifest(self) -> Manifest:
        return Manifest.decode(self._blobs().read(self.manifest_file))
