"""The rows and files of one MLflow run, read when they are asked for."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackio import references
from trackio.errors import UsageError
from trackio.importers.imported import ImportedRun, Row
from trackio.importers.mark import Mark, take_mark
from trackio.importers.mlflow import history
from trackio.importers.mlflow.store import ASIDE, MARK_FILE, ROWS_FILE, SYSTEM
from trackio.importers.told import parsed
from trackio.importers.within import files_within, is_within
from trackio.media.base import Media, Place
from trackio.records import Scalar


class Contents:
    """What a run logged and saved.

    ``folder(download)`` says where its artifacts lie, when there are any, and may put them into ``download``.
    """

    def __init__(
        self,
        run: ImportedRun,
        keys: Sequence[str],
        points: Callable[[str], Iterable[Any]],
        folder: Callable[[Path], Path | None] | None,
    ) -> None:
        self._run, self._keys, self._points, self._find = run, keys, points, folder
        self._mark: Mark | None = None
        self._names: Mapping[str, str] = {}
        """The names of metrics that MLflow does not allow, by those that our own export gave them."""

    def rows(self) -> Iterator[Row]:
        """What it logged: metrics, and pictures among its artifacts."""
        folder = self._artifacts()
        others: Iterable[Row] = ()
        if folder is not None:
            media = self._take_mark(folder)
            others = history.images(folder) if media is None else self._kept(folder, media)
            self._run.files = list(_files(folder, media))
        keys = [key for key in self._keys if not self._is_system(key)]
        yield from history.rows(keys, self._points, self._typed, others)

    def system_rows(self) -> Iterator[Row]:
        """Figures of the machine."""
        yield from history.rows([key for key in self._keys if self._is_system(key)], self._points, self._typed)

    def _artifacts(self) -> Path | None:
        if self._find is None:
            return None
        download = Path(tempfile.mkdtemp(prefix="trackio-"))
        # What is in it is read until the run is forgotten.
        weakref.finalize(self, shutil.rmtree, download, ignore_errors=True)
        return self._find(download)

    def _take_mark(self, folder: Path) -> Mapping[str, str] | None:
        """What our own export said: the artifacts that are media, by the names of their files; None without."""
        if not is_within(folder / MARK_FILE, folder):
            return None
        try:
            content = (folder / MARK_FILE).read_bytes()
            said = parsed(content)
            media, self._names = dict(said["files"]), dict(said["names"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        events = self._run.events
        self._mark = take_mark(self._run, content)
        self._run.events = [*self._run.events, *events]
        return media if self._mark is not None else None

    def _kept(self, folder: Path, media: Mapping[str, str]) -> Iterator[Row]:
        if not is_within(folder / ROWS_FILE, folder):
            return
        try:
            lines = (folder / ROWS_FILE).read_text("utf-8").splitlines()
        except FileNotFoundError:
            return
        yield from history.kept(lines, lambda value: Kept(folder, media, value))

    def _is_system(self, key: str) -> bool:
        if self._mark is not None:
            return self._names.get(key, key) in self._mark.system
        return key.startswith(SYSTEM)

    def _typed(self, key: str, value: float) -> tuple[str, Scalar]:
        tag = self._names.get(key, key)
        if self._mark is None:
            return tag.removeprefix(SYSTEM) if self._is_system(key) else tag, value
        return self._mark.system.get(tag, tag), self._mark.typed(tag, value)


@dataclass(frozen=True, slots=True)
class Kept(Media):
    """A medium that our own export put among the artifacts."""

    folder: Path
    files: Mapping[str, str]
    """Where among the artifacts each stored file lies."""
    value: Mapping[str, Any]

    def reference(self, place: Place) -> dict[str, Any]:
        """Store its files again and return what stood in the row."""
        for name in references.files(self.value):
            path = self.folder / str(self.files.get(name, ""))
            if not path.is_file() or not is_within(path, self.folder):
                raise UsageError("a file of it is missing among the artifacts")
            if place.blobs.put_file(path, name[64:]).name != name:
                raise UsageError("a file of it has changed among the artifacts")
        return dict(self.value)


def _files(folder: Path, media: Mapping[str, str] | None) -> Iterator[tuple[str, Path]]:
    """The artifacts that are no part of a row."""
    logged = set(media.values()) if media is not None else set()
    for path in files_within(folder):
        name = path.relative_to(folder).as_posix()
        is_row = name in logged or history.is_image(path) if name.startswith("images/") else name in logged
        is_aside = media is not None and name.partition("/")[0] == ASIDE
        if not is_row and not is_aside:
            yield name, path
