"""The part of a run that is measured: what the sampler tells it, and the moments that a script names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

from trackio.store.layout import clean
from trackio.tracking.beginning import event_frame
from trackio.tracking.faults import Faults
from trackio.tracking.owner import Owner
from trackio.tracking.rows import Rows
from trackio.tracking.writer import Writer

if TYPE_CHECKING:
    from trackio.tracking.run import Run

MOST_LETTERS = 200
"""How long the name of a mark may be."""


MOST_KEPT = 3600
"""How many records wait for a disk before readings of energy are left out; counters tell what was used in between."""


LOCK_SECONDS = 0.05
"""How long the sampler waits for the run's lock, which is held for microseconds."""


class Measured(ABC):
    """Takes readings from the sampler's thread; none of them ever brings a run back that has ended."""

    faults: Faults
    _lock: RLock
    _owner: Owner
    _rows: Rows
    _writer: Writer
    _waiting: deque[bytes]
    """What the sampler saw and nobody has appended so far."""
    _taken_bytes = 0
    """How much of it was appended."""

    @property
    @abstractmethod
    def is_finished(self) -> bool:
        """Whether the run has ended here."""

    @abstractmethod
    def _check(self, call: str) -> None:
        """Raise RunFinished when the run is over."""

    @abstractmethod
    def _see(self, readings: Mapping[str, float]) -> None:
        """Note metrics of the machine for alerts."""

    def mark(self, name: str) -> None:
        """Name this moment, and read the energy now: it is shown what was used up to here, from the mark before.

        Returns when the sensors are read, after a quarter of a second at the latest. A name that is none is told once.
        """
        given: object = name
        if not isinstance(given, str) or not name.strip() or len(name) > MOST_LETTERS:
            self.faults.warn("mark", f"mark() takes a name of up to {MOST_LETTERS} letters, not {str(given)[:50]!r}.")
            return
        with self._lock:
            self._check("mark()")
            # A child of ``fork`` is measured from its first record on, and this is one.
            self._writer.retry()
        with self.faults.contained("mark", "the moment was not recorded"):
            self._owner.mark(cast("Run", self), clean(name))

    def take(self, event: str, /, **fields: Any) -> bool:
        """Append an event that the sampler saw; False when the run is over.

        What holds the lock may wait for the sampler, as a signal handler that came in the middle of ``log()`` and ends
        the run: so nothing waits for the lock for long, and what could not be appended is by whoever has it next.
        """
        if self.is_finished:
            return False
        if event != "energy" or len(self._waiting) + self._writer.kept_events < MOST_KEPT:
            self._waiting.append(event_frame(event, **fields))
        if self._lock.acquire(timeout=LOCK_SECONDS):
            try:
                self._append_waiting()
            finally:
                self._lock.release()
        return True

    def take_system(self, metrics: Mapping[str, float]) -> bool:
        """Append metrics of the machine that the sampler saw; False when the run is over."""
        self._see(metrics)
        cells = self._rows.cells(metrics)
        if self._lock.acquire(timeout=LOCK_SECONDS):
            try:
                if not self.is_finished:
                    self._rows.log_system(cells)
            finally:
                self._lock.release()
        return not self.is_finished

    def _append_waiting(self) -> None:
        """Append what the sampler saw; the lock is held."""
        while self._waiting and not self.is_finished:
            frame = self._waiting.popleft()
            self._writer.append(frame)
            self._taken_bytes += len(frame)
