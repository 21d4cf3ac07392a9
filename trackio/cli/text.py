"""Text that is safe to show on a terminal, whatever was logged."""

from __future__ import annotations

import time
from collections.abc import Mapping

from trackio import references
from trackio.harmless import plain
from trackio.numerals import short
from trackio.times import iso, whole_duration

__all__ = ["ago", "finite_or_not", "number", "plain", "size"]

_MONTH = 30 * 86400

_WORDS = ("NaN", "Infinity", "-Infinity")
"""What JSON has for floats that it lacks."""


def number(value: object) -> str:
    """A logged value in few characters: six significant digits for floats, strings made plain, media in words."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, float):
        return short(value)
    if isinstance(value, int):
        return str(value)
    medium = value if isinstance(value, Mapping) and "_type" in value else references.decode(value)
    return plain(str(value) if medium is None else references.words(medium))


def finite_or_not(value: object) -> object:
    """A value as JSON has it, with the float that a word such as ``NaN`` stands for."""
    return float(value) if isinstance(value, str) and value in _WORDS else value


def ago(time_ns: int | None, now_ns: int | None = None) -> str:
    """How long ago a time was, in one unit: ``5 min ago``; after a month its date. Empty for None."""
    if time_ns is None:
        return ""
    seconds = ((time.time_ns() if now_ns is None else now_ns) - time_ns) / 1e9
    if seconds > _MONTH or seconds < -1:
        return iso(time_ns)[:10]
    value, unit = whole_duration(seconds).split()[:2]
    return f"{value} {unit} ago"


def size(count: int) -> str:
    """A number of bytes in decimal units: ``12.3 MB``."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"
