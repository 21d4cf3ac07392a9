"""The part of a run that is measured: what the sampler tells it, and the moments that a script names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
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


class Measured(ABC):
    """Takes readings from the sampler's thread; none of them ever brings a run back that has ended."""

    faults: Faults
    _lock: AbstractContextManager[Any]
    _owner: Owner
    _rows: Rows
    _writer: Writer
    _taken_bytes = 0
    """How much the sampler has appended."""

    @property
    @abstractmethod
    def is_finished(self) -> bool:
        """Whether the run has ended here."""

    @abstractmethod
    def _check(self, call: str) -> None:
        """Raise RunFinished when the run is over."""

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
        """Append an event that the sampler saw; False when the run is over."""
        with self._lock:
            is_left_out = event == "energy" and self._writer.kept_events >= MOST_KEPT
            if not (self.is_finished or is_left_out):
                frame = event_frame(event, **fields)
                self._writer.append(frame)
                self._taken_bytes += len(frame)
            return not self.is_finished

    def take_system(self, metrics: Mapping[str, float]) -> bool:
        """Append metrics of the machine that the sampler saw; False when the run is over."""
        cells = self._rows.cells(metrics)
        with self._lock:
            if not self.is_finished:
                self._rows.log_system(cells)
            return not self.is_finished
