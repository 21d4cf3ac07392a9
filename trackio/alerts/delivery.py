"""Alerts on their way out: one thread a process, so that no training waits for a chat.

What waits is bounded, and so is how long it is tried; what cannot be delivered is told once and stays recorded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from trackio.alerts.message import Message
from trackio.alerts.places import Place
from trackio.errors import Refused, ServerBusy, TrackioError, Unreachable

if TYPE_CHECKING:
    from trackio.alerts.sending import Sender
    from trackio.transport import Backoff

MOST_WAITING = 200
"""How many alerts wait at a time; then the oldest go."""

MOST_SECONDS = 300.0
"""How long an alert is tried."""

MOST_PLACES = 50
"""How many places' connections are kept."""

FORK_SECONDS = 10.0
"""How long a ``fork`` waits for a library to load; apprise takes a second, or some on a busy machine."""


class Teller(Protocol):
    """Where it is told what is not delivered; a run's faults are one."""

    def warn(self, topic: str, message: str) -> None:
        """Tell it, once a topic."""

    def forget(self, topic: str) -> None:
        """Tell the next fault of a topic again."""


@dataclass(eq=False, slots=True)
class _Parcel:
    """An alert for one place; without one, the place is only to be got ready."""

    message: Message | None
    place: Place
    teller: Teller
    until: float


@dataclass(eq=False, slots=True)
class _Line:
    """How it is with one place."""

    backoff: Backoff
    not_before: float = 0.0
    reason: str = ""
    """Why it is left alone until then."""
    sender: Sender | None = field(default=None)


@dataclass(eq=False, slots=True)
class _Waiter:
    """Somebody who waits for all alerts to be delivered, until a moment."""

    until: float
    is_done: threading.Event = field(default_factory=threading.Event)


def _open(place: Place) -> Sender:
    # Loads urllib3, or apprise: in the thread, and where there is something to tell.
    from trackio.alerts.sending import sender

    return sender(place)


