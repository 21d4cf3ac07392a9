"""How grave an alert is, and how often one of a title is let through."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from time import monotonic

from trackio.errors import UsageError


class AlertLevel(str, Enum):
    """How grave an alert is: ``INFO < WARN < ERROR``, also beside their names in any case of letters."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"

    @classmethod
    def _missing_(cls, value: object) -> AlertLevel | None:
        """The level of a name in other letters: ``AlertLevel("warning")``."""
        word = str(value).strip().upper()
        return cls.__members__.get("WARN" if word == "WARNING" else word)

    @property
    def rank(self) -> int:
        """0 for INFO, 1 for WARN, 2 for ERROR."""
        return list(AlertLevel).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < level(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= level(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > level(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= level(other).rank


def level(given: str | AlertLevel | None, name: str = "level") -> AlertLevel:
    """The level meant, in any case of letters; WARN when none is given. Raises UsageError, which names the argument."""
    if given is None:
        return AlertLevel.WARN
    try:
        return AlertLevel(given.value if isinstance(given, Enum) else given)
    except ValueError:
        raise UsageError(f"{name}={given!r} is unknown. Use 'INFO', 'WARN' or 'ERROR'.") from None


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
        if wait_seconds > 0:
            self._until[title] = now + wait_seconds
        return True
