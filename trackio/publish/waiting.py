"""How long to wait before the Hub is asked again, if it is."""

from __future__ import annotations

from trackio.publish.told import status, wanted

ATTEMPTS = 4
LONGEST_SECONDS = 120.0
"""A Hub that wants to be left alone for longer is; the error tells for how long."""
_BUSY = (500, 502, 503, 504)
_LOST = {
    "ChunkedEncodingError",
    "ReadError",
    "ReadTimeout",
    "RemoteProtocolError",
    "WriteError",
    "WriteTimeout",
}
"""Errors of a connection that was there; the client's own library differs between its versions."""


def pause(error: BaseException, attempt: int) -> float | None:
    """The seconds to wait after a failed ``attempt``, from 0; None where asking again is of no use."""
    if attempt >= ATTEMPTS - 1:
        return None
    code = status(error)
    if code == 429 or (code == 503 and wanted(error) is not None):
        seconds = wanted(error)
        seconds = float(2**attempt) if seconds is None else seconds
        return seconds if seconds <= LONGEST_SECONDS else None
    if code in _BUSY or (code is None and type(error).__name__ in _LOST):
        return float(2**attempt)
    return None
