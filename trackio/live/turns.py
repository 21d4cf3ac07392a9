"""A lock whose holder can let others go first, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """As ``threading.RLock``, and fair: who lets go of one of those and takes it again keeps all others waiting."""

    def __init__(self) -> None:
        self._change = threading.Lock()
        self._holder: int | None = None
        self._depth = 0
        self._waiting: deque[tuple[int, threading.Lock]] = deque()
        """Threads, and what each waits at: a lock that is taken until its turn has come."""

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._change:
            if self._holder in (None, me):
                self._holder = me
                self._depth += 1
                return
            barrier = self._wait(me)
        barrier.acquire()

    def __exit__(self, *_: object) -> None:
        with self._change:
            self._depth -= 1
            if not self._depth:
                self._hand_over()

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._waiting)

    def give_way(self) -> None:
        """Let those who wait go first, and go on after them; nothing where the holder has taken it more than once."""
        with self._change:
            if not self._waiting or self._depth > 1:
                return
            barrier = self._wait(threading.get_ident())
            self._hand_over()
        barrier.acquire()

    def _wait(self, thread: int) -> threading.Lock:
        barrier = threading.Lock()
        barrier.acquire()
        self._waiting.append((thread, barrier))
        return barrier

    def _hand_over(self) -> None:
        # From one to the next: in between nobody can come before those who wait.
        self._holder, self._depth = None, 0
        if self._waiting:
            self._holder, barrier = self._waiting.popleft()
            self._depth = 1
            barrier.release()
