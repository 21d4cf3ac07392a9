"""What a backup holds: a list that is written last, and without which nothing of it counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trackio.errors import StoreError
from trackio.references import FILE_NAME
from trackio.store import layout
from trackio.version import __version__

FORMAT = 1
FOLDER = "projects"
FILES, SET_ASIDE = "files", "set-aside"
HASH_LENGTH = 16
"""So much of a content's SHA-256 stands in a file's name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of a table."""

    digest: str
    """The SHA-256 of its file."""
    stamp: list[Any] | None
    """See `tables.Part`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A project."""

    name: str
    database: str
    """What tells its database from others."""
    schema: int
    tables: Mapping[str, Entry]
    """By ``table/part``."""
    files: tuple[str, ...]
    """``files/<2>/<name>`` and ``set-aside/<name>``: their names stand for what is in them."""
    deleted: Mapping[str, str]
    """The marks of deleted runs, by file name."""

    def paths(self) -> dict[str, str]:
        """Where each of its files is in the archive: those of tables by ``table/part``, others by their own names."""
        place = f"{FOLDER}/{layout.key(self.name)}"
        tables = {part: f"{place}/{part}.{entry.digest[:HASH_LENGTH]}.parquet" for part, entry in self.tables.items()}
        return {**tables, **{name: f"{place}/{name}" for name in self.files}}


@dataclass(frozen=True, slots=True)
class Manifest:
    """All projects of a home at one moment."""

    id: str
    """Another one each time."""
    commits: int = 0
    """How many there are since the history was cut last."""
    projects: Mapping[str, Kept] = field(default_factory=dict)
    """By name."""

    def paths(self) -> set[str]:
        """All files that it speaks of."""
        return {path for kept in self.projects.values() for path in kept.paths().values()}

    def encoded(self) -> bytes:
        """As it is written."""
        projects = [
            {
                "name": kept.name,
                "database": kept.database,
                "schema": kept.schema,
                "tables": {part: [entry.digest, entry.stamp] for part, entry in sorted(kept.tables.items())},
                "files": list(kept.files),
                "deleted": dict(kept.deleted),
            }
            for _, kept in sorted(self.projects.items())
        ]
        body = {
            "trackio_backup": FORMAT,
            "generator": f"trackio {__version__}",
            "id": self.id,
            "commits": self.commits,
            "projects": projects,
        }
        return json.dumps(body, separators=(",", ":")).encode()


def decoded(content: bytes) -> Manifest:
    """The list as it was written; raises StoreError for anything else."""
    try:
        body = json.loads(content)
        if body["trackio_backup"] != FORMAT:
            raise StoreError("The backup is of a newer trackio. Update trackio where it is to be restored.")
        projects = {one["name"]: _kept(one) for one in body["projects"]}
        return Manifest(str(body["id"]), int(body["commits"]), projects)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"The list of a backup cannot be read: {error!r}.") from None


def _kept(one: Mapping[str, Any]) -> Kept:
    tables = {part: Entry(digest, stamp) for part, (digest, stamp) in one["tables"].items()}
    names = [*one["files"], *one["deleted"], *tables]
    if not all(map(_is_inside, names)) or not isinstance(one["name"], str):
        raise ValueError("a name in it leads elsewhere")
    return Kept(one["name"], one["database"], one["schema"], tables, tuple(one["files"]), dict(one["deleted"]))


def _is_inside(name: str) -> bool:
    """Whether a name stays in its folder, whoever wrote it."""
    return not name.startswith("/") and "\\" not in name and ":" not in name and ".." not in name.split("/")


def is_blob(name: str) -> bool:
    """Whether it is the name of a stored file, which is that of its content."""
    return name.startswith(f"{FILES}/") and bool(FILE_NAME.fullmatch(name.rpartition("/")[2]))
