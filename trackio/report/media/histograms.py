"""Histograms: one as bars, many over their steps as a heat map, with the axes of charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trackio import scales
from trackio.geometry import HEIGHT, LETTER, WIDTH, lean, x_ticks, y_ticks
from trackio.palette import DARK, LIGHT
from trackio.report.columns import encode
from trackio.report.media import colors, fields
from trackio.report.media.place import Unavailable
from trackio.report.media.views import Plot
from trackio.scales import Axis, number_label
from trackio.series import Floats

ROWS, COLUMNS = 64, 400
"""The most that a heat map has."""
TAIL = 0.001
"""The share of all counts that may lie outside of a heat map, at each end, when it would be empty mostly otherwise."""
_EMPTY = 4
"""It is when all but the tails lie within one of so many parts."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between edges: ``bins`` has one value more than ``values``."""

    bins: Floats
    values: Floats


@dataclass(frozen=True, slots=True)
class Heat:
    """Many histograms on one grid."""

    counts: Floats
    """``(rows, columns)``, the lowest bin first."""
    x: Axis
    y: Axis
    is_cut: bool


def histogram(reference: Mapping[str, Any]) -> Histogram:
    """The histogram in a reference; raises Unavailable for what is none."""
    try:
        bins = np.array(fields.listed(reference.get("bins")), np.float64)
        values = np.array(fields.listed(reference.get("values")), np.float64)
    except (ValueError, TypeError, OverflowError):
        raise Unavailable("it is no histogram") from None
    is_right = bins.ndim == values.ndim == 1 and len(values) > 0 and len(bins) == len(values) + 1
    if not is_right or not np.isfinite(bins).all() or (np.diff(bins) < 0).any():
        raise Unavailable("it is no histogram")
    values = np.where(np.isfinite(values) & (values > 0), values, 0)
    return Histogram(bins, values)


def bars(one: Histogram) -> Plot:
    """One histogram as bars."""
    low, high = _span(float(one.bins[0]), float(one.bins[-1]))
    top = float(one.values.max())
    x, y = _axis(low, high, 6), _axis(0.0, top or 1.0, 5)
    places = np.rint(x.place(one.bins) * WIDTH).astype(int)
    heights = np.rint((1 - y.place(one.values)) * HEIGHT).astype(int)
    parts = zip(places[:-1].tolist(), places[1:].tolist(), heights.tolist(), strict=True)
    # A hair of space between bars, while they are wide enough for it.
    path = "".join(
        f"M{a} {HEIGHT}V{h}H{max(b - (4 if b - a > 16 else 0), a + 1)}V{HEIGHT}z" for a, b, h in parts if h < HEIGHT
    )
    label = f"Histogram of {number_label(float(one.values.sum()))} values from {number_label(low)} to "
    return _plot(x, y, label=f"{label}{number_label(high)}.", x_title="value", y_title="count", bars=path)


def heat(steps: Sequence[int], found: Sequence[Histogram]) -> Heat:
    """The histograms on one grid; of several at one step the last counts, and each holds until the next one."""
    last = dict(zip(steps, found, strict=True))
    order = sorted(last)
    edges, is_cut = _edges([last[step] for step in order])
    rows = len(edges) - 1
    each = np.stack([_rebinned(last[step], edges) for step in order])
    at = np.array(order, float)
    gaps = np.diff(at)
    gap = float(np.median(gaps)) if len(gaps) else 1.0
    start, stop = at[0], at[-1] + gap
    is_even = len(gaps) == 0 or bool((gaps == gaps[0]).all())
    columns = len(at) if is_even and len(at) <= COLUMNS else COLUMNS
    borders = np.linspace(start, stop, columns + 1)
    firsts = np.searchsorted(at, borders[:-1], "left")
    ends = np.searchsorted(at, borders[1:], "left")
    sums = np.concatenate([np.zeros((1, rows)), np.cumsum(each, axis=0)])
    counts = np.where(
        (ends > firsts)[:, None],
        (sums[ends] - sums[firsts]) / np.maximum(ends - firsts, 1)[:, None],
        each[np.maximum(firsts - 1, 0)],
    )
    y = _axis(float(edges[0]), float(edges[-1]), 5)
    return Heat(counts.T, _axis(start, stop, 6, "step"), y, is_cut)


