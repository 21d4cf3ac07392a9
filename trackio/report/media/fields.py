"""Reads what stands in a reference: anything may be missing or of another type, and costs only itself (pure)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from trackio import grammar
from trackio.report.privacy import public_text
from trackio.report.words import LONGEST_VALUE

NONE: Mapping[str, Any] = {}


def text(value: object) -> str:
    """A text as it may be published; empty for what is none."""
    return public_text(value) if isinstance(value, str) else ""


def words(value: object) -> str:
    """Any value as text that may be published."""
    if value is None:
        return ""
    if isinstance(value, str):
        return public_text(value)
    if isinstance(value, float):
        return number_text(value)
    return public_text(json.dumps(value, ensure_ascii=False, default=str))


def cut(value: str, letters: int = LONGEST_VALUE) -> str:
    """The text, or its beginning."""
    return value if len(value) <= letters else value[:letters] + " …"


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def whole(value: object) -> int | None:
    """A number as a whole one, or None."""
    found = number(value)
    return None if found is None else int(found)


def mapping(value: object) -> Mapping[str, Any]:
    """The mapping, or an empty one."""
    return value if isinstance(value, Mapping) else NONE


def listed(value: object) -> list[Any]:
    """The list, or an empty one."""
    return list(value) if isinstance(value, (list, tuple)) else []


def number_text(value: float) -> str:
    """A number as it reads back, NaN and infinities by name."""
    if math.isnan(value):
        return "NaN"
    return ("Infinity" if value > 0 else "-Infinity") if math.isinf(value) else grammar.number_text(value)


def size(value: float | None) -> str:
    """A number of bytes in words; empty when it is not known."""
    if value is None:
        return ""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= unit:
            return f"{value / unit:.3g} {name}"
    return f"{value:.0f} B"


def clean(value: Any) -> Any:
    """A JSON value whose texts may be published."""
    if isinstance(value, str):
        return public_text(value)
    if isinstance(value, Mapping):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return value
