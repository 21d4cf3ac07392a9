"""A home made again from a backup, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from trackio.backup import tables
from trackio.backup.archives import Archive
from trackio.backup.manifest import Kept, Manifest, is_blob
from trackio.errors import StoreError
from trackio.store import layout
from trackio.store.blobs import sha256

FETCHED, MADE = "restore.files", "restore.part"
"""Folders of the home while it is made."""

SET_ASIDE = "projects.before"
"""Where projects go that the backup does not know."""

_OPEN = "SELECT name, position FROM journals WHERE state = 'open'"


def restore(home: Path, archive: Archive, manifest: Manifest) -> None:
    """Put what the backup has in the place of the home's projects, which are set aside if there are any.

    Raises StoreError, OSError, PublishError and sqlite3.Error; the home is then as it was.
    """
    fetched, made = home / FETCHED, home / MADE
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    # What an earlier time has brought before it was cut short need not come again.
    fetched.mkdir(exist_ok=True)
    archive.fetch(manifest, fetched)
    try:
        for kept in manifest.projects.values():
            _project(kept, fetched, made / layout.key(kept.name))
    except StoreError:
        shutil.rmtree(fetched, ignore_errors=True)
        raise
    place = layout.projects_directory(home)
    if place.exists():
        aside = home / SET_ASIDE
        shutil.rmtree(aside, ignore_errors=True)
        place.replace(aside)
    made.replace(place)
    shutil.rmtree(fetched, ignore_errors=True)


def _project(kept: Kept, fetched: Path, folder: Path) -> None:
    layout.journals(folder).mkdir(parents=True)
    layout.receiving(folder).mkdir()
    (folder / layout.PROJECT_FILE).write_text(json.dumps({"name": kept.name}), encoding="utf-8")
    paths = kept.paths()
    for name in kept.files:
        source, target = fetched / paths[name], folder / name
        _check(source, target.name[:64] if is_blob(name) else None)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
    for name, mark in kept.deleted.items():
        target = folder / "deleted" / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(mark, encoding="utf-8")
    if kept.tables:
        found = [(part.partition("/")[0], fetched / paths[part]) for part in kept.tables]
        for part, (_, path) in zip(kept.tables, found, strict=True):
            _check(path, kept.tables[part].digest)
        database = layout.database(folder)
        tables.restore(database, kept.schema, found)
        _hold_places(folder, database)


def _check(path: Path, digest: str | None) -> None:
    """Raise StoreError unless a file is what it was."""
    if not path.is_file():
        raise StoreError(f"The backup lacks {path.name}. Nothing was restored.")
    if digest is not None and sha256(path) != digest:
        raise StoreError(f"{path.name} in the backup is not what was written there. Nothing was restored.")


def _hold_places(folder: Path, database: Path) -> None:
    """Make the journals that go on, empty up to where they were kept: their writers are heard of again in a moment."""
    with closing(sqlite3.connect(database)) as db:
        found = db.execute(_OPEN).fetchall()
    for name, position in found:
        if Path(name).name != name:
            continue
        path = layout.journals(folder) / name
        layout.received(folder, name).write_text(str(position), encoding="ascii")
        with path.open("wb") as file:
            os.truncate(file.fileno(), position)
