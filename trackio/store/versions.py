"""The versions of artifacts, read and changed; ``trackio.store.artifacts`` is where they come from."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trackio.errors import InvalidArtifact, UnknownArtifact, UsageError
from trackio.records import ArtifactRecord
from trackio.store import artifacts
from trackio.store.artifacts import DIGEST, INPUT, LATEST, OUTPUT, VERSION
from trackio.store.database import transaction, writing
from trackio.store.project import ProjectStore
from trackio.store.runs import encode

_SELECT = """
    SELECT artifacts.num, versions.name, versions.version, artifacts.name, artifacts.version, artifacts.type,
        artifacts.digest, artifacts.manifest, artifacts.size, artifacts.file_count, artifacts.description,
        artifacts.metadata, artifacts.tags,
        (SELECT json_group_array(alias) FROM artifact_aliases AS aliases
         WHERE aliases.artifact = artifacts.num AND aliases.name = versions.name),
        artifacts.step, artifacts.created_ns, artifacts.updated_ns, versions.added_ns, runs.id
    FROM artifact_versions AS versions
    JOIN artifacts ON artifacts.num = versions.artifact
    LEFT JOIN runs ON runs.num = artifacts.run
"""
_HAS_TABLES = "SELECT 1 FROM sqlite_master WHERE name = 'artifact_versions'"


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """The versions of one name."""

    name: str
    type: str
    count: int
    """How many versions there are; numbers of deleted ones are not given again."""


def collections(store: ProjectStore, kind: str | None = None) -> list[CollectionRecord]:
    """The collections of a project that have a version, by name; of one type, if it is given."""
    rows = _rows(
        store,
        "SELECT collections.name, collections.type, count(*) FROM artifact_collections AS collections "
        "JOIN artifact_versions AS versions ON versions.name = collections.name "
        "WHERE ? IS NULL OR collections.type = ? GROUP BY collections.name ORDER BY collections.name",
        (kind, kind),
    )
    return [CollectionRecord(*row) for row in rows]


def type_of(store: ProjectStore, name: str) -> str | None:
    """The type that every version of a collection has; None while there is none."""
    rows = _rows(store, "SELECT type FROM artifact_collections WHERE name = ?", (name,))
    return str(rows[0][0]) if rows else None


def versions(store: ProjectStore, name: str) -> list[ArtifactRecord]:
    """The versions of a collection, oldest first; raises UnknownArtifact when there is none."""
    found = _records(store, "WHERE versions.name = ? ORDER BY versions.version", (name,))
    if not found:
        raise UnknownArtifact(name, [one.name for one in collections(store)], store.name)
    return found


def find(store: ProjectStore, name: str, alias: str = LATEST) -> ArtifactRecord:
    """The version that an alias, ``v<number>`` or a whole digest names; raises UnknownArtifact."""
    value: str | int = alias
    if VERSION.fullmatch(alias):
        where, value = "versions.version = ?", int(alias[1:])
    elif DIGEST.fullmatch(alias):
        where = "artifacts.digest = ?"
    else:
        where = (
            "artifacts.num = (SELECT artifact FROM artifact_aliases AS a WHERE a.name = versions.name AND alias = ?)"
        )
    newest_first = f"WHERE versions.name = ? AND {where} ORDER BY versions.version DESC LIMIT 1"
    found = _records(store, newest_first, (name, value))
    if found:
        return found[0]
    known = [f"{name}:{word}" for one in versions(store, name) for word in (f"v{one.version}", *one.aliases)]
    raise UnknownArtifact(f"{name}:{alias}", known, store.name)


def logged(store: ProjectStore, run_id: str) -> list[ArtifactRecord]:
    """The versions that a run logged, those that were there already included, in the order of their first being so."""
    return _of_run(store, run_id, OUTPUT)


def used(store: ProjectStore, run_id: str) -> list[ArtifactRecord]:
    """The versions of this project that a run used."""
    return _of_run(store, run_id, INPUT)


def users(store: ProjectStore, num: int) -> list[str]:
    """The ids of the runs of this project that used a version."""
    rows = _rows(
        store,
        "SELECT runs.id FROM artifact_uses AS uses JOIN runs ON runs.num = uses.run "
        "WHERE uses.artifact = ? AND uses.role = ? ORDER BY uses.time_ns, runs.num",
        (num, INPUT),
    )
    return [run_id for (run_id,) in rows]


def foreign_users(store: ProjectStore, project: str, name: str, version: int) -> list[str]:
    """The ids of the runs of this project that used a version of another one."""
    rows = _rows(
        store,
        "SELECT DISTINCT runs.id FROM events JOIN runs ON runs.num = events.run WHERE event = 'artifact_used' "
        "AND json_extract(body, '$.project') = ? AND json_extract(body, '$.name') = ? "
        "AND json_extract(body, '$.version') = ? ORDER BY runs.num",
        (project, name, version),
    )
    return [run_id for (run_id,) in rows]


def links(store: ProjectStore, num: int) -> list[ArtifactRecord]:
    """The same version as the collections have it that link to it."""
    return _records(store, "WHERE versions.artifact = ? AND versions.is_link ORDER BY versions.added_ns", (num,))


def change(
    store: ProjectStore,
    record: ArtifactRecord,
    *,
    description: str | None,
    metadata: Mapping[str, Any],
    tags: Iterable[str],
    aliases: Iterable[str],
) -> ArtifactRecord:
    """Write what may be changed of a version, and give it back as it then is.

    An alias that was added or taken away since the record was read stays so, unless it is among the changes.
    """
    wanted, before = set(aliases), set(record.aliases)
    with writing(store.path) as db, transaction(db):
        db.execute(
            "UPDATE artifacts SET description = ?, metadata = ?, tags = ?, updated_ns = ? WHERE num = ?",
            (description, encode(dict(metadata)), encode(list(tags)), time.time_ns(), record.num),
        )
        db.executemany(
            "INSERT OR REPLACE INTO artifact_aliases (name, alias, artifact) VALUES (?, ?, ?)",
            [(record.collection, alias, record.num) for alias in sorted(wanted - before)],
        )
        db.executemany(
            "DELETE FROM artifact_aliases WHERE name = ? AND alias = ? AND artifact = ?",
            [(record.collection, alias, record.num) for alias in sorted(before - wanted)],
        )
        _note(db)
    return find(store, record.collection, f"v{record.version}")


def link(store: ProjectStore, record: ArtifactRecord, target: str, aliases: list[str]) -> ArtifactRecord:
    """Put a version into another collection too, and give it as it is there; raises InvalidArtifact."""
    with writing(store.path) as db, transaction(db):
        if not artifacts.link(db, record.num, target, aliases, time.time_ns()):
            raise InvalidArtifact(
                f"{target!r} cannot take a {record.type!r}: it has another type, or is no usable name."
            )
        _note(db)
    return find(store, target, record.digest)


def delete(store: ProjectStore, record: ArtifactRecord, *, with_aliases: bool) -> None:
    """Remove a version, or only its place in a collection that links to it.

    ``latest`` then names the newest that is left. Raises UsageError when it has other aliases and they are not to go
    with it. Its files stay until ``trackio.store.garbage`` has looked.
    """
    held = [alias for alias in record.aliases if alias != LATEST]
    if held and not with_aliases:
        raise UsageError(
            f"{record.collection}:v{record.version} has the aliases {', '.join(held)}. "
            "Pass delete_aliases=True to delete it with them."
        )
    with writing(store.path) as db, transaction(db):
        names = [(record.collection,)]
        if record.is_link:
            values = (record.collection, record.num)
            db.execute("DELETE FROM artifact_links WHERE name = ? AND artifact = ?", values)
            db.execute("DELETE FROM artifact_aliases WHERE name = ? AND artifact = ?", values)
        else:
            names = db.execute("SELECT name FROM artifact_versions WHERE artifact = ?", (record.num,)).fetchall()
            db.execute("DELETE FROM artifacts WHERE num = ?", (record.num,))
        db.executemany(
            "INSERT OR IGNORE INTO artifact_aliases (name, alias, artifact) "
            "SELECT name, ?, artifact FROM artifact_versions WHERE name = ? ORDER BY version DESC LIMIT 1",
            [(LATEST, name) for (name,) in names],
        )
        _note(db)


def _of_run(store: ProjectStore, run_id: str, role: str) -> list[ArtifactRecord]:
    return _records(
        store,
        "JOIN artifact_uses AS uses ON uses.artifact = artifacts.num "
        "JOIN runs AS users ON users.num = uses.run "
        "WHERE NOT versions.is_link AND users.id = ? AND uses.role = ? ORDER BY uses.time_ns, artifacts.num",
        (run_id, role),
    )


def _records(store: ProjectStore, rest: str, values: tuple[Any, ...]) -> list[ArtifactRecord]:
    return [_record(row) for row in _rows(store, f"{_SELECT} {rest}", values)]


def _rows(store: ProjectStore, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    # A database that an older trackio wrote, and nobody has written to since, has none of the tables.
    return store.query(sql, values)[1] if store.query(_HAS_TABLES)[1] else []


def _record(row: tuple[Any, ...]) -> ArtifactRecord:
    values = list(row)
    metadata, tags, aliases = (json.loads(text) for text in values[11:14])
    values[11:14] = [metadata, tuple(tags), tuple(sorted(aliases))]
    return ArtifactRecord(*values)


def _note(db: Any) -> None:
    """Tell readers that look at the project's revision."""
    db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
