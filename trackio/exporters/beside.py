"""The files that exported runs refer to, kept beside the export under their content's digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trackio import references
from trackio.errors import StoreError, UsageError
from trackio.exporters.exported import Carried
from trackio.importers.kept import files
from trackio.records import Scalar
from trackio.store.blobs import Blobs


class Beside:
    """Copies stored files to ``folder / "files"``; without a folder it only counts what stays behind."""

    def __init__(self, folder: Path | None, carried: Carried) -> None:
        self._folder, self._carried = folder, carried
        self._target = None if folder is None else Blobs(folder)
        self._copied: set[str] = set()

    def row(self, values: Mapping[str, Scalar], blobs: Blobs) -> dict[str, dict[str, Any]]:
        """The references in a row by name, once their files are copied."""
        found = {name: body for name, value in values.items() if (body := references.decode(value)) is not None}
        for name, body in found.items():
            self.keep(name, body, blobs)
        return found

    def keep(self, name: str, body: object, blobs: Blobs) -> None:
        """Copy every file that a reference, an event or an artifact leads to."""
        try:
            self._copy(files(body, blobs), blobs)
        except UsageError as error:
            self._carried.leave(f"{name}: {error}")

    def _copy(self, names: Iterable[str], blobs: Blobs) -> None:
        new = set(names) - self._copied
        if not new:
            return
        if self._target is None:
            self._carried.leave("a file that media and artifacts refer to", len(new))
            self._copied |= new
            return
        for name in sorted(new):
            target = self._target.path(name)
            if not target.is_file():
                try:
                    blobs.copy_to(name, target)
                except StoreError as error:
                    self._carried.leave(str(error).rstrip("."))
                    continue
            self._copied.add(name)

    @property
    def written(self) -> list[str]:
        """The folder, when there is a file in it."""
        return [str(self._folder / "files")] if self._folder is not None and self._copied else []
