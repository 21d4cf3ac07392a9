"""Where backups are kept: what a place of them has to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from trackio.backup.manifest import Manifest
from trackio.errors import PublishError

MANIFEST = "trackio-backup"
"""What the list is called, with an ending."""


class Overtaken(PublishError):
    """The archive holds another backup than the one that this server knows."""

    def __init__(self, place: str, found: Manifest | None) -> None:
        self.place, self.found = place, found
        super().__init__(
            f"{place} was left as it is", "another server has gone on from it", "What it has is brought here."
        )


class Archive(Protocol):
    """A place for backups; its methods raise PublishError, StoreError or OSError for what keeps them from their work.

    A backup counts when its list is there, which names all else and comes last: whoever is cut short leaves the one
    before.
    """

    place: str
    """What it is called in words."""

    def read(self) -> Manifest | None:
        """The newest backup; None when there is none."""
        ...

    def fetch(self, manifest: Manifest, folder: Path) -> None:
        """Bring the files of the backup that was read last to a folder."""
        ...

    def keep(self, manifest: Manifest, sources: Mapping[str, Path], stale: Collection[str], after: str | None) -> None:
        """Keep a backup: files by path, and what is stale goes. Raises Overtaken unless the last one was ``after``."""
        ...
