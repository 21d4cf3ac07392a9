"""Faults that are ours and not the user's: told once, never raised into a training loop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from trackio.messages import logger


class Faults:
    """Warnings of one run, each told once."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._lock = threading.RLock()

    def continue_in_child(self) -> None:
        """Called in the child right after a ``fork``, which may have come while another thread held the lock."""
        self._lock = threading.RLock()

    def warn(self, topic: str, message: str) -> None:
        """Log a warning to the ``trackio`` logger unless one of this topic was logged before."""
        with self._lock:
            if topic in self._told:
                return
            self._told.add(topic)
        try:
            logger().warning("%s", message)
        except OSError:
            # Where no file can be opened any more, logging cannot be loaded, and what goes wrong has no other voice.
            return

    def forget(self, topic: str) -> None:
        """Let the next warning of a topic be told again: the fault has gone."""
        with self._lock:
            self._told.discard(topic)

    @contextmanager
    def contained(self, topic: str, meaning: str) -> Iterator[None]:
        """The border to the user's training loop: what goes wrong inside is told once and goes no further."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever our own machinery meets, the training goes on
            self.warn(topic, f"{meaning} ({type(error).__name__}: {error})")
        else:
            self.forget(topic)
