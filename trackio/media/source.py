"""The bytes a medium is given ready-made: in a file, in memory, or behind an open file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from trackio.errors import UsageError
from trackio.store.blobs import Blob, Blobs
from trackio.store.layout import clean

MOST_READ_BYTES = 32 << 20
"""Larger files are not read into memory; they stay open until they are stored, and must not be changed before."""

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://")


class Source:
    """Bytes taken over from the caller."""

    def __init__(self, data: bytes = b"", *, file: IO[bytes] | None = None, name: str = "") -> None:
        self.name = name
        """The file's path as given; empty for bytes."""
        self._data, self._file = data, file
        self._state = _state(file) if file is not None else ()

    @property
    def nbytes(self) -> int:
        """How much memory it holds."""
        return len(self._data)

    @property
    def suffix(self) -> str:
        """What the name of the file ends in, in lower case without its dot; empty for bytes."""
        return Path(self.name).suffix.lower()[1:]

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The bytes as a file to read, from their beginning."""
        if self._file is None:
            yield BytesIO(self._data)
            return
        with _path(self._file).open("rb") as file:
            file.seek(0)
            yield file

    def head(self, size: int) -> bytes:
        """The first bytes."""
        if self._file is None:
            return self._data[:size]
        return os.pread(self._file.fileno(), size, 0)

    def read(self) -> bytes:
        """All bytes."""
        with self.opened() as file:
            return file.read()

    def put(self, blobs: Blobs, suffix: str) -> Blob:
        """Keep the bytes; raises UsageError when the file was changed since it was taken over."""
        if self._file is None:
            return blobs.put(self._data, suffix)
        self._file.seek(0)
        blob = blobs.put_file(_path(self._file), suffix)
        if _state(self._file) != self._state:
            raise UsageError(
                f"{self.name} was changed before it could be stored. "
                f"Files of more than {MOST_READ_BYTES >> 20} MB are not read at once: write each to a path of its own."
            )
        return blob

    def __del__(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._file is None:
            return Source, (self._data,), {"name": self.name}
        # It is read back in this process, where the number still stands for the file.
        return _reopened, (os.dup(self._file.fileno()), self.name, self._state)


def source(value: Any, what: str) -> Source:
    """Take over a path, bytes, or an open file; raises UsageError when it cannot be read.

    ``what`` is the medium, for the message.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return Source(bytes(value))
    if hasattr(value, "read"):
        return Source(_read(value), name=_name(value))
    path = os.fspath(value)
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if _ADDRESS.match(path):
        raise UsageError(f"{what} keeps files, not addresses: download {path} first and pass the path.")
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - closed below, or by the source that keeps it
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{what}: {path!r} cannot be read: {reason}.") from error
    if os.fstat(file.fileno()).st_size > MOST_READ_BYTES:
        return Source(file=file, name=path)
    with file:
        try:
            return Source(file.read(), name=path)
        except OSError as error:
            raise UsageError(f"{what}: {path!r} cannot be read: {error.strerror}.") from error


def is_path(value: Any) -> bool:
    """Whether a value names a file."""
    return isinstance(value, (str, os.PathLike))


def is_bytes(value: Any) -> bool:
    """Whether a value is, or reads as, bytes."""
    return isinstance(value, (bytes, bytearray, memoryview)) or hasattr(value, "read")


def _read(file: Any) -> bytes:
    """All that an open file holds, text as UTF-8."""
    if hasattr(file, "seek"):
        try:
            file.seek(0)
        except OSError:
            # A pipe has no beginning to go back to.
            pass
    data = file.read()
    return clean(data).encode() if isinstance(data, str) else bytes(data)


def _name(file: Any) -> str:
    name = getattr(file, "name", "")
    return name if isinstance(name, str) else ""


def _path(file: IO[bytes]) -> Path:
    # Leads to the file even when it was renamed or removed since.
    return Path(f"/dev/fd/{file.fileno()}")


def _state(file: IO[bytes]) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def _reopened(number: int, name: str, state: tuple[int, int]) -> Source:
    found = Source(file=os.fdopen(number, "rb"), name=name)
    found._state = state
    return found
