"""Events about artifacts, folded into their tables: here versions get their numbers.

``artifact``         a run logged one: the content that the collection already has gives that version again
``artifact_used``    a run took one as its input; one of another project stays among the events
``artifact_linked``  a version was put into another collection too, such as a registry's

What does not have the expected form, or claims another type than its collection has, is kept whole among the events.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from trackio.references import FILE_NAME
from trackio.store.layout import clean
from trackio.store.runs import RunRow, encode

NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_\-.]{1,128}")
"""The name of a collection: also that of the folder its files are downloaded to."""

TARGET = re.compile(r"(?:(?!\.{1,2}/)[^/:\x00-\x1f\ud800-\udfff]{1,128}/){0,2}(?!\.{1,2}$)[A-Za-z0-9_\-.]{1,128}")
"""The collection that a version is linked to: a name, or the path of one in a registry."""

DIGEST = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"v(0|[1-9][0-9]{0,17})")
LATEST = "latest"
OUTPUT, INPUT = "output", "input"
PART = "artifact_part"
"""The event of one rank's share of an artifact that many write together; it waits among the events for the end."""

_MOST = 1 << 63


def is_alias(alias: object) -> bool:
    """Whether a text can be an alias: no separators, and not the number of a version."""
    return (
        isinstance(alias, str)
        and 0 < len(alias) <= 128
        and alias == clean(alias)
        and not set(alias) & set("/:")
        and not VERSION.fullmatch(alias)
    )


def _logged(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], time_ns: int) -> bool:
    if not _is_version(event) or not _joined(db, event["name"], event["type"]):
        return False
    name, digest = event["name"], event["digest"]
    found = db.execute(
        "SELECT num FROM artifacts WHERE name = ? AND digest = ? ORDER BY version DESC LIMIT 1", (name, digest)
    ).fetchone()
    num = _added(db, run, event, time_ns) if found is None else int(found[0])
    if found is not None and event.get("tags"):
        _add_tags(db, num, event["tags"])
    _point(db, name, num, [*(event.get("aliases") or ()), LATEST])
    _use(db, num, run, time_ns, OUTPUT)
    for part in map(clean, event.get("parts") or ()):
        db.execute("DELETE FROM events WHERE event = ? AND json_extract(body, '$.part') = ?", (PART, part))
    return True


def _used(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], time_ns: int) -> bool:
    name, version, digest = event.get("name"), event.get("version"), event.get("digest")
    if event.get("project") is not None or not _fits(NAME, name) or not _is_count(version):
        return False
    if digest is not None and not _fits(DIGEST, digest):
        return False
    # What came from another home may have another number here: its content tells it.
    found = db.execute(
        "SELECT num FROM artifacts WHERE name = :name AND CASE WHEN :digest IS NULL THEN version = :version "
        "ELSE digest = :digest END ORDER BY version DESC LIMIT 1",
        {"name": name, "version": version, "digest": digest},
    ).fetchone()
    if found is None:
        return False
    _use(db, found[0], run, time_ns, INPUT)
    return True


def _linked(db: sqlite3.Connection, _run: RunRow, event: Mapping[str, Any], time_ns: int) -> bool:
    name, digest, target, aliases = (event.get(key) for key in ("name", "digest", "target", "aliases"))
    if not (_fits(NAME, name) and _fits(DIGEST, digest) and isinstance(target, str) and _are_texts(aliases)):
        return False
    found = db.execute(
        "SELECT num FROM artifacts WHERE name = ? AND digest = ? ORDER BY version DESC LIMIT 1", (name, digest)
    ).fetchone()
    return found is not None and link(db, found[0], target, aliases or [], time_ns)


def link(db: sqlite3.Connection, num: int, target: str, aliases: list[str], time_ns: int) -> bool:
    """Put a version into another collection; False when that is one of another type, or can be none."""
    (kind,) = db.execute("SELECT type FROM artifacts WHERE num = ?", (num,)).fetchone()
    if not TARGET.fullmatch(target) or not _joined(db, target, kind):
        return False
    already = db.execute("SELECT 1 FROM artifact_versions WHERE name = ? AND artifact = ?", (target, num)).fetchone()
    if already is None:
        db.execute(
            "INSERT INTO artifact_links (name, version, artifact, linked_ns) VALUES (?, ?, ?, ?)",
            (target, _next_number(db, target), num, time_ns),
        )
    _point(db, target, num, [*aliases, LATEST])
    return True


