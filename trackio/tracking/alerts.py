"""Alerts that a run raises: their levels, and how often one of a title is let through."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from time import monotonic

from trackio.errors import UsageError


class AlertLevel(str, Enum):
    """How grave an alert is."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


def level(given: str | AlertLevel | None) -> AlertLevel:
    """The level meant, in any case of letters; INFO when none is given. Raises UsageError."""
    if given is None:
        return AlertLevel.INFO
    word = str(given.value if isinstance(given, Enum) else given).upper()
    try:
        return AlertLevel("WARN" if word == "WARNING" else word)
    except ValueError:
        raise UsageError(f"level={given!r} is unknown. Use 'INFO', 'WARN' or 'ERROR'.") from None


def seconds(wait: float | timedelta | None) -> float:
    """How long to keep back the next of the same title; raises UsageError."""
    if wait is None:
        return 0.0
    if isinstance(wait, timedelta):
        return wait.total_seconds()
    try:
        return float(wait)
    except (TypeError, ValueError):
        raise UsageError(f"wait_duration={wait!r} is neither a number of seconds nor a timedelta.") from None


class Gate:
    """Lets an alert of a title through, and the next one not before its time."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def opens(self, title: str, wait_seconds: float) -> bool:
        """Whether an alert of this title goes through now."""
        now = monotonic()
        if now < self._until.get(title, now):
            return False
        self._until[title] = now + wait_seconds
        return True
