"""``Collection``: all versions of one name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from trackio.records import ArtifactRecord
from trackio.store import versions

if TYPE_CHECKING:
    from trackio.store.project import ProjectStore

A = TypeVar("A")


class Collection(Generic[A]):
    """The versions of one name in a project; ``made`` turns what the store knows of one into an artifact."""

    def __init__(self, store: ProjectStore, name: str, made: Callable[[ArtifactRecord], A]) -> None:
        self._store, self._made = store, made
        self.name = name

    @property
    def type(self) -> str:
        """The type that all of them have."""
        return versions.type_of(self._store, self.name) or ""

    @property
    def aliases(self) -> list[str]:
        """The aliases in use."""
        return sorted(alias for one in self._records() for alias in one.aliases)

    def artifacts(self) -> list[A]:
        """The versions, newest first."""
        return [self._made(one) for one in reversed(self._records())]

    def versions(self) -> list[A]:
        """Likewise, by wandb's older name."""
        return self.artifacts()

    def __iter__(self) -> Iterator[A]:
        return iter(self.artifacts())

    def __len__(self) -> int:
        return len(self._records())

    def __repr__(self) -> str:
        return f"Collection({self.name!r}, {self.type!r})"

    def _records(self) -> list[ArtifactRecord]:
        return versions.versions(self._store, self.name)