TAKERS: dict[str, Callable[[sqlite3.Connection, RunRow, Mapping[str, Any], int], bool]] = {
    "artifact": _logged,
    "artifact_used": _used,
    "artifact_linked": _linked,
}
"""By event: True when it was taken in."""


def _joined(db: sqlite3.Connection, name: str, kind: str) -> bool:
    """Make the collection unless it is there; False when it is one of another type."""
    db.execute("INSERT OR IGNORE INTO artifact_collections (name, type) VALUES (?, ?)", (name, kind))
    found = db.execute("SELECT type FROM artifact_collections WHERE name = ?", (name,)).fetchone()
    return bool(found[0] == kind)


def _next_number(db: sqlite3.Connection, name: str) -> int:
    (number,) = db.execute("SELECT versions FROM artifact_collections WHERE name = ?", (name,)).fetchone()
    db.execute("UPDATE artifact_collections SET versions = versions + 1 WHERE name = ?", (name,))
    return int(number)


def _added(db: sqlite3.Connection, run: RunRow, event: Mapping[str, Any], time_ns: int) -> int:
    description, step = event.get("description"), event.get("step")
    row = {
        "name": event["name"],
        "version": _next_number(db, event["name"]),
        "type": event["type"],
        "digest": event["digest"],
        "manifest": event["manifest"],
        "size": event["size"],
        "file_count": event["file_count"],
        "description": clean(description) if isinstance(description, str) else None,
        "metadata": encode(event.get("metadata", {})),
        "tags": encode(list(dict.fromkeys(event.get("tags") or ()))),
        "step": step if isinstance(step, int) and abs(step) < _MOST else None,
        "time_ns": time_ns,
        "run": run.num,
    }
    cursor = db.execute(
        "INSERT INTO artifacts (name, version, type, digest, manifest, size, file_count, description, metadata, tags, "
        "step, created_ns, updated_ns, run) VALUES (:name, :version, :type, :digest, :manifest, :size, :file_count, "
        ":description, :metadata, :tags, :step, :time_ns, :time_ns, :run)",
        row,
    )
    return int(cursor.lastrowid or 0)


def _add_tags(db: sqlite3.Connection, num: int, tags: list[str]) -> None:
    (before,) = db.execute("SELECT tags FROM artifacts WHERE num = ?", (num,)).fetchone()
    both = list(dict.fromkeys([*json.loads(before), *tags]))
    db.execute("UPDATE artifacts SET tags = ? WHERE num = ?", (encode(both), num))


def _point(db: sqlite3.Connection, name: str, num: int, aliases: list[str]) -> None:
    """Let aliases name a version, whatever they named before."""
    db.executemany(
        "INSERT OR REPLACE INTO artifact_aliases (name, alias, artifact) VALUES (?, ?, ?)",
        [(name, alias, num) for alias in aliases if is_alias(alias)],
    )


def _use(db: sqlite3.Connection, num: int, run: RunRow, time_ns: int, role: str) -> None:
    db.execute(
        "INSERT OR IGNORE INTO artifact_uses (artifact, run, time_ns, role) VALUES (?, ?, ?, ?)",
        (num, run.num, time_ns, role),
    )


def _is_version(event: Mapping[str, Any]) -> bool:
    name, kind, digest, manifest = (event.get(key) for key in ("name", "type", "digest", "manifest"))
    return (
        _fits(NAME, name)
        and isinstance(kind, str)
        and 0 < len(kind) <= 128
        and kind == clean(kind)
        and _fits(DIGEST, digest)
        and _fits(FILE_NAME, manifest)
        and _is_count(event.get("size"))
        and _is_count(event.get("file_count"))
        and isinstance(event.get("metadata", {}), dict)
        and all(_are_texts(event.get(key)) for key in ("aliases", "tags", "parts"))
    )


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < _MOST


def _are_texts(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(item, str) for item in value))
