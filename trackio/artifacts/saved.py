"""The files that runs saved beside their metrics."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TextIO

from trackio.artifacts.names import valid_path
from trackio.errors import InvalidArtifact, NotFound, UnknownRun
from trackio.records import FileRecord
from trackio.references import FILE_NAME
from trackio.store.home import Home
from trackio.store.project import ProjectStore

EVENT = "file"


class UnknownFile(NotFound):
    """The run saved no file of that name."""

    noun = "file"


class File:
    """One file that a run saved, as it was saved last."""

    def __init__(self, store: ProjectStore, record: FileRecord) -> None:
        self._store, self.record = store, record

    @property
    def name(self) -> str:
        """Its path among the files of the run, with ``/``."""
        return self.record.name

    @property
    def size(self) -> int:
        """In bytes."""
        return self.record.size

    @property
    def digest(self) -> str:
        """The SHA-256 of its content in hexadecimal."""
        return self.record.file[:64]

    @property
    def path(self) -> Path:
        """Where its content lies in the store; read it, never write it."""
        return self._store.blobs.path(self.record.file)

    @property
    def url(self) -> str:
        """The same as an address."""
        return self.path.as_uri()

    def read(self) -> bytes:
        """The content, checked; raises StoreError when it is damaged or gone."""
        return self._store.blobs.read(self.record.file)

    def download(
        self,
        root: str | os.PathLike[str] = ".",
        replace: bool = False,
        exist_ok: bool = False,
        api: Any = None,  # noqa: ARG002 - wandb's
    ) -> TextIO:
        """Put it under ``root`` and open it to read.

        A file that is there already raises InvalidArtifact, unless ``replace`` lets it go or ``exist_ok`` opens it.
        """
        target = Path(root, self.name)
        if not target.exists() or replace:
            self._store.blobs.copy_to(self.record.file, target)
        elif not exist_ok:
            raise InvalidArtifact(f"{target} exists. Pass replace=True to replace it, or exist_ok=True to open it.")
        return target.open(encoding="utf-8", errors="replace")

    def __repr__(self) -> str:
        return f"File({self.name!r}, {self.size} bytes)"


def files(store: ProjectStore, run_id: str) -> list[File]:
    """The files that a run saved, by name; of one that was saved again, the last."""
    store.catch_up()
    found = {record.name: record for event in store.events(run_id, EVENT) if (record := _record(event)) is not None}
    return [File(store, found[name]) for name in sorted(found)]


def file(store: ProjectStore, run_id: str, name: str) -> File:
    """The file of that name; raises UnknownFile."""
    known = {one.name: one for one in files(store, run_id)}
    if name not in known:
        raise UnknownFile(name, list(known), f"run {run_id!r}")
    return known[name]


def restored(
    store: ProjectStore | None, run_path: str, name: str, root: Path, *, replace: bool = False
) -> TextIO | None:
    """A saved file brought back under ``root`` and opened to read; None when the run saved none of that name.

    What is there already is opened as it is, unless ``replace``. Raises UnknownRun.
    """
    target = root / valid_path(name)
    if not target.exists() or replace:
        home, run_id = _run_at(store, run_path)
        try:
            file(home, run_id, target.relative_to(root).as_posix()).download(root, replace=True).close()
        except UnknownFile:
            return None
    return target.open(encoding="utf-8", errors="replace")


def _run_at(store: ProjectStore | None, path: str) -> tuple[ProjectStore, str]:
    """The run at ``run``, ``project/run`` or ``entity/project/run``; both names may have slashes of their own."""
    places = [(store, path)] if store is not None else []
    home = Home(None if store is None else store.directory.parent.parent)
    known = set(home.projects())
    cuts = [at for at, char in enumerate(path) if char == "/"]
    for start in (0, cuts[0] + 1) if cuts else ():
        places += [(home.project(path[start:cut]), path[cut + 1 :]) for cut in cuts if path[start:cut] in known]
    error: UnknownRun | None = None
    for place, key in places:
        place.catch_up()
        try:
            return place, place.run(key).id
        except UnknownRun as caught:
            error = error or caught
    raise error or UnknownRun(path)


def _record(event: dict[str, Any]) -> FileRecord | None:
    """What an event tells; None when it is another program's, or leads where no file of a run lies."""
    name, stored, size = event.get("name"), event.get("file"), event.get("size")
    if not (
        isinstance(name, str) and isinstance(stored, str) and FILE_NAME.fullmatch(stored) and isinstance(size, int)
    ):
        return None
    try:
        return FileRecord(valid_path(name), stored, size, int(event.get("mtime_ns", 0)), int(event.get("time_ns", 0)))
    except (InvalidArtifact, TypeError, ValueError):
        return None
