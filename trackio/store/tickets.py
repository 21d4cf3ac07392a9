"""Rows that went ahead of some of their values: where those belong when they come."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class Waiting(NamedTuple):
    """The place of a row that waits for values."""

    kind: str
    """``metric`` or ``system``."""
    row: int
    step: int
    time_ns: int


class Tickets:
    """The tickets of one journal that were issued and not yet redeemed; each is good for one late row."""

    def __init__(self, db: sqlite3.Connection, journal: str) -> None:
        self._db, self._journal = db, journal
        self._new: dict[int, Waiting] = {}

    def issue(self, ticket: int, waiting: Waiting) -> None:
        """Note a row that waits; of a ticket issued twice the first counts."""
        self._new.setdefault(ticket, waiting)

    def redeem(self, ticket: int) -> Waiting | None:
        """The row that a ticket stands for; None when it was redeemed before, or its row was lost."""
        found = self._new.pop(ticket, None)
        if found is not None:
            return found
        row = self._db.execute(
            "DELETE FROM tickets WHERE journal = ? AND ticket = ? RETURNING kind, row, step, time_ns",
            (self._journal, ticket),
        ).fetchone()
        return None if row is None else Waiting(*row)

    def save(self) -> None:
        """Store those issued since the last time."""
        self._db.executemany(
            "INSERT OR IGNORE INTO tickets (journal, ticket, kind, row, step, time_ns) VALUES (?, ?, ?, ?, ?, ?)",
            [(self._journal, ticket, *waiting) for ticket, waiting in self._new.items()],
        )
        self._new.clear()

    def forget(self) -> None:
        """Remove all: what has not come will not come any more."""
        self._db.execute("DELETE FROM tickets WHERE journal = ?", (self._journal,))
        self._new.clear()
