"""What goes wrong on demand: refusals of every kind, and connections that are cut at the request of a number."""

from __future__ import annotations

import re
from collections.abc import Callable

from .answers import Refused


class Faults:
    """The part of a Hub that lets it fail."""

    def __init__(self) -> None:
        self.failing: dict[str, int | Refused] = {}
        """What to answer with to paths that match a pattern: a status, or a refusal such as `limited`."""
        self.before: dict[str, Callable[[], object]] = {}
        """What happens once, just before a path that matches a pattern is answered; it may raise Refused."""
        self._cut: tuple[int, bool, bool] | None = None

    def cut(self, number: int, *, is_after: bool = False, is_once: bool = False) -> None:
        """Cut the connection at the request of that number, and all later ones unless ``is_once``.

        The first from now on is 1. With ``is_after`` the request is carried out, and only its answer is lost.
        """
        self._cut = (len(self.requests) + number, is_after, is_once)

    def mend(self) -> None:
        """Let all go well from now on."""
        self._cut = None
        self.failing.clear()
        self.before.clear()

    def is_cut(self, number: int, *, is_after: bool) -> bool:
        """Whether the connection of a request is cut now."""
        if self._cut is None:
            return False
        first, after, is_once = self._cut
        if number == first:
            return after == is_after
        return number > first and not is_once and not is_after

    def fail(self, path: str) -> None:
        """Raise Refused where something is to go wrong with that path."""
        for pattern in [pattern for pattern in self.before if re.search(pattern, path)]:
            self.before.pop(pattern)()
        for pattern, fault in self.failing.items():
            if re.search(pattern, path):
                raise fault if isinstance(fault, Refused) else Refused(fault, f"refused with {fault}")

    requests: list[str]


def limited(seconds: int) -> Refused:
    """The answer to one who asks too often."""
    return Refused(429, "We had to rate limit you", headers={"Retry-After": str(seconds)})
