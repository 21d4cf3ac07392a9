"""A journal cut into stretches that can be sent: whole frames, or what cannot be read here either."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from trackio import journal
from trackio.remote.cargo import LONGEST_MENTION

STRETCH_BYTES = 4 << 20
"""How much goes in one request; a longer frame goes in pieces, as damage does."""

_ENDS = (b'{"event":"finish"', b'{"event":"close"')
_TAIL_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes of a journal that follow each other."""

    data: bytes
    is_damaged: bool = False
    """Whether they are no whole frames; the server then takes them unseen."""
    before: bytes = b""
    """What stands before them, where a word may have been cut in two."""


def following(file: BinaryIO, offset: int, most_bytes: int, *, is_over: bool) -> Stretch | None:
    """The next stretch from ``offset`` on; None when there is none, or it is still being written.

    ``is_over`` says that nothing more will be written: then a frame that was cut short is sent as what it is.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(offset)
    data = file.read(most_bytes)
    if not data:
        return None
    end, _ = journal.whole(data)
    if end:
        return Stretch(data[:end])
    is_all = offset + len(data) >= size
    resumed = journal.next_whole(data, 1)
    if resumed is None and is_all and not is_over:
        return None
    file.seek(max(offset - LONGEST_MENTION, 0))
    before = file.read(min(offset, LONGEST_MENTION))
    return Stretch(data[:resumed], is_damaged=True, before=before)


def is_closed(file: BinaryIO) -> bool:
    """Whether the last frame of a journal says that its writer was done with it."""
    size = os.fstat(file.fileno()).st_size
    start = max(size - _TAIL_BYTES, 0)
    file.seek(start)
    tail = file.read(_TAIL_BYTES)
    return any(_ends_with(tail, sign) for sign in _ENDS)


def _ends_with(tail: bytes, sign: bytes) -> bool:
    at = tail.rfind(sign) - journal.HEAD.size
    return at >= 0 and journal.whole(tail, at)[0] == len(tail)
