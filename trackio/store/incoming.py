"""Files that come over HTTP, a chunk after the other, and are kept when they are what their name says."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path

from trackio.errors import StoreError
from trackio.store import layout
from trackio.store.blobs import Blobs, sha256
from trackio.store.receiving import WrongOffset, locked, write_all

LEFT_SECONDS = 30 * 86400.0
"""What nobody has gone on with for so long was given up by its sender."""

_OPEN = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class WrongContent(StoreError):
    """What came is not the file that it was to be."""


class Incoming:
    """The files that one project receives; safe from many threads and processes."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._blobs = Blobs(project)

    def missing(self, names: list[str]) -> list[str]:
        """Those of the names that are not here; the others count as new. Raises ValueError for what is no name."""
        return [name for name in names if not _touched(self._blobs.path(name))]

    def append(self, name: str, offset: int, total: int, data: bytes) -> tuple[int, bool]:
        """Append a chunk that begins at ``offset`` of a file of ``total`` bytes.

        Returns how much of it is here, and whether it is whole. Raises ValueError for what is no name, WrongContent,
        which loses what came before, WrongOffset, Busy, and OSError when the disk is full.
        """
        path = self._blobs.path(name)
        with locked(self._project, name):
            if path.is_file() and path.stat().st_size == total and _touched(path):
                return total, True
            draft = self._draft(name)
            size = draft.stat().st_size if draft.exists() else 0
            if size > total:
                # Of another file that was said to have this name.
                draft.unlink()
                size = 0
            if offset != size:
                raise WrongOffset(size)
            if offset + len(data) > total:
                raise WrongContent(f"{name} was said to have {total} bytes, and more came. Send it again.")
            _append(draft, size, data)
            size += len(data)
            if size == total:
                self._keep(draft, name)
        return size, size == total

    def _draft(self, name: str) -> Path:
        folder = layout.receiving(self._project) / "files"
        folder.mkdir(exist_ok=True)
        _sweep(folder, os.getpid())
        return folder / name

    def _keep(self, draft: Path, name: str) -> None:
        digest = sha256(draft)
        if digest != name[:64]:
            draft.unlink()
            raise WrongContent(f"What came as {name} has the SHA-256 {digest}. Send it again from its first byte.")
        self._blobs.take_file(draft, name[64:], digest)


def _append(draft: Path, size: int, data: bytes) -> None:
    fd = os.open(draft, _OPEN, 0o666)
    try:
        write_all(fd, data)
    except OSError:
        os.ftruncate(fd, size)
        raise
    finally:
        os.close(fd)


def _touched(path: Path) -> bool:
    """Whether a file is there; whoever clears up then takes it for new."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except PermissionError:
        # Another user's, who may clear it up.
        return True
    return True


@lru_cache(maxsize=256)
def _sweep(folder: Path, _pid: int) -> None:
    """Remove the drafts that were given up, once in a process."""
    for draft in folder.iterdir():
        try:
            if time.time() - draft.stat().st_mtime > LEFT_SECONDS:
                draft.unlink()
        except FileNotFoundError:
            # Another process was quicker.
            continue
