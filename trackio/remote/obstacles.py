"""What keeps a journal from its way to a server, beside what any request may meet."""

from __future__ import annotations

from trackio.errors import Refused, TransportError

_OF_CONTENT = frozenset({400, 409, 410, 413, 415, 422})
"""What is refused is one journal or file; the next may be welcome."""


class Unreadable(TransportError):
    """What is to be sent cannot be read on this machine."""


class NoServer(TransportError):
    """A Space that holds no server of ours."""


class NotYet(TransportError):
    """A Space that is being made, or is about to begin."""


def concerns_content(error: TransportError) -> bool:
    """Whether a fault is of what was to be sent, rather than of the server or the way to it."""
    return isinstance(error, Unreadable) or (isinstance(error, Refused) and error.status in _OF_CONTENT)
