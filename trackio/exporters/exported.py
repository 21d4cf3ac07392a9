"""What an exporter is given: runs whose rows stream by, and a place to say what could not be carried."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trackio import references
from trackio.records import AlertRecord, RunRecord, Scalar
from trackio.store.blobs import Blobs
from trackio.store.project import ProjectStore
from trackio.store.rows import LoggedRow

_EVENTS = "SELECT body FROM events JOIN runs ON runs.num = events.run WHERE runs.id = ? ORDER BY events.num"
_PRIVATE = frozenset({"import"})
"""Events that are of the project they are in."""


@dataclass(frozen=True, slots=True)
class ExportedRun:
    """One run, and all that was recorded of it."""

    store: ProjectStore
    record: RunRecord

    @property
    def blobs(self) -> Blobs:
        """The files that references in its rows name."""
        return self.store.blobs

    @property
    def summary(self) -> dict[str, Any]:
        """What the script set itself; ``record.summary`` has the last values besides."""
        return self.store.own_summary(self.record.id)

    def rows(self) -> Iterator[LoggedRow]:
        """Step, time in nanoseconds, values, in order of arrival."""
        return self.store.rows(self.record.id)

    def system_rows(self) -> Iterator[LoggedRow]:
        """The same of what was sampled from the machine."""
        return self.store.rows(self.record.id, "system")

    def alerts(self) -> list[AlertRecord]:
        """Its alerts, oldest first."""
        return self.store.alerts(self.record.id)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Its events of that name, oldest first."""
        return self.store.events(self.record.id, name)

    def told(self) -> list[dict[str, Any]]:
        """All its events, oldest first, but for those that are of the project alone."""
        bodies = (json.loads(body) for (body,) in self.store.query(_EVENTS, (self.record.id,))[1])
        return [body for body in bodies if body.get("event") not in _PRIVATE]

    def energy(self) -> Iterator[dict[str, Any]]:
        """What its processes measured of its energy, as events, read as they are asked for."""
        return self.store.energy_events(self.record.id)

    def files(self) -> dict[str, str]:
        """The files that it saved: by the name each has there, the name of the stored file; the latest counts."""
        return {event["name"]: event["file"] for event in self.events("file") if "name" in event and "file" in event}


@dataclass(slots=True)
class Carried:
    """What an export wrote, and what the format could not take."""

    output: str
    runs: list[str] = field(default_factory=list)
    """The ids of the runs that were written."""
    points: int = 0
    """How many values of metrics were written."""
    written: list[str] = field(default_factory=list)
    """Files and other places that were written."""
    lost: dict[str, int] = field(default_factory=dict)
    """What could not be carried, a sentence without its full stop, and how often."""

    def leave(self, what: str, count: int = 1) -> None:
        """Something is left behind."""
        self.lost[what] = self.lost.get(what, 0) + count


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A draft beside ``path`` that takes its place when the block ends well, and goes when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def split(values: Mapping[str, Scalar]) -> tuple[dict[str, Scalar], dict[str, dict[str, Any]]]:
    """The values of a row that are plain, and the references to media among them."""
    media = {name: found for name, value in values.items() if (found := references.decode(value)) is not None}
    return {name: value for name, value in values.items() if name not in media}, media


def flat(values: Mapping[str, Any], joint: str = "/") -> Iterator[tuple[str, Any]]:
    """The leaves of nested mappings, with their keys joined; empty mappings are leaves."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from ((f"{key}{joint}{name}", leaf) for name, leaf in flat(value, joint))
        else:
            yield key, value


def unique(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A name for each key that no other has, from the pairs of key and name: ``otter``, ``otter (2)``."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for key, name in names:
        one, count = name, 1
        # Upper and lower case are one on some file systems.
        while one.casefold() in taken:
            count += 1
            one = f"{name} ({count})"
        taken.add(one.casefold())
        found[key] = one
    return found
