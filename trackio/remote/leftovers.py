"""Journals that processes which are no more have left in the outbox, sent on by the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from trackio.errors import TransportError
from trackio.remote.link import Link
from trackio.remote.obstacles import concerns_content
from trackio.remote.shipment import DURABLE_SECONDS, Shipment, writer_standing
from trackio.store import lock, outbox
from trackio.store.outbox import Mark

LOOK_SECONDS = 60.0
STEPS = 16
"""How many stretches at a time: the runs in progress come first."""


class Leftovers:
    """Those of one project for one server, one after another; for one thread.

    A lock keeps two processes from sending the same one, which would do no harm.
    """

    def __init__(self, directory: Path, link: Link) -> None:
        self._directory, self._link = directory, link
        self._look_at = 0.0
        self._waiting: deque[Mark] = deque()
        self._current: Shipment | None = None
        self._withheld: set[str] = set()
        """The names of journals with secrets, which is told once."""
        self._held = ExitStack()

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to send, as far as the last look has told."""
        return self._current is None and not self._waiting and self._look_at > 0

    def drop(self) -> None:
        """Give up all that is meant for this server, as there is none."""
        self._let_go()
        for mark in self._found():
            mark.remove()
        self._waiting.clear()
        self._look_at = monotonic() + LOOK_SECONDS

    def work(self, ours: Collection[str]) -> None:
        """Send a little of what is there, but none of ``ours``, by the names of journals. Raises TransportError."""
        if monotonic() >= self._look_at:
            self._look_at = monotonic() + LOOK_SECONDS
            self._waiting = deque(self._found())
        for _ in range(STEPS):
            if self._current is None:
                self._current = self._next(ours)
            if self._current is None:
                return
            try:
                has_more = self._current.advance()
            except TransportError as error:
                if not concerns_content(error):
                    raise
                self._current.refused(error)
                if self._current.is_withheld:
                    self._withheld.add(self._current.mark.journal.name)
                has_more = False
            if self._current.is_awaited:
                self._look_at = min(self._look_at, monotonic() + DURABLE_SECONDS)
            if not has_more:
                self._let_go()

    def _found(self) -> list[Mark]:
        return [mark for mark in outbox.marks(self._directory) if mark.url == self._link.place.url]

    def _next(self, ours: Collection[str]) -> Shipment | None:
        while self._waiting:
            mark = self._waiting.popleft()
            name = mark.journal.name
            if name not in ours and name not in self._withheld and is_left(mark) and held(mark, self._held):
                return Shipment(mark, self._link, is_ours=False)
            self._held.close()
        return None

    def _let_go(self) -> None:
        self._current = None
        self._held.close()


def is_left(mark: Mark) -> bool:
    """Whether nobody writes the journal of a mark any more, as far as can be told, or it is not there."""
    try:
        with mark.journal.open("rb") as file:
            return writer_standing(file) != "alive"
    except OSError as error:
        # Its mark comes first, so it may be about to be made: the shipment sees to that.
        return isinstance(error, FileNotFoundError)


def held(mark: Mark, stack: ExitStack) -> bool:
    """Hold the lock of a mark for as long as the stack; False when another has it, or has just removed the mark."""
    try:
        is_mine = stack.enter_context(lock.attempted(mark.path))
        is_there = mark.path.stat().st_size > 0
    except OSError:
        return False
    if is_mine and not is_there:
        # The lock has made it anew.
        mark.remove()
    return is_mine and is_there
