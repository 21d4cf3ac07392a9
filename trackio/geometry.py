"""Where everything of a chart's picture stands: axes, paths, ticks and label places (pure).

The twin of ``site/src/geometry.js``. Both round to the same grid: the live view writes what the picture already shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from trackio.flags import GRID, Alert, Flag, flags
from trackio.grammar import View
from trackio.lines import GREY, Line
from trackio.scales import Axis, x_axis, y_axis
from trackio.series import Floats, Indices

WIDTH, HEIGHT = GRID, 1000
"""The grid that coordinates are rounded to; the box is stretched to the plot."""

DIRECT_LINES, DIRECT_LETTERS = 6, 22
"""So many lines, with names so long, are labelled at their ends; otherwise a legend stands under the plot."""

LETTER = 7.2
"""Mean width of a letter at 13 px; labels are measured with it, as the reader's font is not known."""

LABEL_STEP = 0.07
"""Labels at line ends keep this share of the height apart: 15 px of 214."""

TICK_STEP = 0.1
"""Ticks of the y-axis keep this share of the height apart; those of a log axis crowd at the top."""

USUAL_WIDTH = 480
"""The width, in pixels, that labels of the x-axis must fit; narrower plots show every second one."""

TITLE_SHIFT = 20
"""The x-axis title stands so many pixels right of the axis, beyond the last tick's label."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One path of the plot: what it is, whose it is, and its coordinates."""

    kind: str
    """``band``, ``raw``, ``line`` or ``dot``."""
    color: int
    key: str
    d: str


@dataclass(frozen=True, slots=True)
class Geometry:
    """Everything of a chart that depends on its data."""

    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    ends: tuple[tuple[float, Line], ...]
    """Labels at line ends, as shares of the height from the top; empty when a legend is better."""
    y_width: int
    ends_width: int
    title_below: bool
    """The x-axis title is too long to stand beside the axis."""
    is_clipped: bool
    flags: tuple[Flag, ...] = ()
    """Alerts on the x-axis, from left to right."""


def geometry(
    lines: Sequence[Line], view: View, *, axis: str | None = None, title: str = "", alerts: Sequence[Alert] = ()
) -> Geometry:
    """Axes, paths and label places; ``alerts`` have their places on x, as `trackio.flags.placed` gives them."""
    x, y = x_axis(lines, view, axis=axis), y_axis(lines, view, title=title)
    ends = _ends(lines, y) if view.legend == "auto" else ()
    below = len(x.title) > 6
    names = max((_width(line.label) for _, line in ends), default=0)
    room = 0 if below else TITLE_SHIFT + _width(x.title)
    return Geometry(
        x=x,
        y=y,
        marks=tuple(_marks(lines, x, y)),
        ends=ends,
        y_width=max((_width(label) for label in y.labels), default=0) + 8,
        ends_width=max(names + 8 if ends else 0, room),
        title_below=below,
        is_clipped=any(limit is not None for limit in (view.xmin, view.xmax, view.ymin, view.ymax)),
        flags=flags(alerts, lines, x, view),
    )


def y_ticks(axis: Axis) -> list[tuple[float, str]]:
    """Ticks as shares of the axis, with their labels; of two that are too near to each other the first stays."""
    kept: list[tuple[float, str]] = []
    for place, label in _placed(axis):
        if not kept or place - kept[-1][0] >= TICK_STEP:
            kept.append((place, label))
    return kept


def x_ticks(axis: Axis) -> list[tuple[float, str]]:
    """Likewise, without labels that would run into the one before in a plot of usual width."""
    kept: list[tuple[float, str]] = []
    end = -math.inf
    for place, label in _placed(axis):
        width, side = _width(label), lean(place, label)
        start = place * USUAL_WIDTH - (0 if side == "at-start" else width if side else width / 2)
        if start >= end + LETTER:
            kept.append((place, label))
            end = start + width
    return kept


def _placed(axis: Axis) -> list[tuple[float, str]]:
    return list(zip(axis.place(np.asarray(axis.ticks, dtype=np.float64)).tolist(), axis.labels, strict=True))


def lean(place: float, label: str) -> str:
    """Long labels at the ends of the axis lean inwards."""
    if _width(label) <= 40 or 0.06 < place < 0.94:
        return ""
    return "at-end" if place > 0.5 else "at-start"