def pictures(one: Heat) -> tuple[bytes, bytes]:
    """The heat map as PNG, light and dark."""
    top = float(one.counts.max()) or 1.0
    # By the square root: the tails of a distribution are what one looks for.
    levels = np.ceil(np.sqrt(one.counts / top) * (colors.LEVELS - 1)).astype(np.int64)[::-1]
    light, dark = (colors.picture(levels, colors.shades(theme), is_first_clear=True) for theme in (LIGHT, DARK))
    return light, dark


def heat_plot(one: Heat, metric: str, light: str, dark: str) -> Plot:
    """A heat map with its axes; ``light`` and ``dark`` are the addresses of its pictures."""
    label = f"Heat map of {metric}: counts of values from {one.y.labels[0] if one.y.labels else ''} over steps."
    return _plot(
        one.x,
        one.y,
        label=label,
        x_title="step",
        y_title="value",
        light=light,
        dark=dark,
        scale=number_label(float(f"{one.counts.max():.3g}")),
        note=f"Up to {TAIL:.1%} of the counts lie above, and as many below." if one.is_cut else "",
    )


def script_value(one: Heat) -> dict[str, Any]:
    """What the browser needs to tell counts: they are row by row, the lowest bin first."""
    digits = 0 if float(one.counts.max()) >= 1000 else 2
    return {
        "columns": one.counts.shape[1],
        "x": list(one.x.domain),
        "y": list(one.y.domain),
        "counts": encode(np.round(one.counts, digits).ravel()),
    }


def _edges(found: Sequence[Histogram]) -> tuple[Floats, bool]:
    """The grid's edges: those of the histograms where all have the same even ones, so that counts stay as they are."""
    low, high, is_cut = _range(found)
    bins = found[0].bins
    gaps = np.diff(bins)
    is_same = all(len(one.bins) == len(bins) and (one.bins == bins).all() for one in found)
    if is_same and np.allclose(gaps, gaps[0], rtol=1e-6) and gaps[0] > 0:
        first, last = np.searchsorted(bins, low, "right") - 1, np.searchsorted(bins, high, "left")
        if last - first <= 2 * ROWS:
            return bins[first : last + 1], is_cut
    rows = min(ROWS, max(len(one.values) for one in found))
    return np.linspace(low, high, rows + 1), is_cut


def _range(found: Sequence[Histogram]) -> tuple[float, float, bool]:
    """Where the counts lie; without their tails when these would leave most of the picture empty."""
    middles = np.concatenate([(one.bins[:-1] + one.bins[1:]) / 2 for one in found])
    # Each histogram weighs the same, whatever it counted.
    weights = np.concatenate([one.values / (one.values.sum() or 1.0) for one in found])
    lows = [float(one.bins[:-1][one.values > 0][0]) for one in found if one.values.any()]
    highs = [float(one.bins[1:][one.values > 0][-1]) for one in found if one.values.any()]
    if not lows:
        return *_span(float(found[0].bins[0]), float(found[0].bins[-1])), False
    low, high = _span(min(lows), max(highs))
    order = np.argsort(middles, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    inner = middles[order][np.searchsorted(share, [TAIL, 1 - TAIL]).clip(0, len(order) - 1)]
    width = float(inner[1] - inner[0])
    if 0 < width < (high - low) / _EMPTY:
        return max(low, float(inner[0]) - width / 8), min(high, float(inner[1]) + width / 8), True
    return low, high, False


def _rebinned(one: Histogram, edges: Floats) -> Floats:
    """The counts between other edges, each bin's spread evenly over it."""
    below = np.concatenate([[0.0], np.cumsum(one.values)])
    return np.diff(np.interp(edges, one.bins, below))


def _span(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _axis(low: float, high: float, count: int, title: str = "") -> Axis:
    ticks = scales.ticks(low, high, count)
    return Axis("linear", (low, high), tuple(ticks), tuple(scales.labels(ticks)), title)


def _plot(
    x: Axis,
    y: Axis,
    *,
    label: str,
    x_title: str,
    y_title: str,
    bars: str = "",
    light: str = "",
    dark: str = "",
    scale: str = "",
    note: str = "",
) -> Plot:
    return Plot(
        label=label,
        y_ticks=tuple((_percent(1 - place), text) for place, text in y_ticks(y)),
        x_ticks=tuple((_percent(place), text, lean(place, text)) for place, text in x_ticks(x)),
        y_width=round(max((len(text) for text in y.labels), default=0) * LETTER) + 8,
        x_title=x_title,
        y_title=y_title,
        bars=bars,
        light=light,
        dark=dark,
        scale=scale,
        note=note,
    )


def _percent(share: float) -> str:
    return f"{share * 100:.6g}%"
