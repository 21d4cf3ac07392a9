"""Values on their way: what ``log()`` was given and cannot be had, or stored, without waiting for it.

A row that has such values is journaled at once with a ticket in their place. They are resolved in threads of our own,
one for what a device computes and one for media, so that a video being encoded holds up no loss. When they have arrived
they are journaled as a late row, by whoever gets at the run's lock: the thread that resolved them, the next look of the
background thread, or ``finish()``.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from trackio.errors import TrackioError
from trackio.tracking.faults import Faults
from trackio.tracking.lanes import DEVICE, LANES, MEDIA

if TYPE_CHECKING:
    from trackio.media.base import Place

LATE = "+"
"""Stands in a cell for the type code of a value that is on its way."""

PATIENCE_SECONDS = 5.0
"""How long whoever waits does so without a word."""

_LOCK_SECONDS = 0.1
_LOOK_SECONDS = 0.2
_WORDS = {DEVICE: "values on a device", MEDIA: "media"}

Cell: TypeAlias = tuple[str, Any]
"""A type code and a plain value, or ``LATE`` and an Arrival."""


class Unstorable(Exception):
    """A value that no row can hold; says why in a few words."""


class Arrival(ABC):
    """One value on its way."""

    __slots__ = ()

    @property
    def lane(self) -> str:
        """Which thread resolves it."""
        return MEDIA

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it has arrived, in bytes."""
        return 0

    @abstractmethod
    def cell(self, place: Place) -> Cell:
        """Type code and plain value; called off the training thread, may wait and may raise anything."""


class Load:
    """The values of one row that travel together, under one ticket."""

    __slots__ = ("_arrivals", "_file", "_late", "cells", "is_delivered", "lane", "nbytes", "step", "ticket", "use")

    def __init__(
        self, late: Late, arrivals: Mapping[str, Arrival], *, lane: str, ticket: int, step: int, use: int
    ) -> None:
        self.lane, self.ticket, self.step, self.use = lane, ticket, step, use
        self.is_delivered = False
        self.cells: dict[str, Cell] = {}
        """What has arrived; what could not be had is missing."""
        self.nbytes = sum(map(_size, arrivals.values()))
        self._late, self._arrivals = late, arrivals
        self._file: IO[bytes] | None = None

    def resolve(self) -> None:
        """Get every value, and hand over what could be got."""
        from trackio.media.base import Place
        from trackio.store.blobs import Blobs

        blobs = Blobs(self._late.directory)
        for name, arrival in self._taken().items():
            try:
                self.cells[name] = arrival.cell(Place(blobs, name, self.step))
            except BaseException as error:  # noqa: BLE001 - code of other libraries runs here; a lane must not end
                self._late.drop(name, _reason(error))
        self._late.arrive(self)

    def put_aside(self) -> None:
        """Wait on disk, in a file without a name: it goes with the process, and nobody else can open it."""
        import pickle
        import tempfile

        try:
            with ExitStack() as closing:
                file = closing.enter_context(tempfile.TemporaryFile(dir=self._late.directory))
                pickle.dump(self._arrivals, file, protocol=pickle.HIGHEST_PROTOCOL)
                # Closed when it was read.
                closing.pop_all()
        except Exception as error:  # noqa: BLE001 - the disk, and objects of other libraries
            self._late.keep(_reason(error))
        else:
            self._file, self._arrivals, self.nbytes = file, {}, 0

    def _taken(self) -> Mapping[str, Arrival]:
        arrivals, self._arrivals = self._arrivals, {}
        if self._file is not None:
            import pickle

            with self._file as file:
                file.seek(0)
                # What this very object has written there.
                arrivals = pickle.load(file)  # noqa: S301
        return arrivals


