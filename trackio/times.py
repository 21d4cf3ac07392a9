"""Times as the store keeps them (nanoseconds since the epoch) and as people and programs write them (pure)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from trackio.errors import UsageError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_SPANS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
_FRACTION = re.compile(r"\.(\d+)")


def duration(seconds: float) -> str:
    """A span of time: ``0.4 s``, ``42 s``, ``3 min 5 s``, ``2 h 10 min``, ``4 d 3 h``."""
    if 0 < seconds < 10:
        return f"{seconds:.2g} s"
    return whole_duration(seconds)


def whole_duration(seconds: float) -> str:
    """A span of time to the second: ``0 s``, and from there as `duration`."""
    whole = max(0, round(seconds))
    for big, big_name, small, small_name in _SPANS:
        if whole >= big:
            rest = whole % big // small
            return f"{whole // big} {big_name}" + (f" {rest} {small_name}" if rest else "")
    return f"{whole} s"


def when(time_ns: int) -> datetime:
    """The time in UTC; what lies below a microsecond is dropped."""
    return EPOCH + timedelta(microseconds=time_ns // 1000)


def iso(time_ns: int) -> str:
    """The time as ISO 8601 in UTC, to the microsecond: ``2025-11-21T03:19:00.123456+00:00``."""
    return when(time_ns).isoformat(timespec="microseconds")


def nanoseconds(text: str) -> int:
    """The time that a text names: ISO 8601 (UTC where it names no zone), or seconds since the epoch.

    Raises UsageError for anything else, and for years that 64 bits of nanoseconds cannot hold.
    """
    text = text.strip()
    try:
        return _bounded(int(text) * 10**9, text) if re.fullmatch(r"[+-]?\d+", text) else _parsed(text)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is no time. Write it as 2025-11-21T03:19:00Z, or as seconds since 1970-01-01 UTC."
        ) from None


def _parsed(text: str) -> int:
    if re.fullmatch(r"[+-]?\d*\.\d*(?:[eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+", text):
        return _bounded(round(float(text) * 1e6) * 1000, text)
    # Python 3.10 reads neither a trailing Z nor fractions of other than 3 or 6 digits.
    read = _FRACTION.sub(lambda match: "." + match[1][:6].ljust(6, "0"), re.sub("[zZ]$", "+00:00", text), count=1)
    moment = datetime.fromisoformat(read)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    found = _FRACTION.search(text)
    below = int(found[1][6:9].ljust(3, "0")) if found else 0
    return _bounded((moment - EPOCH) // timedelta(microseconds=1) * 1000 + below, text)


def _bounded(time_ns: int, text: str) -> int:
    if not -(2**63) <= time_ns < 2**63:
        raise OverflowError(text)
    return time_ns
