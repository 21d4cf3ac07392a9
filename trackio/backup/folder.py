"""Backups in a folder, such as a bucket of the Hugging Face Hub that is mounted in a Space.

A mounted bucket may know no renaming and no other commit than that of one file. So files are named by what is in them,
and each backup has a list of its own, with a number and a checksum: one that is cut short does not count.
"""

from __future__ import annotations

import os
import re
import shutil
import zlib
from collections.abc import Collection, Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from trackio.backup.archives import MANIFEST, Overtaken
from trackio.backup.manifest import Manifest, decoded
from trackio.errors import StoreError

_LIST = re.compile(rf"{MANIFEST}\.(\d{{8}})\.([0-9a-f]{{8}})\.json")
PIECE_BYTES = 1 << 20
LISTS_KEPT = 2
"""The newest, and the one before it."""


class Folder:
    """An `Archive` in a folder."""

    def __init__(self, path: Path, place: str | None = None) -> None:
        self._path = path
        self.place = place or str(path)

    def read(self) -> Manifest | None:
        """See `Archive`."""
        for path in reversed(self._lists()):
            content = path.read_bytes()
            if f"{zlib.crc32(content):08x}" == path.name.split(".")[2]:
                return decoded(content)
        return None

    def fetch(self, manifest: Manifest, folder: Path) -> None:
        """See `Archive`."""
        for path in sorted(manifest.paths()):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(self._path / path, target)
            except FileNotFoundError:
                raise StoreError(f"The backup in {self.place} lacks {path}. Nothing was restored.") from None

    def keep(self, manifest: Manifest, sources: Mapping[str, Path], stale: Collection[str], after: str | None) -> None:
        """See `Archive`."""
        found = self.read()
        if (found.id if found else None) != after:
            raise Overtaken(self.place, found)
        for path, source in sources.items():
            with source.open("rb") as file:
                _write(self._path / path, file)
        content = manifest.encoded()
        lists = self._lists()
        number = int(lists[-1].name.split(".")[1]) + 1 if lists else 1
        _write(self._path / f"{MANIFEST}.{number:08d}.{zlib.crc32(content):08x}.json", BytesIO(content))
        for path in stale:
            (self._path / path).unlink(missing_ok=True)
        for one in lists[: 1 - LISTS_KEPT]:
            one.unlink(missing_ok=True)

    def _lists(self) -> list[Path]:
        """Those of all backups, oldest first."""
        try:
            return sorted(path for path in self._path.iterdir() if _LIST.fullmatch(path.name))
        except FileNotFoundError:
            # Made here it would be a folder of this machine, and what is kept there as short-lived as the rest.
            raise StoreError(f"There is no {self._path}: {self.place} is not mounted.") from None


def _write(path: Path, content: BinaryIO) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        # In pieces: weights of a model may be larger than the memory.
        shutil.copyfileobj(content, file, PIECE_BYTES)
        file.flush()
        os.fsync(file.fileno())
