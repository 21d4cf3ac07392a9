"""The threads in which values on their way are resolved: one a lane and process, started when first needed.

Media that wait hold what they were made of. So that a script which logs faster than they can be encoded neither waits
nor fills the memory, those beyond ``MOST_BYTES`` are put on disk by a thread of their own and read back in their turn.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

DEVICE, MEDIA = "device", "media"

MOST_BYTES = 256 << 20
"""How much the waiting media of a process hold in memory before further ones are put on disk."""


class Waiting(Protocol):
    """What a lane takes."""

    @property
    def nbytes(self) -> int:
        """How much memory it holds just now."""

    def resolve(self) -> None:
        """Do what is to be done; may take long, never raises."""

    def put_aside(self) -> None:
        """Hold no memory until it is resolved, where that can be; never raises."""


class Lane:
    """One thread that takes things in the order given; after a ``fork`` the child begins with none."""

    def __init__(self, name: str, take: Callable[[Waiting], None]) -> None:
        self._name, self._take = name, take
        self._begin()

    def put(self, waiting: Waiting) -> None:
        """Hand something over; never waits for it."""
        if self._pid != os.getpid():
            # What the parent had waiting is the parent's.
            self._begin()
        self._queue.put(waiting)
        if self._thread is None:
            with self._starting:
                self._start()

    def help(self) -> bool:
        """Take one here when there is no thread to do it; True when there was one."""
        if self._thread is not None:
            return False
        try:
            waiting = self._queue.get_nowait()
        except Empty:
            return False
        self._take(waiting)
        return True

    def _begin(self) -> None:
        self._pid = os.getpid()
        # Both can be entered again by a signal handler that logs in the middle of a call.
        self._queue: SimpleQueue[Waiting] = SimpleQueue()
        self._starting = threading.RLock()
        self._thread: threading.Thread | None = None

    def _start(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._work, name=f"trackio {self._name}", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The interpreter is ending: whoever waits takes it.
                return
            self._thread = thread

    def _work(self) -> None:
        queue = self._queue
        while True:
            self._take(queue.get())


class MediaLane(Lane):
    """The lane of media, beside it the one that puts on disk what is too much for the memory."""

    def __init__(self, name: str) -> None:
        super().__init__(name, self._resolve)
        self._overflow = Lane("overflow", self._put_aside)

    def put(self, waiting: Waiting) -> None:
        """Hand something over; never waits for it."""
        if self._pid != os.getpid():
            self._begin()
        size = waiting.nbytes
        self._hold(size)
        if size and self._held_bytes > MOST_BYTES:
            self._overflow.put(waiting)
        else:
            super().put(waiting)

    def help(self) -> bool:
        """Take one here when there is no thread to do it; True when there was one."""
        return self._overflow.help() or super().help()

    def _begin(self) -> None:
        super()._begin()
        self._held_bytes = 0
        self._counting = threading.RLock()

    def _hold(self, size: int) -> None:
        with self._counting:
            self._held_bytes += size

    def _put_aside(self, waiting: Waiting) -> None:
        before = waiting.nbytes
        waiting.put_aside()
        self._hold(waiting.nbytes - before)
        super().put(waiting)

    def _resolve(self, waiting: Waiting) -> None:
        size = waiting.nbytes
        waiting.resolve()
        self._hold(-size)


LANES = {DEVICE: Lane(DEVICE, lambda waiting: waiting.resolve()), MEDIA: MediaLane(MEDIA)}
