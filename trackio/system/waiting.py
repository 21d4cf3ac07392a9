"""How threads wait for sensors: for a bounded time, and for a driver that hangs not again and again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from trackio.system.boot import clock_ns
from trackio.system.meter import Moment


@dataclass(eq=False)
class Answer:
    """A reading that some thread waits for."""

    moment: Moment = field(default_factory=Moment)
    """When it was asked for, and then the reading."""
    is_there: threading.Event = field(default_factory=threading.Event)
    is_given_up: bool = False

    def wait(self, seconds: float) -> Moment:
        """The reading, or an empty one of now."""
        if self.is_there.wait(seconds):
            return self.moment
        self.is_given_up = True
        return Moment()


class Work:
    """What is being done with the sensors, by one thread at a time; ``with`` it they are worked with.

    Reentrant: the signal handler of a thread that has them may ask for them again.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._since_ns = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._since_ns = clock_ns()

    def __exit__(self, *_: object) -> None:
        self._since_ns = 0
        self._lock.release()

    def left(self, seconds: float) -> float:
        """What is left of so many seconds, which began when the work did that goes on."""
        since_ns = self._since_ns
        return max(0.0, seconds - (clock_ns() - since_ns) / 1e9) if since_ns else seconds

    def acquire(self, seconds: float) -> bool:
        """Keep the sensors idle until ``release``; False when they are not idle after so many seconds of work."""
        return self._lock.acquire(timeout=self.left(seconds))

    def release(self) -> None:
        """Let them be worked with again."""
        self._lock.release()