class Late:
    """What one run waits for in this process. The run's lock is held around a call, unless it says otherwise."""

    def __init__(self, directory: Path, lock: threading.RLock, deliver: Callable[[Load], None], faults: Faults) -> None:
        self.directory = directory
        self._lock, self._deliver, self._faults = lock, deliver, faults
        self._tickets = 0
        self._expected: dict[int, Load] = {}
        self._arrived: dict[int, Load] = {}
        self._waiters = 0
        self._bell: SimpleQueue[None] = SimpleQueue()

    def expect(self, arrivals: Mapping[str, Arrival], step: int, use: int) -> list[Load]:
        """Issue tickets for the values of a row: one for each lane that resolves some of them."""
        loads = []
        for lane in {arrival.lane: None for arrival in arrivals.values()}:
            self._tickets += 1
            own = {name: arrival for name, arrival in arrivals.items() if arrival.lane == lane}
            loads.append(Load(self, own, lane=lane, ticket=self._tickets, step=step, use=use))
        return loads

    def send(self, loads: Iterable[Load]) -> None:
        """Have loads resolved, now that the row with their tickets is journaled."""
        for load in loads:
            LANES[load.lane].put(load)
            # Afterwards: a signal handler in between would wait for what is never sent.
            self._expected[load.ticket] = load

    def collect(self) -> None:
        """Deliver what has arrived."""
        # A signal handler may do this in the middle of it; readers take what is delivered twice for once.
        for ticket in list(self._arrived):
            load = self._arrived.get(ticket)
            if load is not None and not load.is_delivered:
                with self._faults.contained("late", "values could not be added to their row"):
                    self._deliver(load)
                load.is_delivered = True
            self._arrived.pop(ticket, None)
            self._expected.pop(ticket, None)

    def expected(self, lane: str | None = None) -> Counter[str]:
        """How many rows wait for values, by lane; of one lane or all."""
        left = Counter([load.lane for load in self._expected.values() if not load.is_delivered])
        return left if lane is None else Counter({lane: left[lane]} if left[lane] else {})

    def arrive(self, load: Load) -> None:
        """Take in what was resolved; called without the lock."""
        self._arrived[load.ticket] = load
        # Whoever holds the lock for longer may be waiting for us.
        if self._lock.acquire(timeout=0 if self._waiters else _LOCK_SECONDS):
            try:
                self.collect()
            finally:
                self._lock.release()
        if self._waiters:
            self._bell.put(None)

    def wait(self, lane: str | None = None) -> None:
        """Wait until all is delivered, in one lane or any; called without the lock."""
        self._waiters += 1
        tell_at = monotonic() + PATIENCE_SECONDS
        try:
            while True:
                with self._lock:
                    self.collect()
                    left = self.expected(lane)
                    if not left:
                        return
                if not any(LANES[name].help() for name in left):
                    self._listen()
                if monotonic() > tell_at:
                    what = " and ".join([f"{_WORDS[name]} of {count} rows" for name, count in left.items()])
                    self._faults.warn("waiting", f"Waiting until {what} are stored.")
        finally:
            self._waiters -= 1

    def drop(self, name: str, why: str) -> None:
        """Tell once that values of that name are lost; called without the lock."""
        self._faults.warn(
            f"value {name}",
            f"log(): the value of {name!r} cannot be stored and was dropped: {why}. The rest of the row is kept.",
        )

    def keep(self, why: str) -> None:
        """Tell once that media stay in memory; called without the lock."""
        self._faults.warn("aside", f"Media that wait to be stored stay in memory: they cannot be put on disk ({why}).")

    def _listen(self) -> None:
        try:
            self._bell.get(timeout=_LOOK_SECONDS)
        except Empty:
            # The lock may have been busy when something arrived.
            return


def _size(arrival: Arrival) -> int:
    try:
        return arrival.nbytes
    except Exception:  # noqa: BLE001 - code of other libraries runs here, in the middle of log()
        return 0


def _reason(error: BaseException) -> str:
    known = isinstance(error, (TrackioError, Unstorable))
    return (str(error) if known else f"{type(error).__name__}: {error}").rstrip(".")
