"""The files of a snapshot: shared with an earlier one where that has the same bytes, else copied, and read-only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from trackio.report.snapshots.entry import Snapshot
from trackio.store import blobs

_READ_ONLY = 0o444


@dataclass(slots=True)
class Copier:
    """Fills the folder of one snapshot."""

    draft: Path
    known: Mapping[tuple[int, str], Path]
    """A file of an earlier snapshot by its size and SHA-256."""
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    """What was put in: sizes and hashes by path."""
    new_bytes: int = 0
    """What it takes on disk."""
    shared_bytes: int = 0
    """What it shares with earlier snapshots."""

    def copy(self, name: str, source: Path) -> None:
        """Put a file in as it is, whatever its size."""
        size, digest = hash_of(source)
        if not self._share(name, size, digest):
            target = self._target(name)
            shutil.copyfile(source, target)
            target.chmod(_READ_ONLY)
            self.new_bytes += size
        self.files[name] = (size, digest)

    def write(self, name: str, data: bytes) -> None:
        """Put in a file with these bytes."""
        size, digest = len(data), sha256(data).hexdigest()
        if not self._share(name, size, digest):
            target = self._target(name)
            target.write_bytes(data)
            target.chmod(_READ_ONLY)
            self.new_bytes += size
        self.files[name] = (size, digest)

    def _target(self, name: str) -> Path:
        target = self.draft / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _share(self, name: str, size: int, digest: str) -> bool:
        prior = self.known.get((size, digest))
        try:
            # Read anew: a file that was damaged since must not come to be damaged twice.
            if prior is None or hash_of(prior) != (size, digest):
                return False
            os.link(prior, self._target(name))
        except OSError:
            # A medium without links, or with as many as it allows for one file.
            return False
        self.shared_bytes += size
        return True


def hash_of(path: Path) -> tuple[int, str]:
    """The size and SHA-256 of a file."""
    return path.stat().st_size, blobs.sha256(path)


def by_content(report: Path, snapshots: Iterable[Snapshot]) -> dict[tuple[int, str], Path]:
    """The files of these snapshots by their size and SHA-256; of several with the same content the newest's."""
    return {
        found: report / one.name / path
        for one in sorted(snapshots, key=lambda one: one.number)
        for path, found in one.files.items()
    }
