"""Numbers, times and counts as the pages say them (pure)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from trackio import times
from trackio.numerals import short

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
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
    return short(value)


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


duration = times.duration
"""A span of time."""


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
