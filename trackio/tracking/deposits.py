"""What a run was handed to keep, artifacts and files, stored by a thread of its own in the order it came."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trackio.errors import TrackioError
from trackio.tracking.faults import Faults

_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Deposit:
    """One thing to be stored."""

    what: str
    """As a warning calls it."""
    store: Callable[[], None]
    """Stores it and journals that; may raise anything, and be called again."""
    ended: Callable[[Exception | None], None]
    """Told how it went, each time."""
    given_up: Callable[[], None] = lambda: None
    """Called when it will not be tried again."""


class Deposits:
    """The things on their way. One that met a full or missing disk is tried once more when the run ends."""

    def __init__(self, lock: Any, faults: Faults) -> None:
        self._lock = lock
        """The run's, which is held to write its journal."""
        self._outbox: deque[Callable[[], None]] = deque()
        self.types: dict[str, str] = {}
        """The types of the artifacts that were put, by name; the database learns of them later."""
        self._faults = faults
        self._changed = threading.Condition()
        self._waiting: deque[Deposit] = deque()
        self._is_at_work = False
        self._refused: list[Deposit] = []
        self._pid = os.getpid()

    @property
    def is_ours(self) -> bool:
        """Whether this process took them in; the child of a ``fork`` leaves them to its parent."""
        return self._pid == os.getpid()

    def put(self, deposit: Deposit) -> None:
        """Have one stored; returns at once."""
        with self._changed:
            self._waiting.append(deposit)
            if not self._is_at_work:
                self._is_at_work = True
                threading.Thread(target=self._work, name="trackio-files", daemon=True).start()

    def post(self, journal: Callable[[], None]) -> None:
        """Journal what was stored; returns when that is done, by this thread or by one that waits."""
        self._outbox.append(journal)
        while self._outbox:
            self._deliver(_LOOK_SECONDS)

    def wait(self) -> None:
        """Return when all that was put so far has been seen to."""
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: not self._is_at_work, _LOOK_SECONDS):
                    return
            # A signal handler that ends the run may have come while its own thread holds the lock.
            self._deliver(0)

    def finish(self) -> None:
        """Wait for all, and try again what was refused."""
        self.wait()
        again, self._refused = self._refused, []
        for deposit in again:
            self.put(deposit)
        self.wait()
        for deposit in self._refused:
            self._faults.warn(f"lost {deposit.what}", f"{deposit.what} is not part of the run.")
            deposit.given_up()

    def _deliver(self, timeout_seconds: float) -> None:
        if self._lock.acquire(timeout=timeout_seconds):
            try:
                while self._outbox:
                    self._outbox.popleft()()
            finally:
                self._lock.release()

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._is_at_work = False
                    self._changed.notify_all()
                    return
                deposit = self._waiting.popleft()
            error = self._tried(deposit)
            deposit.ended(error)

    def _tried(self, deposit: Deposit) -> Exception | None:
        try:
            deposit.store()
        except (TrackioError, ValueError) as error:
            self._faults.warn(f"deposit {deposit.what}", f"{deposit.what} could not be stored: {error}")
            deposit.given_up()
            return error
        except Exception as error:  # noqa: BLE001 - disks, networks and many file systems fail in ways of their own
            self._faults.warn(
                f"deposit {deposit.what}",
                f"{deposit.what} could not be stored ({type(error).__name__}: {error}). "
                "The run goes on; it is tried again when the run ends.",
            )
            self._refused.append(deposit)
            return error
        return None