def _letters(text: str) -> int:
    # Scripts from here on are drawn twice as wide.
    return sum(2 if ord(letter) >= 0x2E80 else 1 for letter in text)


def _width(text: str) -> int:
    return math.ceil(_letters(text) * LETTER)


def path(x: Floats, y: Floats) -> tuple[str, str]:
    """The lines through these grid points, and the points that stand alone; NaN is a gap. Moves are relative."""
    known = ~(np.isnan(x) | np.isnan(y))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], known.view(np.int8), [0]))))
    parts, dots = [], []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        xs, ys = x[start:stop].astype(np.int64), y[start:stop].astype(np.int64)
        if stop - start == 1:
            dots.append(f"M{xs[0]} {ys[0]}h0")
        else:
            parts.append(f"M{xs[0]} {ys[0]}{_moves(xs, ys) or 'h0'}")
    return "".join(parts), "".join(dots)


def area(x: Floats, low: Floats, high: Floats) -> str:
    """The closed shape between two curves on the grid, one for each stretch without a gap."""
    known = ~(np.isnan(x) | np.isnan(low) | np.isnan(high))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], known.view(np.int8), [0]))))
    parts = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if stop - start > 1:
            there = slice(start, stop)
            xs = np.concatenate((x[there], x[there][::-1])).astype(np.int64)
            ys = np.concatenate((high[there], low[there][::-1])).astype(np.int64)
            parts.append(f"M{xs[0]} {ys[0]}{_moves(xs, ys)}z")
    return "".join(parts)


def _marks(lines: Sequence[Line], x: Axis, y: Axis) -> Iterable[Mark]:
    """Bands at the bottom, then raw curves, then lines, grey before coloured, then points that stand alone."""
    order = sorted(lines, key=lambda line: line.color != GREY)
    at = {line.key: _grid(x.place(line.x), WIDTH) for line in order}

    def up(values: Floats) -> Floats:
        return _grid(1 - y.place(values), HEIGHT)

    for line in order:
        if line.lo is not None and line.hi is not None and line.color != GREY:
            yield Mark("band", line.color, line.key, area(at[line.key], up(line.lo), up(line.hi)))
    for line in order:
        if line.raw is not None and line.color != GREY:
            yield Mark("raw", line.color, line.key, path(at[line.key], up(line.raw))[0])
    paths = [(line, *path(at[line.key], up(line.y))) for line in order]
    for line, strokes, _ in paths:
        yield Mark("line", line.color, line.key, strokes)
    for line, _, dots in paths:
        if dots:
            yield Mark("dot", line.color, line.key, dots)


def _grid(shares: Floats, size: int) -> Floats:
    """Whole grid coordinates, halves up, NaN where there is none; far outside is as good as further outside."""
    with np.errstate(invalid="ignore", over="ignore"):
        values = np.floor(np.clip(shares, -100.0, 100.0) * size + 0.5)
    return np.where(np.isfinite(shares), values, np.nan)


def _moves(x: Indices, y: Indices) -> str:
    dx, dy = np.diff(x), np.diff(y)
    moving = (dx != 0) | (dy != 0)
    text = []
    for a, b in zip(dx[moving].tolist(), dy[moving].tolist(), strict=True):
        text.append(f"{a}{b}" if b < 0 else f"{a} {b}")
    return "l" + " ".join(text).replace(" -", "-") if text else ""


def _ends(lines: Sequence[Line], y: Axis) -> tuple[tuple[float, Line], ...]:
    """Where the labels of few lines stand: at their last values, pushed apart where they would cover each other."""
    shown = [line for line in lines if not math.isnan(line.last_value)]
    if not 2 <= len(lines) <= DIRECT_LINES or len(shown) < len(lines):
        return ()
    if max(_letters(line.label) for line in shown) > DIRECT_LETTERS:
        return ()
    at = {line.key: 1 - float(y.place(np.asarray([line.last_value]))[0]) for line in shown}
    order = sorted(shown, key=lambda line: at[line.key])
    places = [min(max(at[line.key], 0.0), 1.0) for line in order]
    for k in range(1, len(places)):
        places[k] = max(places[k], places[k - 1] + LABEL_STEP)
    # What was pushed below the plot comes back up, and the others make room.
    places[-1] = min(places[-1], 1 - LABEL_STEP / 2)
    for k in range(len(places) - 2, -1, -1):
        places[k] = min(places[k], places[k + 1] - LABEL_STEP)
    return tuple(zip(places, order, strict=True))
