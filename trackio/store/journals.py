"""What the database knows of one journal: how far it is folded, who writes it, and how its rows are read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trackio.journal import Schema
from trackio.store.liveness import RECEIVED
from trackio.store.runs import RunRow
from trackio.store.tickets import Tickets

_LOAD = "SELECT run, position, writer, state, last_ns, damaged_bytes FROM journals WHERE name = ?"
_SAVE = (
    "INSERT INTO journals (name, run, position, writer, state, last_ns, damaged_bytes) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET run = excluded.run, position = excluded.position, writer = excluded.writer, "
    "state = excluded.state, last_ns = excluded.last_ns, damaged_bytes = excluded.damaged_bytes"
)


class Schemas(dict[int, Schema]):
    """The schemas of a journal by id; those declared before are fetched when a row asks for them."""

    def __init__(self, db: sqlite3.Connection, journal: str) -> None:
        super().__init__()
        self._db, self._journal = db, journal
        self._new: dict[int, Schema] = {}

    def __missing__(self, number: int) -> Schema:
        row = self._db.execute(
            "SELECT body FROM journal_schemas WHERE journal = ? AND id = ?", (self._journal, number)
        ).fetchone()
        if row is None:
            raise KeyError(number)
        schema = Schema.read(json.loads(row[0]))
        super().__setitem__(number, schema)
        return schema

    def __setitem__(self, number: int, schema: Schema) -> None:
        self._new[number] = schema
        super().__setitem__(number, schema)

    def save(self) -> None:
        """Store those declared since the last time."""
        self._db.executemany(
            "INSERT OR REPLACE INTO journal_schemas (journal, id, body) VALUES (?, ?, ?)",
            [(self._journal, number, schema.payload().decode()) for number, schema in self._new.items()],
        )
        self._new.clear()

    def forget(self) -> None:
        """Remove all: there will be no more rows."""
        self._db.execute("DELETE FROM journal_schemas WHERE journal = ?", (self._journal,))
        self._new.clear()


@dataclass(slots=True)
class JournalRow:
    """One row of ``journals``."""

    name: str
    schemas: Schemas
    tickets: Tickets
    run: int | None = None
    """The number of the run; None until the header was read."""
    position: int = 0
    """How many bytes are folded."""
    writer: dict[str, Any] = field(default_factory=dict)
    state: str = "open"
    """``open``, ``closed`` by its writer, ``gone`` as its writer is, or ``newer`` than this trackio can read."""
    last_ns: int = 0
    damaged_bytes: int = 0

    @classmethod
    def load(cls, db: sqlite3.Connection, name: str) -> JournalRow:
        """The row as stored, or a new one for a journal not met before."""
        own = Schemas(db, name), Tickets(db, name)
        found = db.execute(_LOAD, (name,)).fetchone()
        if found is None:
            return cls(name, *own)
        run, position, writer, state, last_ns, damaged = found
        state = "open" if state == "newer" else state
        return cls(name, *own, run, position, json.loads(writer), state, last_ns, damaged)

    def begin(self, db: sqlite3.Connection, header: Mapping[str, Any], *, is_received: bool) -> None:
        """Note what the header says: whose journal it is."""
        created_ns = header["created_ns"]
        self.writer = {**header["writer"], **({RECEIVED: True} if is_received else {})}
        self.last_ns = max(self.last_ns, created_ns)
        self.run = RunRow.ensure(db, header["run"], created_ns)

    def save(self, db: sqlite3.Connection) -> None:
        """Write the row back."""
        db.execute(
            _SAVE,
            (
                self.name,
                self.run,
                self.position,
                json.dumps(self.writer),
                self.state,
                self.last_ns,
                self.damaged_bytes,
            ),
        )
        if self.state in ("open", "newer"):
            self.schemas.save()
            self.tickets.save()
        else:
            self.schemas.forget()
            self.tickets.forget()
