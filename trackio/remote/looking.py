"""What a run says of itself, looked through for secrets before it goes to a Space that everybody can see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trackio import journal
from trackio.remote.obstacles import Unreadable
from trackio.remote.programs import Program

LOOK_SECONDS = 60.0
MODULE = "trackio.publish.looking"
_SAID = ("run", "config", "summary")
"""Events with words of people's: names, notes, tags, and all that scripts are told."""


class Withheld(Unreadable):
    """There is a secret in what was to be sent."""


class Looked:
    """What of one run was looked through; for one thread."""

    def __init__(self, project: str, run: str) -> None:
        self._project, self._run = project, run
        self._last: list[dict[str, Any]] = []
        self._found: list[str] | None = None
        self.homes: list[str] = []
        """Where home folders stand in what was looked through last; it is sent all the same."""

    def check(self, data: bytes, server: str) -> None:
        """Raise Withheld for frames with a secret, and Unreadable where that cannot be told."""
        said = list(_said(data))
        if not said:
            return
        if self._found is None or said != self._last:
            asked = {"project": self._project, "run": self._run, "events": said}
            try:
                answer = Program(MODULE, asked).awaited(LOOK_SECONDS)
                self._found, self.homes, self._last = list(answer["found"]), list(answer["homes"]), said
            except (OSError, ValueError, TypeError, KeyError):
                raise Unreadable(server, "it could not be looked through for secrets") from None
        if self._found:
            raise Withheld(server, f"everybody would see a secret, {'; '.join(self._found)}")


def _said(data: bytes) -> Iterator[dict[str, Any]]:
    if any(b'{"event":"%b"' % name.encode() in data for name in _SAID):
        for event in journal.scan(data, {}).events:
            if event.get("event") in _SAID:
                yield event
