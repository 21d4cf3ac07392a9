"""One journal on its way to a server: from where the server has it, in stretches, its files before it."""

from __future__ import annotations

import os
import time
from time import monotonic
from typing import BinaryIO

from trackio import journal
from trackio.errors import Refused, TransportError
from trackio.messages import logger
from trackio.remote.cargo import Cargo, spoken_of
from trackio.remote.link import PATIENCE_FAILURES, Link, Received
from trackio.remote.looking import Looked, Withheld
from trackio.remote.obstacles import Unreadable
from trackio.remote.stretches import STRETCH_BYTES, following, is_closed
from trackio.store.liveness import HEARTBEAT_SECONDS, Standing, standing
from trackio.store.outbox import Mark
from trackio.transport import Backoff

MOST_STANDSTILLS = 20
"""So often may the server fall back or stay where it is, one time after another."""

LEAST_BYTES = 64 << 10
"""Where a server takes no longer stretches, they become as small as this."""

UNMADE_SECONDS = 60.0
"""So long after its mark a journal that is not there will not be made any more."""

DURABLE_SECONDS = 20.0
"""How often a server is asked whether what it has outlasts its disk by now."""

_HEADER_BYTES = 64 << 10


class Shipment:
    """Sends a journal as it grows, and removes its mark when the server has all that will ever be in it, for good.

    ``is_ours`` says that this process writes it, and has since its first byte. For one thread.
    """

    def __init__(self, mark: Mark, link: Link, *, is_ours: bool, is_looked_through: bool = False) -> None:
        self.mark, self.link, self.is_ours = mark, link, is_ours
        self.is_done = False
        """Whether there is nothing more to send, ever."""
        self.is_awaited = False
        """Whether all is sent, and kept here until the server has put it where it outlasts its disk."""
        self.is_withheld = False
        """Whether there is a secret in it, and everybody could see it there."""
        self._looked = None if is_looked_through else Looked(mark.project, mark.run)
        self._path = mark.journal
        self._cargo = Cargo(mark.project, mark.directory, link, self._beat)
        self._offset: int | None = 0 if is_ours else None
        self._durable = 0
        self._seen = -1
        """The size at which there was nothing more to send."""
        self._most_bytes = STRETCH_BYTES
        self._beat_at = monotonic() + HEARTBEAT_SECONDS
        self._ask_at = 0.0
        self._standstills = 0
        self._backoff = Backoff()
        self._ready_at = 0.0

    @property
    def is_stuck(self) -> bool:
        """Whether the server refuses what stands in it, and waiting is of no use."""
        return self.is_withheld or self._backoff.failures >= PATIENCE_FAILURES

    def refused(self, error: TransportError) -> None:
        """Note that the server does not take what stands in it: a fault of the way, or it will not ever."""
        self._ready_at = monotonic() + self._backoff.failed()
        if isinstance(error, Withheld):
            if not self.is_withheld:
                logger().warning(
                    "Run %s is not sent to %s: %s. It is recorded on this machine. Make the Space private, or let it "
                    "through with TRACKIO_ALLOW set to the rule, and send it with `trackio sync`; or begin it anew "
                    "without the secret.",
                    self.mark.run,
                    self.link.place.host,
                    error.reason,
                )
            self.is_withheld = True
        elif self._backoff.failures == PATIENCE_FAILURES:
            logger().warning(
                "The journal %s cannot be sent to %s: %s. It stays on this machine, and is tried again now and then.",
                self._path,
                self.link.place.host,
                error.reason,
            )

    @property
    def left_bytes(self) -> int:
        """How much of the journal is not at the server yet; 0 when all is or the journal is gone."""
        return 0 if self.is_done else max(self.total_bytes - (self._offset or 0), 0)

    @property
    def total_bytes(self) -> int:
        """How large the journal is; 0 when it is gone."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    @property
    def has_news(self) -> bool:
        """Whether there is anything to do; asked often."""
        if self.is_done or self.is_withheld or monotonic() < self._ready_at:
            return False
        try:
            size = self._path.stat().st_size
        except OSError:
            return self._is_deleted
        if self.is_awaited:
            return monotonic() >= self._ask_at
        return size != self._seen or (self.is_ours and monotonic() >= self._beat_at)

    @property
    def _is_deleted(self) -> bool:
        """Whether the journal is gone: not when it is about to be made, for its mark comes first."""
        if self._path.exists():
            return False
        try:
            return bool(self._offset) or time.time() - self.mark.path.stat().st_mtime > UNMADE_SECONDS
        except OSError:
            return True

    def advance(self) -> bool:
        """Send one stretch, or a sign of life; whether there may be more to send at once. Raises TransportError."""
        try:
            with self._path.open("rb") as file:
                return self._advance(file)
        except FileNotFoundError:
            if self._is_deleted:
                self._finish()
            return False
        except OSError as error:
            raise Unreadable(str(self._path), error.strerror or str(error)) from None

    def _advance(self, file: BinaryIO) -> bool:
        if self._offset is None or self.is_awaited:
            self._took(self.link.size(self._path.name, self.mark.project, self.mark.run))
        # Asked before the last read: what a gone writer has left is then all there is.
        is_gone = not self.is_ours and writer_standing(file) == "gone"
        size = file.seek(0, 2)
        assert self._offset is not None  # noqa: S101 - the server was asked
        stretch = following(file, self._offset, self._most_bytes, is_over=is_gone)
        if stretch is None:
            self._seen = size
            # More may have come since: the last frame that closes a journal must be among those that were sent.
            if is_gone or (is_closed(file) and self._offset >= file.seek(0, 2)):
                self._end()
            else:
                self._beat()
            return False
        self.link.probe()
        if self._looked is not None and self.link.is_public and not stretch.is_damaged:
            self._looked.check(stretch.data, self.link.place.url)
            self.link.tell_homes(self._looked.homes)
        self._cargo.bring(spoken_of(stretch.before + stretch.data))
        self._sent(stretch.data, is_damaged=stretch.is_damaged)
        return not self.is_done

    def _sent(self, data: bytes, *, is_damaged: bool) -> None:
        """Send bytes at the offset, and take over what the server then says that it has."""
        offset = self._offset or 0
        try:
            self._took(
                self.link.append(self._path.name, self.mark.project, self.mark.run, offset, data, is_damaged=is_damaged)
            )
        except Refused as error:
            if error.status == 413 and self._most_bytes > LEAST_BYTES:
                self._most_bytes = max(self._most_bytes // 2, LEAST_BYTES)
                return
            if error.status == 410:
                logger().warning("%s: %s.", self.link.place.host, error.reason)
                self._finish()
                return
            raise
        size = self._offset or 0
        self._standstills = self._standstills + 1 if data and size <= offset else 0
        if self._standstills > MOST_STANDSTILLS:
            raise TransportError(self.link.place.url, "it answers, and takes nothing")
        if size != offset + len(data):
            # The server has more than we knew, or lost some: there is something to do.
            self._seen = -1
        self._backoff.succeeded()
        self._beat_at = monotonic() + HEARTBEAT_SECONDS

    def _beat(self) -> None:
        """Tell the server now and then that the run goes on, so that it does not pass for crashed."""
        if self.is_ours and monotonic() >= self._beat_at:
            self._sent(b"", is_damaged=False)

    def _took(self, received: Received) -> None:
        """Go on from what the server has."""
        if received.size < (self._offset or 0):
            # It has lost some, and files may be among that.
            self._cargo.forget()
            self.is_awaited = False
        self._offset, self._durable = received

    def _end(self) -> None:
        """All is sent: be done, unless the server may still lose it."""
        if self._durable >= (self._offset or 0):
            self._finish()
        else:
            self.is_awaited = True
            self._ask_at = monotonic() + DURABLE_SECONDS

    def _finish(self) -> None:
        self.is_done = True
        self.mark.remove()


def writer_standing(file: BinaryIO) -> Standing:
    """How it is with the process that writes a journal; ``gone`` for one without a header, which nobody can read."""
    file.seek(0)
    header = journal.scan(file.read(_HEADER_BYTES), {}).header
    touched_ns = os.fstat(file.fileno()).st_mtime_ns
    return "gone" if header is None else standing(header["writer"], touched_ns, time.time_ns())
