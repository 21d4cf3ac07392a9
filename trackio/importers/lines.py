"""The lines of a text file, with what it is called by its content."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from trackio.importers.imported import ImportFailed


class Lines(Iterator[str]):
    """The lines of a UTF-8 file; knows how far it is, and what the whole is called by its content."""

    def __init__(self, path: Path) -> None:
        self._path = path
        data = path.read_bytes()
        self.digest = blake2b(data, digest_size=16).hexdigest()
        self.total, self.done, self._number = len(data), 0, 0
        self._lines = iter(data.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True))
        self.first = data[: 1 << 16].decode(errors="replace").removeprefix("\ufeff").partition("\n")[0]

    def __next__(self) -> str:
        line = next(self._lines)
        self.done += len(line)
        self._number += 1
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise ImportFailed(self._path, f"it is not UTF-8 text ({error.reason})", self._number) from None
