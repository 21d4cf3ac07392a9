"""Which stored files of a project anything still speaks of, and the removal of the others."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trackio.errors import TrackioError
from trackio.references import decode, files
from trackio.store import layout
from trackio.store.artifacts import PART
from trackio.store.blobs import Blobs
from trackio.store.points import TEXT

if TYPE_CHECKING:
    from trackio.store.project import ProjectStore

UNTOUCHED_SECONDS = 3600.0
"""While a run is in progress, a file that was put so lately may be on its way into a row."""

RECEIVED_SECONDS = 30 * 86400.0
"""Where runs come over HTTP, files go ahead of them, and an outage may come between."""

_TEXTS = (
    "SELECT DISTINCT value FROM points JOIN metrics ON metrics.num = points.metric "
    "WHERE metrics.types & ? AND typeof(value) = 'text' AND value LIKE '{\"_type\":\"trackio.%'"
)
_JSON = ("SELECT config FROM runs", "SELECT summary FROM runs", "SELECT body FROM events")
_MANIFESTS = "SELECT DISTINCT manifest FROM artifacts"
_SHARES = "SELECT json_extract(body, '$.manifest') FROM events WHERE event = ?"
HOLD_OTHERS = (".table.json", ".trace.json")
"""Kinds of files that speak of files themselves."""


def referenced(store: ProjectStore) -> set[str]:
    """The names of all files that rows, settings, saved files and artifacts lead to."""
    found: set[str] = set()
    for (value,) in store.query(_TEXTS, (TEXT,))[1]:
        found.update(files(decode(value)))
    for query in _JSON:
        for (body,) in store.query(query)[1]:
            found.update(files(json.loads(body)))
    waiting = [name for name in found if name.endswith(HOLD_OTHERS)]
    while waiting:
        inside = set(files(_read(store.blobs, waiting.pop()))) - found
        found |= inside
        waiting.extend(name for name in inside if name.endswith(HOLD_OTHERS))
    manifests = {name for (name,) in store.query(_SHARES, (PART,))[1]}
    if store.query("SELECT 1 FROM sqlite_master WHERE name = 'artifacts'")[1]:
        manifests.update(name for (name,) in store.query(_MANIFESTS)[1])
    for name in manifests:
        found.update(files(_read(store.blobs, name)))
    return found | manifests


def collect(store: ProjectStore) -> None:
    """Remove the files that nothing speaks of; whatever is still on its way stays.

    What cannot be read tells nothing of its files, so then none is removed.
    """
    began = time.time()
    try:
        store.fold()
        needed = referenced(store)
    except (OSError, sqlite3.Error, TrackioError, ValueError, TypeError):
        return
    for name in _left_over(store, needed, began):
        store.blobs.remove(name)


def _left_over(store: ProjectStore, needed: set[str], began: float) -> Iterator[str]:
    is_busy = bool(store.query("SELECT 1 FROM runs WHERE status = 'running' LIMIT 1")[1])
    kept_seconds = UNTOUCHED_SECONDS if is_busy else 0.0
    if layout.receiving(store.directory).is_dir():
        kept_seconds = RECEIVED_SECONDS
    for name in store.blobs.names():
        if name in needed:
            continue
        try:
            touched = store.blobs.path(name).stat().st_mtime
        except FileNotFoundError:
            # Another process does the same.
            continue
        # What was put since is of a run that began since.
        if touched < began - kept_seconds:
            yield name


def _read(blobs: Blobs, name: str) -> Any:
    return json.loads(blobs.read(name))
