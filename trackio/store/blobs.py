"""The files of a project, each kept once under the SHA-256 of its content.

A file is written beside its place and moved there, so it is whole or not there at all, and any number of processes may
put the same one at once. One that a crash of the machine cut short is put anew. What a killed process leaves behind is
removed by a later one.
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from trackio.errors import StoreError
from trackio.references import FILE_NAME
from trackio.store import layout
from trackio.store.liveness import started

CHUNK_BYTES = 1 << 20

LEFT_SECONDS = 3600.0
"""What nobody has written to for so long, and whose process is no more, was left behind."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Blob:
    """One file of a project."""

    name: str
    """Its SHA-256 in hexadecimal, and its suffix such as ``.png``."""
    size: int
    """In bytes."""

    @property
    def digest(self) -> str:
        """The SHA-256 in hexadecimal."""
        return self.name[:64]


class Blobs:
    """The files of one project; safe from many threads and processes."""

    def __init__(self, project: Path) -> None:
        self._folder = layout.files(project)

    def path(self, name: str) -> Path:
        """Where the file of that name lies or would lie; raises ValueError for what is no such name."""
        if not FILE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a stored file")
        return self._folder / name[:2] / name

    def put(self, data: bytes | bytearray | memoryview, suffix: str = "") -> Blob:
        """Keep these bytes."""
        name = hashlib.sha256(data).hexdigest() + suffix
        path = self.path(name)
        if not _is_kept(path, len(data)):
            draft = self._draft_path()
            try:
                _write(draft, data)
                _move(draft, path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        return Blob(name, len(data))

    def put_file(self, source: Path, suffix: str | None = None) -> Blob:
        """Keep a copy of a file; its own suffix is kept too, if it is a plain one, unless another is given."""
        given = _plain_suffix(source) if suffix is None else suffix
        with self._draft() as draft:
            digest = hashlib.sha256()
            with source.open("rb") as file, draft.open("wb") as copy:
                size = _copy(file, copy, digest)
            name = digest.hexdigest() + given
            path = self.path(name)
            if not _is_kept(path, size):
                _move(draft, path)
        return Blob(name, size)

    def take_file(self, source: Path, suffix: str = "", digest: str | None = None) -> Blob:
        """Keep a file that is given away: moved here where that can be, else copied. ``digest`` saves reading it."""
        size = source.stat().st_size
        name = (digest or sha256(source)) + suffix
        path = self.path(name)
        if not _is_kept(path, size):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                _move(source, path)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                return self.put_file(source, suffix)
        return Blob(name, size)

    def read(self, name: str) -> bytes:
        """The bytes of a file; raises StoreError when they are gone or no longer what they were."""
        try:
            data = self.path(name).read_bytes()
        except FileNotFoundError:
            raise StoreError(f"The file {name} is missing from {self._folder}.") from None
        if hashlib.sha256(data).hexdigest() != name[:64]:
            raise StoreError(f"{self.path(name)} is damaged: its content does not have the SHA-256 in its name.")
        return data

    def copy_to(self, name: str, target: Path) -> None:
        """Copy a file out, checked on the way; raises StoreError, then nothing is left at ``target``."""
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.{os.urandom(6).hex()}.part")
        try:
            digest = hashlib.sha256()
            try:
                with self.path(name).open("rb") as file, draft.open("wb") as copy:
                    _copy(file, copy, digest)
            except FileNotFoundError:
                raise StoreError(f"The file {name} is missing from {self._folder}.") from None
            if digest.hexdigest() != name[:64]:
                raise StoreError(f"{self.path(name)} is damaged: its content does not have the SHA-256 in its name.")
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """The names of all files kept."""
        for path in sorted(self._folder.glob("??/*")):
            if FILE_NAME.fullmatch(path.name):
                yield path.name

    def remove(self, name: str) -> None:
        """Let go of a file; the caller knows that nothing refers to it any more."""
        self.path(name).unlink(missing_ok=True)

    @contextmanager
    def _draft(self) -> Iterator[Path]:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._draft_path()
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def _draft_path(self) -> Path:
        _sweep(self._folder, os.getpid())
        return self._folder / f"{os.getpid()}-{os.urandom(6).hex()}.part"


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


@lru_cache(maxsize=64)
def _sweep(folder: Path, _pid: int) -> None:
    """Remove the drafts of processes that are no more, once in a process."""
    for draft in folder.glob("*.part"):
        pid = draft.name.partition("-")[0]
        try:
            is_left = time.time() - draft.stat().st_mtime > LEFT_SECONDS
            if is_left and pid.isdecimal() and started(int(pid)) is None:
                draft.unlink()
        except OSError:
            # Another process was quicker, or may do it.
            continue


def _is_kept(path: Path, size: int) -> bool:
    """Whether a file is there already; it then counts as new, so that nobody who clears up takes it for left over."""
    try:
        if path.stat().st_size != size:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    except PermissionError:
        # Another user's, which that user may clear up.
        return True
    return True


def _copy(source: BinaryIO, target: BinaryIO, digest: Any) -> int:
    size = 0
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return size


def _write(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Write a new file with few calls of the system: after each the thread has to wait for its turn again."""
    try:
        fd = os.open(path, _NEW, 0o666)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, _NEW, 0o666)
    try:
        left = memoryview(data).cast("B")
        while left:
            left = left[os.write(fd, left) :]
    finally:
        os.close(fd)


def _move(draft: Path, path: Path) -> None:
    try:
        draft.replace(path)
    except FileNotFoundError:
        path.parent.mkdir(exist_ok=True)
        draft.replace(path)


def _plain_suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    return suffix if FILE_NAME.fullmatch("0" * 64 + suffix) else ""
