"""Copies of what a script hands over, kept until they are stored: the script may change its own files at once.

They lie in the home, so that storing them is a move. What a killed process leaves behind, the next one removes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
import weakref
from functools import lru_cache
from io import BufferedWriter, RawIOBase
from itertools import count
from pathlib import Path

from trackio import settings
from trackio.errors import UsageError
from trackio.store.liveness import identity, standing

SMALL_BYTES = 256 << 10
"""Files up to here are read at once: of many small ones, the calls to the system are what takes time."""

_OWNER = "owner.json"


class Staging:
    """A folder for one artifact's files; it is removed by ``clear``, or when nobody holds it any more."""

    def __init__(self) -> None:
        self.folder = _make()
        self._numbers = count()
        self._removal = weakref.finalize(self, _remove, self.folder, os.getpid())

    def capture(self, source: Path) -> tuple[Path, str | None]:
        """A copy of a file as it is now, and the SHA-256 of its content where that costs nothing; raises OSError."""
        copy = self.fresh()
        try:
            with source.open("rb", buffering=0) as read, copy.open("xb") as written:
                data = read.read(SMALL_BYTES)
                written.write(data)
                if len(data) < SMALL_BYTES:
                    return copy, hashlib.sha256(data).hexdigest()
                written.flush()
                _copy(read, written)
        except OSError:
            copy.unlink(missing_ok=True)
            raise
        return copy, None

    def fresh(self) -> Path:
        """A path where nothing lies yet."""
        return self.folder / f"{next(self._numbers)}"

    def keep(self) -> None:
        """Outlive the end of the interpreter: whoever stores the files has yet to come."""
        self._removal.atexit = False

    def clear(self) -> None:
        """Remove what is left."""
        self._removal()


def _make() -> Path:
    """A new folder with the name of its owner in it: in the home, or where temporary files go."""
    try:
        around = settings.home().absolute() / "staging"
        around.mkdir(parents=True, exist_ok=True)
        _sweep(around, os.getpid())
        return _owned(Path(tempfile.mkdtemp(dir=around)))
    except (OSError, UsageError):
        return _owned(Path(tempfile.mkdtemp(prefix="trackio-")))


def _owned(folder: Path) -> Path:
    try:
        (folder / _OWNER).write_text(json.dumps(identity()), encoding="utf-8")
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


@lru_cache(maxsize=1)
def _sweep(around: Path, _pid: int) -> None:
    """Remove the folders of processes that are no more, once in a process."""
    for folder in around.iterdir():
        try:
            owner = json.loads((folder / _OWNER).read_text(encoding="utf-8"))
            is_gone = standing(owner, folder.stat().st_mtime_ns, time.time_ns()) == "gone"
        except (OSError, ValueError, AttributeError):
            # Just being made, or being removed by another process.
            continue
        if is_gone:
            shutil.rmtree(folder, ignore_errors=True)


def _remove(folder: Path, pid: int) -> None:
    # The child of a fork holds the same objects, but the files are its parent's.
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(read: RawIOBase, written: BufferedWriter) -> None:
    """Copy a file from where it stands; within the kernel where that can be, so that equal blocks may be shared."""
    if hasattr(os, "copy_file_range"):
        try:
            while os.copy_file_range(read.fileno(), written.fileno(), 1 << 30):
                pass
        except OSError:
            # From another kind of file system, or none of disk: what is left is read and written.
            pass
    shutil.copyfileobj(read, written, 1 << 20)
