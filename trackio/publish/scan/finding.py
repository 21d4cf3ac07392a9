"""What a scan found, told without showing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from trackio.harmless import plain

_SHOWN = 120
"""Characters of a name in a place: names can be as long as texts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret in one place."""

    place: str
    """Where, in words: ``config of run 'x' in project 'p': api_key``, or ``p/runs/x.html line 3``."""
    rule: str
    """What it is; one of `RULES`."""
    excerpt: str
    """Its public beginning and its length, never more of it."""
    remedy: str = ""
    """What takes it away where it was recorded; empty for a file of the site."""


@dataclass(frozen=True, slots=True)
class Match:
    """A secret in a piece of text."""

    rule: str
    start: int
    end: int
    shown: str
    """What of it may be told: the beginning that all secrets of its kind share."""
    secret: bytes = field(repr=False)

    @property
    def excerpt(self) -> str:
        """See `Finding`."""
        return f"{plain(self.shown)}… ({len(self.secret.decode('utf-8', 'replace')):,} characters)"


Hit: TypeAlias = tuple[Finding, bytes]
"""What may be told of a secret, and the secret."""


def quoted(name: str) -> str:
    """A name inside a place."""
    return plain(repr(shortened(name)))


def shortened(name: str) -> str:
    """A name of any length in few characters."""
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
