"""Numbers, times and counts as the pages say them (pure)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPANS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
LONGEST_VALUE = 20_000
"""Characters of one config value that a page shows; a run that logs a whole file in its config stays readable."""


def number(value: float | bool) -> str:
    """A number in few characters: integers whole, floats with six significant digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "\N{MINUS SIGN}∞"
    return f"{value:.6g}"


def value(item: Any) -> str:
    """A config or summary value as text."""
    if item is None:
        return "none"
    if isinstance(item, (bool, int, float)):
        return number(item)
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + " …"


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Nested mappings as ``a/b`` keys, in order; empty mappings and lists stay as they are."""
    for key, item in values.items():
        name = f"{prefix}/{key}" if prefix else str(key)
        if isinstance(item, Mapping) and item:
            yield from flat(item, name)
        else:
            yield name, item


def count(n: int, noun: str, plural: str | None = None) -> str:
    """``1 run``, ``1,234 runs``."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """A span of time: ``0.4 s``, ``42 s``, ``3 min 5 s``, ``2 h 10 min``, ``4 d 3 h``."""
    if 0 < seconds < 10:
        return f"{seconds:.2g} s"
    whole = max(0, round(seconds))
    for big, big_name, small, small_name in _SPANS:
        if whole >= big:
            rest = whole % big // small
            return f"{whole // big} {big_name}" + (f" {rest} {small_name}" if rest else "")
    return f"{whole} s"


def moment(time_ns: int) -> datetime:
    """The time in UTC; the ends of the calendar for times beyond them."""
    try:
        return _EPOCH + timedelta(microseconds=time_ns // 1000)
    except OverflowError:
        return datetime.max.replace(tzinfo=timezone.utc) if time_ns > 0 else datetime.min.replace(tzinfo=timezone.utc)


def day(time_ns: int) -> str:
    """``21 Nov 2024``."""
    when = moment(time_ns)
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def minute(time_ns: int) -> str:
    """``21 Nov 2024, 15:04 UTC``."""
    return f"{day(time_ns)}, {moment(time_ns):%H:%M} UTC"