class Delivery:
    """Delivers alerts; the first one starts the thread. Safe from any thread, in a signal handler, and after a fork."""

    def __init__(self, opened: Callable[[Place], Sender] = _open) -> None:
        self._opened = opened
        self.continue_in_child()

    def continue_in_child(self) -> None:
        """Start afresh: right after a ``fork`` there is no thread, and what waits is the parent's to deliver."""
        self._parcels: dict[_Parcel, None] = {}
        self._lines: dict[Place, _Line] = {}
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._waiters: list[_Waiter] = []
        # Reentrant: a signal handler may raise an alert at any moment.
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        # Held while libraries load, and across a fork: a child must not inherit that in the middle of something.
        self._loading = threading.RLock()
        self._is_paused = False

    def pause(self) -> None:
        """Wait for no library to be loading, and let none begin."""
        self._is_paused = self._loading.acquire(timeout=FORK_SECONDS)

    def go_on(self) -> None:
        """Let libraries be loaded again."""
        if self._is_paused:
            self._is_paused = False
            self._loading.release()

    def prepare(self, places: Iterable[Place], teller: Teller) -> None:
        """Get places ready, so that what is wrong with one is told before there is an alert."""
        self._post(None, places, teller)

    def post(self, message: Message, places: Iterable[Place], teller: Teller) -> None:
        """Have places told of an alert; returns at once."""
        self._post(message, places, teller)

    def wait(self, seconds: float) -> bool:
        """Wait for what was posted to be delivered or given up; False when that takes longer.

        No longer than there is something that will be tried within that time.
        """
        until = monotonic() + seconds
        if self._has_alerts() and self._is_alive():
            waiter = _Waiter(until)
            self._waiters.append(waiter)
            self._wakes.put(None)
            waiter.is_done.wait(seconds)
        while self._has_alerts() and not self._is_alive() and monotonic() < until:
            # Where no thread can be started, as while the interpreter ends.
            self._step(until)
        return not self._has_alerts()

    def leave(self, seconds: float) -> None:
        """Wait likewise, for the last time: what is not delivered then is given up, which is told."""
        if self.wait(seconds):
            return
        for parcel in self._all():
            if parcel.message is not None:
                line = self._lines.get(parcel.place)
                self._give_up(parcel, (line and line.reason) or "there was no answer in time")

    def _has_alerts(self) -> bool:
        return any(parcel.message is not None for parcel in self._all())

    def _post(self, message: Message | None, places: Iterable[Place], teller: Teller) -> None:
        for place in places:
            if place.kind == "apprise":
                # Apprise needs it, and it cannot be loaded any more while the interpreter ends.
                import concurrent.futures.thread  # noqa: F401
            with self._lock:
                self._parcels[_Parcel(message, place, teller, monotonic() + MOST_SECONDS)] = None
                dropped = next(iter(self._parcels)) if len(self._parcels) > MOST_WAITING else None
                if dropped is not None:
                    del self._parcels[dropped]
            if dropped is not None:
                teller.warn(
                    "alerts dropped",
                    f"more than {MOST_WAITING} alerts wait to be sent; of these the oldest are not. All are recorded.",
                )
        if self._parcels:
            self._start()
            self._wakes.put(None)

    def _is_alive(self) -> bool:
        thread = self._thread
        return thread is not None and thread.is_alive()

    def _start(self) -> None:
        with self._lock:
            if self._is_alive():
                return
            thread = threading.Thread(target=self._work, name="trackio-alerts", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # While the interpreter ends, or where there are too many: ``wait`` delivers.
                return
            self._thread = thread

    def _work(self) -> None:
        while True:
            self._step(None)

    def _step(self, until: float | None) -> None:
        """Deliver what comes next, or wait for it, no longer than to a moment."""
        now = monotonic()
        due, parcel = self._next(now)
        if parcel is not None and due <= now:
            self._try(parcel)
            return
        for waiter in list(self._waiters):
            if parcel is None or due > waiter.until:
                self._waiters.remove(waiter)
                waiter.is_done.set()
        moments = [moment for moment in (until, due if parcel is not None else None) if moment is not None]
        try:
            self._wakes.get(timeout=max(0.0, min(moments) - now) if moments else None)
        except Empty:
            return

    def _next(self, now: float) -> tuple[float, _Parcel | None]:
        """The parcel that is due first, and when; the oldest of those that are due now."""
        first: tuple[float, _Parcel | None] = (now, None)
        for parcel in self._all():
            line = self._lines.get(parcel.place)
            # What will not be tried again is given up at once.
            due = now if line is None or line.not_before > parcel.until else max(now, line.not_before)
            if first[1] is None or due < first[0]:
                first = due, parcel
        return first

    def _all(self) -> list[_Parcel]:
        with self._lock:
            return list(self._parcels)

    def _try(self, parcel: _Parcel) -> None:
        with self._loading:
            line = self._line(parcel.place)
        if line.not_before > parcel.until:
            self._give_up(parcel, line.reason)
            return
        try:
            if line.sender is None:
                with self._loading:
                    line.sender = self._opened(parcel.place)
            if parcel.message is not None:
                line.sender(parcel.message)
        except (Unreachable, ServerBusy) as error:
            asked = error.retry_after_seconds if isinstance(error, ServerBusy) else None
            line.not_before, line.reason = monotonic() + line.backoff.failed(asked), error.reason
        except TrackioError as error:
            self._give_up(parcel, error.reason if isinstance(error, Refused) else str(error))
        except Exception as error:  # noqa: BLE001 - a library of somebody else's: its words may hold the address
            self._give_up(parcel, f"a fault of {type(error).__module__.partition('.')[0]}, {type(error).__name__}")
        else:
            line.backoff.succeeded()
            self._done(parcel)
            if parcel.message is not None:
                parcel.teller.forget(f"alerts {hash(parcel.place)}")

    def _give_up(self, parcel: _Parcel, reason: str) -> None:
        self._done(parcel)
        parcel.teller.warn(
            f"alerts {hash(parcel.place)}",
            f"alerts cannot be sent to {parcel.place.label}: {reason.rstrip('.')}. They are recorded all the same.",
        )

    def _done(self, parcel: _Parcel) -> None:
        with self._lock:
            self._parcels.pop(parcel, None)

    def _line(self, place: Place) -> _Line:
        line = self._lines.get(place)
        if line is None:
            from trackio.transport import Backoff

            if len(self._lines) >= MOST_PLACES:
                self._lines.pop(next(iter(self._lines)))
            line = self._lines[place] = _Line(Backoff())
        return line
