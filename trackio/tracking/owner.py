"""Who is told of a run: the process that it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from trackio.alerts.message import Message
    from trackio.alerts.places import Place
    from trackio.store.outbox import Mark
    from trackio.system.meter import Part
    from trackio.tracking.run import Run


class Owner(Protocol):
    """Keeps the runs of a process, and does what is done for several of them at once."""

    def begun(self, run: Run) -> None:
        """A journal of the run is opened, also of one that had ended; its lock is held."""

    def send(self, run: Run, mark: Mark) -> None:
        """A journal of the run, which is about to be opened, is to be sent; its lock is held."""

    def sent(self, run: Run) -> None:
        """Wait a while for what is still to be sent of the run, which has ended; its lock is not held."""

    def ending(self, run: Run) -> None:
        """The run is about to end, and takes what was measured to the last; its lock is not held."""

    def end(self, run: Run) -> None:
        """The run has ended here."""

    def fold(self, run: Run) -> None:
        """Bring the database up to what was logged."""

    def is_measured(self, run: Run, part: Part) -> bool:
        """Whether metrics of the GPUs, or of the rest of the machine, are logged."""

    def alerted(self, run: Run, message: Message, places: tuple[Place, ...]) -> None:
        """An alert of the run is recorded, and these places are to be told."""

    def mark(self, run: Run, name: str) -> None:
        """Measure at a moment that the script names."""
