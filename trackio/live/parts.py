"""What a page lacks of a line: all of it, or the points behind those that are the same (pure)."""

from __future__ import annotations

from typing import Any

import numpy as np

from trackio.lines import Line
from trackio.report.columns import encode
from trackio.series import Floats


def part(line: Line, known: Line | None, version: str) -> dict[str, Any]:
    """The points of a line from the first on that the page has not; ``keep`` is how many of its own stay."""
    arrays = _arrays(line)
    keep = 0 if known is None else _shared(_arrays(known), arrays)
    columns = {name: encode(values[keep:]) for name, values in arrays.items()}
    return columns | {
        "keep": keep,
        "first": line.first,
        "last": line.last,
        "count": line.count,
        "dropped": line.dropped,
        "version": version,
    }


def head(line: Line) -> dict[str, Any]:
    """What a line is beside its points."""
    return {
        "key": line.key,
        "label": line.label,
        "color": line.color,
        "metric": line.metric,
        "members": list(line.members),
    }


def _arrays(line: Line) -> dict[str, Floats]:
    found = {"x": line.x, "y": line.y, "lo": line.lo, "hi": line.hi, "raw": line.raw}
    return {name: values for name, values in found.items() if values is not None}


def _shared(old: dict[str, Floats], new: dict[str, Floats]) -> int:
    if old.keys() != new.keys():
        return 0
    shared = min(len(old["x"]), len(new["x"]))
    for name, values in new.items():
        before, now = old[name][:shared], values[:shared]
        differing = np.flatnonzero((before != now) & ~(np.isnan(before) & np.isnan(now)))
        if len(differing):
            shared = int(differing[0])
    return shared
