"""Curves as text, for pages that take no picture: a line of block letters, and a chart in Mermaid (pure)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 16
"""Letters of a line."""
POINTS = 40
"""Points of a chart: as many as can be told apart at its size."""

COLOURS = ("#2f6fde", "#8a8a8a")
"""Of this run and of the baseline; both can be seen on white and on GitHub's dark grey."""

_GREATEST, _SMALLEST = 1e15, 1e-12
"""Mermaid reads no exponents: what is larger or smaller would be a row of zeros."""

_INIT = (
    '%%%%{init: {"xyChart": {"width": 600, "height": 260}, '
    '"themeVariables": {"xyChart": {"plotColorPalette": "%s"}}}}%%%%'
)
_ODD = re.compile(r"[^\w ./:@+%()\[\]-]")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line: finite values at steps, both rising in step."""

    step: NDArray[np.float64]
    value: NDArray[np.float64]


def curve(step: NDArray[np.int64], value: NDArray[np.float64]) -> Curve | None:
    """The finite points, one a step, the last of each; None where there are none."""
    import numpy as np

    known = np.isfinite(value)
    steps, values = step[known].astype(np.float64), value[known]
    if not len(steps):
        return None
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    is_last = np.append(steps[1:] != steps[:-1], True)
    return Curve(steps[is_last], values[is_last])


def mean(curves: Sequence[Curve]) -> Curve | None:
    """The mean of several where all of them are; None where they share no stretch."""
    import numpy as np

    if len(curves) < 2:
        return curves[0] if curves else None
    low, high = max(one.step[0] for one in curves), min(one.step[-1] for one in curves)
    if low > high:
        return None
    grid = np.unique(np.concatenate([one.step for one in curves]))
    grid = grid[(grid >= low) & (grid <= high)]
    with np.errstate(over="ignore", invalid="ignore"):
        return Curve(grid, np.mean([np.interp(grid, one.step, one.value) for one in curves], axis=0))


def spark(one: Curve | None, width: int = WIDTH) -> str:
    """The curve in so many letters at most, each the mean of its stretch of points; empty without points."""
    import numpy as np

    if one is None:
        return ""
    with np.errstate(over="ignore"):
        parts = [float(part.mean()) for part in np.array_split(one.value, min(width, len(one.value)))]
    low, high = min(parts), max(parts)
    if not (math.isfinite(high - low) and high > low):
        return BLOCKS[3] * len(parts)
    return "".join(BLOCKS[min(len(BLOCKS) - 1, int((part - low) / (high - low) * len(BLOCKS)))] for part in parts)


def mermaid(title: str, run: Curve | None, baseline: Curve | None) -> list[str]:
    """The lines of a Mermaid chart over steps; none where there is no stretch to draw.

    Its x-axis is even, so values are read between points; and it knows no gaps, so it ends where either curve does.
    """
    import numpy as np

    if run is None or run.step[0] == run.step[-1]:
        return []
    low, high = run.step[0], run.step[-1]
    shown = [run]
    if baseline is not None and max(low, baseline.step[0]) < min(high, baseline.step[-1]):
        low, high = max(low, baseline.step[0]), min(high, baseline.step[-1])
        shown.append(baseline)
    grid = np.linspace(low, high, POINTS)
    # Where values are too far apart to be subtracted, there is nothing to draw.
    with np.errstate(over="ignore", invalid="ignore"):
        drawn = [np.interp(grid, one.step, one.value) for one in shown]
    least, most = (float(bound) for bound in (min(map(np.min, drawn)), max(map(np.max, drawn))))
    room = (most - least) * 0.05 or abs(most) * 0.05 or 1.0
    size = max(abs(least), abs(most))
    if not all(np.isfinite(line).all() for line in drawn) or size > _GREATEST or 0 < size < _SMALLEST:
        return []
    return [
        "```mermaid",
        _INIT % ", ".join(COLOURS[: len(drawn)]),
        "xychart-beta",
        f'  title "{_harmless(title)}"',
        f'  x-axis "step" {_number(low)} --> {_number(high)}',
        f"  y-axis {_number(least - room)} --> {_number(most + room)}",
        *(f"  line [{', '.join(_number(value) for value in line)}]" for line in drawn),
        "```",
    ]


def _harmless(title: str) -> str:
    """A name without letters that mean something within Mermaid."""
    return _ODD.sub("_", " ".join(title.split()))[:60] or "chart"


def _number(value: float) -> str:
    """Never with an exponent, which Mermaid does not read."""
    text = f"{value:.6g}"
    if "e" not in text:
        return text
    return f"{value:.0f}" if abs(value) >= 1 else f"{value:.18f}"
