"""A home as it is at one moment, as files that can be kept elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackio.backup.manifest import Entry, Kept, Manifest
from trackio.backup.tables import parts
from trackio.errors import UnknownProject
from trackio.store import layout, schema
from trackio.store.blobs import sha256
from trackio.store.database import reading
from trackio.store.home import Home
from trackio.store.project import ProjectStore


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is, and where each file of it lies on this machine."""

    manifest: Manifest
    sources: Mapping[str, Path]
    """By path in the archive; those that the archive has already may be left out."""
    positions: Mapping[str, Mapping[str, int]]
    """How much of each journal is in it, by project and name."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A project."""

    signature: tuple[Any, ...]
    """Of the database's files."""
    kept: Kept
    positions: Mapping[str, int]
    sources: Mapping[str, Path]


class Snapshots:
    """Takes one after the other, and reads only what has changed since the last; for one thread."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._taken: dict[str, _Taken] = {}

    def take(self, folder: Path, before: Manifest | None) -> Snapshot:
        """The home as it is now, given what the archive has; new files of tables are written to the folder.

        Raises StoreError, OSError and sqlite3.Error; whoever does not keep it in the archive calls `forget`.
        """
        known = {} if before is None else before.projects
        found: dict[str, _Taken] = {}
        for name in self._home.projects():
            try:
                store = self._home.project(name)
                found[name] = self._project(store, folder / layout.key(name), known.get(name))
            except (UnknownProject, FileNotFoundError):
                # Deleted at this moment; what else that may mean shows next time.
                if name in self._home.projects():
                    raise
        self._taken = found
        sources = {path: source for taken in found.values() for path, source in taken.sources.items()}
        manifest = Manifest(
            secrets.token_hex(8),
            0 if before is None else before.commits + 1,
            {name: taken.kept for name, taken in found.items()},
        )
        return Snapshot(manifest, sources, {name: taken.positions for name, taken in found.items()})

    def forget(self) -> None:
        """Read everything next time."""
        self._taken.clear()

    def _project(self, store: ProjectStore, folder: Path, known: Kept | None) -> _Taken:
        store.catch_up()
        signature = tuple(_stat(path) for path in (store.path, store.path.with_name(f"{store.path.name}-wal")))
        last = self._taken.get(store.name)
        if last is not None and known is not None and last.signature == signature:
            kept, positions, sources = last.kept, last.positions, dict[str, Path]()
        else:
            kept, positions, sources = _tables(store, folder, known)
        # After the rows, as files go before the rows that speak of them.
        files = {path.relative_to(store.directory).as_posix(): path for path in _files(store)}
        marks = sorted((store.directory / "deleted").glob("*.json"))
        deleted = {mark.name: mark.read_text("utf-8") for mark in marks}
        kept = Kept(kept.name, kept.database, kept.schema, kept.tables, tuple(files), deleted)
        paths = kept.paths()
        sources = {paths[name]: path for name, path in {**sources, **files}.items()}
        return _Taken(signature, kept, positions, sources)


def _tables(store: ProjectStore, folder: Path, known: Kept | None) -> tuple[Kept, dict[str, int], dict[str, Path]]:
    """The parts of a project's tables, how much of each journal is in them, and those of them that are new."""
    if _stat(store.path)[1] <= 0:
        return Kept(store.name, "", 0, {}, (), {}), {}, {}
    with reading(store.path) as db:
        db.execute("BEGIN")
        database = str(db.execute("SELECT value FROM meta WHERE key = 'database'").fetchone()[0])
        before = known.tables if known is not None and known.database == database else {}
        tables: dict[str, Entry] = {}
        sources: dict[str, Path] = {}
        for part in parts(db):
            name = f"{part.table}/{part.name}"
            entry = before.get(name)
            if entry is None or part.stamp is None or entry.stamp != part.stamp:
                path = folder / f"{name}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                part.write(db, path, store.name)
                entry = Entry(sha256(path), part.stamp)
                sources[name] = path
            tables[name] = entry
        positions = dict(db.execute("SELECT name, position FROM journals").fetchall())
        kept = Kept(store.name, database, schema.version(db, store.path), tables, (), {})
        db.execute("ROLLBACK")
    return kept, positions, sources


def _files(store: ProjectStore) -> Iterator[Path]:
    for name in store.blobs.names():
        yield store.blobs.path(name)
    yield from sorted(path for path in layout.set_aside(store.directory).glob("*") if path.is_file())


def _stat(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return -1, -1
    return found.st_mtime_ns, found.st_size
