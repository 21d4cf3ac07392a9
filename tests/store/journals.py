"""Journals as a writer leaves them, made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trackio import journal
from trackio.store import layout
from trackio.store.liveness import identity
from trackio.store.project import ProjectStore

GONE = {**identity(), "started": "never"}
"""A writer of this machine that is no more."""

ELSEWHERE = {**identity(), "host": "another"}

_CODES = {float: "d", int: "q", bool: "?", str: "s"}


class Written:
    """A journal that grows as its methods are called; one second passes with each record."""

    def __init__(
        self,
        project: ProjectStore,
        run: str = "r",
        *,
        writer: Mapping[str, Any] | None = None,
        created_ns: int = 1_000_000_000,
        name: str = "w",
    ) -> None:
        self.path: Path = layout.journal(project.directory, run, name)
        self.time_ns = created_ns
        self._shapes: dict[tuple[str, ...], journal.Schema] = {}
        header = {
            "format": journal.FORMAT,
            "run": run,
            "project": project.name,
            "created_ns": created_ns,
            "writer": dict(writer or identity()),
        }
        self.add(journal.frame(journal.HEADER, journal.encode(header)) * 2)

    def add(self, data: bytes) -> Written:
        with self.path.open("ab") as file:
            file.write(data)
        self.time_ns += 1_000_000_000
        return self

    def row(self, step: int = 0, kind: journal.RowKind = "metric", /, **values: Any) -> Written:
        codes = "".join(_CODES[type(value)] for value in values.values())
        key = (kind, codes, *values)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = journal.Schema(len(self._shapes), tuple(values), codes, kind)
            self.add(journal.frame(journal.SCHEMA, shape.payload()) * 2)
        return self.add(journal.frame(journal.ROW, shape.pack(shape.id, step, self.time_ns, *values.values())))

    def late(self, ticket: int, /, **values: Any) -> Written:
        return self.row(0, "late", **{journal.TICKET: ticket}, **values)

    def rows(self, steps: Iterable[int], name: str = "loss") -> Written:
        for step in steps:
            self.row(step, **{name: step * 0.5})
        return self

    def event(self, name: str, /, **fields: Any) -> Written:
        return self.add(journal.frame(journal.EVENT, journal.event(name, self.time_ns, **fields)))

    def finish(self, status: str = "finished") -> Written:
        return self.event("finish", status=status, exit_code=int(status != "finished"))
