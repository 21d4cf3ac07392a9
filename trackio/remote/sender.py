"""One thread a process that sends what its runs record, while they record it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic
from typing import Protocol

from trackio.errors import TransportError
from trackio.remote.leftovers import Leftovers
from trackio.remote.link import Link
from trackio.remote.obstacles import concerns_content
from trackio.remote.place import Place
from trackio.remote.shipment import Shipment
from trackio.store.outbox import Mark

INTERVAL_SECONDS = 0.5
HURRIED_SECONDS = 0.05
"""While somebody waits."""

IMPATIENT_SECONDS = 2.0
"""How long a server that was waited for in vain is waited for again, until it is heard of."""

UNKNOWN_SECONDS = 5.0
"""How long it is waited for what a Space turns out to be."""

STEPS = 16
"""How many stretches of one run go before another has its turn."""

_MEANING = "what is logged is safe on this machine, but was not sent; it will be tried again"


class Border(Protocol):
    """Keeps faults of ours from the script, and tells of them once."""

    def contained(self, topic: str, meaning: str) -> AbstractContextManager[None]:
        """Faults inside go no further."""


class Sender:
    """Sends journals from the first one on; the thread ends when all of them are where they were to go."""

    def __init__(self, border: Border) -> None:
        self._border = border
        self.continue_in_child()

    def continue_in_child(self) -> None:
        """Start afresh: right after a ``fork`` there is no thread, and what was being sent is the parent's."""
        self._links: dict[Place, Link] = {}
        self._shipments: dict[str, Shipment] = {}
        self._leftovers: dict[tuple[Path, Link], Leftovers] = {}
        # Reentrant: a signal handler may finish a run at any moment. Never held while anything is sent.
        self._changed = threading.Condition(threading.RLock())
        self._hurry = threading.Event()
        self._waiting = 0
        self._thread: threading.Thread | None = None

    def send(self, mark: Mark, place: Place) -> None:
        """Send a journal that this process is about to begin, and what others have left in the same outbox."""
        with self._changed:
            name = mark.journal.name
            if name not in self._shipments:
                link = self._links.setdefault(place, Link(place))
                self._shipments[name] = Shipment(mark, link, is_ours=True)
                self._leftovers.setdefault((mark.directory, link), Leftovers(mark.directory, link))
            self._start()

    def of_run(self, project: str, run_id: str) -> list[Shipment]:
        """The journals of a run that are not wholly sent."""
        with self._changed:
            return [one for one in self._shipments.values() if (one.mark.project, one.mark.run) == (project, run_id)]

    def all(self) -> list[Shipment]:
        """All that are not wholly sent."""
        with self._changed:
            return list(self._shipments.values())

    def wait(self, shipments: Iterable[Shipment], seconds: float, *, until_closed: bool = True) -> None:
        """Return when these are sent, or there is no use in waiting, or so many seconds have passed.

        Without ``until_closed`` it is enough that all there is now is sent.
        """
        pending = list(shipments)
        links = {one.link for one in pending}
        if all(link.is_given_up for link in links):
            seconds = min(seconds, IMPATIENT_SECONDS)
        elif not any(link.is_known for link in links):
            seconds = min(seconds, UNKNOWN_SECONDS)
        deadline = monotonic() + seconds
        with self._changed:
            self._waiting += 1
            self._hurry.set()
            self._start()
        try:
            while (left := deadline - monotonic()) > 0:
                with self._changed:
                    if all(_is_settled(one, until_closed=until_closed) for one in pending):
                        break
                    for link in links:
                        link.hurry()
                    has_thread = self._thread is not None
                    if has_thread:
                        self._changed.wait(min(left, INTERVAL_SECONDS))
                if not has_thread:
                    # None can be started while the interpreter ends.
                    self._step()
                    self._hurry.wait(min(left, HURRIED_SECONDS))
        finally:
            with self._changed:
                self._waiting -= 1
        for one in pending:
            if not _is_settled(one, until_closed=until_closed):
                one.link.is_given_up = True

    def is_live(self, url: str) -> bool:
        """Whether a server was met at that address, or is being made."""
        links = list(self._links.values())
        return any(link.place.url == url and (link.is_met or link.is_awaited) for link in links)

    def _start(self) -> None:
        if self._thread is not None or not self._shipments:
            return
        thread = threading.Thread(target=self._work, name="trackio-remote", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # No thread can be started while the interpreter ends, or where there are too many: the outbox keeps it.
            return
        self._thread = thread

    def _work(self) -> None:
        while True:
            self._hurry.wait(HURRIED_SECONDS if self._waiting else INTERVAL_SECONDS)
            self._hurry.clear()
            self._step()
            with self._changed:
                if not self._shipments and all(left.is_idle for left in self._leftovers.values()):
                    self._thread = None
                    return

    def _step(self) -> None:
        """Send some of everything."""
        shipments = self.all()
        with self._border.contained("remote", _MEANING):
            self._round(shipments)
        with self._changed:
            for one in shipments:
                if one.is_done or one.link.is_absent:
                    self._shipments.pop(one.mark.journal.name, None)
            self._changed.notify_all()

    def _round(self, shipments: list[Shipment]) -> None:
        ours = {one.mark.journal.name for one in shipments}
        for (directory, link), left in list(self._leftovers.items()):
            try:
                for one in shipments:
                    is_here = one.link is link and one.mark.directory == directory
                    if is_here and link.is_ready and one.has_news:
                        _advance(one)
                if link.is_ready and not self._waiting:
                    left.work(ours)
            except TransportError as error:
                link.failed(error)
            if link.is_absent:
                left.drop()


def _advance(shipment: Shipment) -> None:
    """Send some of a journal; raises TransportError when the server is at fault, and not what stands in it."""
    try:
        for _ in range(STEPS):
            if not shipment.advance():
                return
    except TransportError as error:
        if not concerns_content(error):
            raise
        shipment.refused(error)


def _is_settled(shipment: Shipment, *, until_closed: bool) -> bool:
    if (
        shipment.is_done
        or shipment.is_awaited
        or shipment.is_stuck
        or shipment.link.is_hopeless
        or not shipment.total_bytes
    ):
        return True
    return not until_closed and shipment.left_bytes == 0
