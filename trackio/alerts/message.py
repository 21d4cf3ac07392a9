"""One alert on its way to whoever is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from trackio.alerts.levels import AlertLevel

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Message:
    """One alert, with all that is told of it."""

    project: str
    run: str
    run_id: str
    level: AlertLevel
    title: str
    text: str
    step: int | None
    time_ns: int
    data: Any = None
    """What JSON can hold."""
    url: str | None = None
    """The run's page."""

    @property
    def link(self) -> str | None:
        """The run's page, where others can reach it."""
        if self.url is None or urlsplit(self.url).scheme not in ("http", "https"):
            return None
        return None if (urlsplit(self.url).hostname or "").lower() in _HERE else self.url
