"""Connections that wait for nobody: not for a head that does not come, nor at the end for the rest of a body."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

_Parser: Any = AutoHTTPProtocol
"""Whichever is installed."""

HEAD_SECONDS = 20.0
"""How long the head of a request may take, from the first moment of the connection or the first byte after a pause."""


class Limited(asyncio.Protocol):
    """Goes before a protocol of uvicorn's, of which it knows the request in progress."""

    head_seconds = HEAD_SECONDS

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    cycle: Any
    """The last request; None before there was one."""
    _late: asyncio.TimerHandle | None = None
    """When the head is too late; None while none is waited for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._late = self.loop.call_later(self.head_seconds, self._close)

    def data_received(self, data: bytes) -> None:
        """Take in a piece of whatever comes."""
        if self._late is None and self._is_between():
            self._late = self.loop.call_later(self.head_seconds, self._close)
        super().data_received(data)
        if not self._is_between():
            self._forget()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._forget()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End when the answer is sent; at once where the request is not here yet, for it may never be."""
        super().shutdown()  # type: ignore[misc]
        if self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete:
            self._close()

    def _is_between(self) -> bool:
        """Whether no request is here whose answer is not sent."""
        return self.cycle is None or self.cycle.response_complete

    def _forget(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.close()


class Connection(Limited, _Parser):  # type: ignore[misc]
    """What `trackio serve` has uvicorn make of a connection."""


class Uncancelled(logging.Filter):
    """Leaves out the traceback of what was cut off because the server ends, which uvicorn tells in a line besides."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to tell it."""
        return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)
