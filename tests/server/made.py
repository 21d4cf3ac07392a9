"""Journals as a run writes them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trackio import journal
from trackio.store import layout
from trackio.store.project import ProjectStore

ELSEWHERE = {"host": "elsewhere", "boot": "b", "namespace": "n", "pid": 1, "started": "1"}


@dataclass
class Made:
    """One journal of a run: its beginning, and rows."""

    project: str = "p"
    run: str = "r"
    writer: str = "0123456789ab"
    begun_ns: int = field(default_factory=time.time_ns)
    who: Mapping[str, Any] = field(default_factory=ELSEWHERE.copy)
    """The process that writes it, as its header tells."""

    def __post_init__(self) -> None:
        self._schema = journal.Schema(0, ["loss"], "d")

    @property
    def name(self) -> str:
        return f"{layout.key(self.run)}.{self.writer}.journal"

    def beginning(self) -> bytes:
        return journal.header(self.run, self.project, self.begun_ns, self.who) + self._schema.declaration()

    def row(self, step: int, value: float | None = None) -> bytes:
        return journal.frame(
            journal.ROW, self._schema.pack(0, step, self.begun_ns + step, float(step if value is None else value))
        )

    def rows(self, start: int, stop: int) -> bytes:
        return b"".join(self.row(step) for step in range(start, stop))

    def event(self, name: str, /, **fields: Any) -> bytes:
        return journal.frame(journal.EVENT, journal.event(name, time.time_ns(), **fields))

    def end(self) -> bytes:
        return self.event("finish", status="finished", exit_code=0)


def steps(store: ProjectStore, run: str = "r") -> list[int]:
    """The steps of the rows that the store has."""
    store.catch_up()
    return [step for _, step, _, _ in store.values(run, "loss")]


def frames(data: bytes) -> list[bytes]:
    found = []
    at = 0
    while at < len(data):
        _, length, _, _ = journal.HEAD.unpack_from(data, at)
        found.append(data[at : at + journal.HEAD.size + length])
        at += journal.HEAD.size + length
    return found
