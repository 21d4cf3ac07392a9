"""Lines that were made and still hold, under a version each that pages tell what they have by."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import count

from trackio.lines import Line

MOST_BYTES = 128 << 20
"""Of the lines that hold, and as many of those before them: what somebody looks at fits in many times over."""

LINE_BYTES = 1000
"""What a line takes beside its arrays, about."""


@dataclass(slots=True)
class Made:
    """A line as of some state of its runs."""

    line: Line
    state: Hashable
    version: str
    made_at: float
    """On the monotonic clock, in seconds."""
    cost_seconds: float


class MadeLines:
    """The lines of one project, those used longest ago forgotten first."""

    def __init__(self) -> None:
        self._lines: OrderedDict[Hashable, Made] = OrderedDict()
        self._past: OrderedDict[str, Line] = OrderedDict()
        self._own_bytes = self._past_bytes = 0
        # Another process, or this one after a restart, gives other versions.
        self._own, self._number = secrets.token_hex(3), count()

    @property
    def nbytes(self) -> int:
        """The memory that all of them take."""
        return self._own_bytes + self._past_bytes

    def find(self, key: Hashable) -> Made | None:
        """The line made last under a key."""
        found = self._lines.get(key)
        if found is not None:
            self._lines.move_to_end(key)
        return found

    def put(self, key: Hashable, line: Line, state: Hashable, made_at: float, cost_seconds: float) -> Made:
        """Keep a line; the one before it is remembered for a while for pages that have it."""
        before = self._lines.pop(key, None)
        if before is not None:
            self._past[before.version] = before.line
            self._own_bytes -= _nbytes(before.line)
            self._past_bytes += _nbytes(before.line)
        found = Made(line, state, f"{self._own}{next(self._number):x}", made_at, cost_seconds)
        self._lines[key] = found
        self._own_bytes += _nbytes(line)
        while self._own_bytes > MOST_BYTES and len(self._lines) > 1:
            self._own_bytes -= _nbytes(self._lines.popitem(last=False)[1].line)
        while self._past_bytes > MOST_BYTES:
            self._past_bytes -= _nbytes(self._past.popitem(last=False)[1])
        return found

    def past(self, version: str) -> Line | None:
        """The line of a version that a page has, if it is known still."""
        return self._past.get(version)

    def clear(self) -> None:
        """Forget all."""
        self._lines.clear()
        self._past.clear()
        self._own_bytes = self._past_bytes = 0


def _nbytes(line: Line) -> int:
    arrays = (line.x, line.y, line.lo, line.hi, line.raw)
    return LINE_BYTES + sum(one.nbytes for one in arrays if one is not None)
