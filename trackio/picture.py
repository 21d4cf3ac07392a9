"""A chart as HTML: the picture that a page shows before any script has run, and that the live view takes over (pure).

``site/src/geometry.js`` computes the same and ``site/src/draw.js`` writes it into the same nodes, so nothing jumps.
The lines lie in an SVG that is stretched to its box, and labels stand at percentages beside it: one picture fits every
width and height with no script. No ``style`` attributes, so that a strict Content-Security-Policy holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from trackio.grammar import View, number_text
from trackio.lines import GREY, Line
from trackio.scales import Axis, number_label, x_axis, x_label, y_axis
from trackio.series import Floats, Indices

WIDTH, HEIGHT = 2000, 1000
"""The grid that coordinates are rounded to; the box is stretched to the plot."""

DIRECT_LINES, DIRECT_LETTERS = 6, 22
"""So many lines, with names so long, are labelled at their ends; otherwise a legend stands under the plot."""

LEGEND_ENTRIES = 12
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

TABLE_ROWS, TABLE_LINES = 10, 10
LINK_NAMES = {"svg": "SVG", "png": "PNG", "csv": "CSV", "spec": "Spec"}


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


def figure(
    lines: Sequence[Line],
    view: View,
    *,
    slug: str,
    metric: str,
    title: str | None = None,
    subtitle: str | None = None,
    axis: str | None = None,
    project: str = "",
    date: str = "",
    is_running: bool = False,
    links: Mapping[str, str] | None = None,
    page: str = "",
    heading: int = 2,
) -> str:
    """The whole figure of a chart.

    ``title`` defaults to the metric and ``subtitle`` to `summary`; ``axis`` is what ``axis_of`` found for x.
    ``links`` are addresses under ``svg``, ``png``, ``csv`` and ``spec``; ``page`` is the chart's own page, which the
    title leads to. ``date`` is the date of the data, as text.
    """
    shape = geometry(lines, view, axis=axis, title=metric)
    name = view.title or title or metric
    words = summary(lines, view) if subtitle is None else subtitle
    heading_text = f'<a href="{_attribute(page)}">{_text(name)}</a>' if page else _text(name)
    caption = f'<h{heading} class="tk-title" dir="auto">{heading_text}</h{heading}>' if name != "none" else ""
    facts = [
        f"<bdi>{_text(project)}</bdi>" if project else "",
        f'<span class="tk-points">{points(lines)}</span>',
        _text(date),
    ]
    if is_running:
        facts.append('<span class="tk-live">running</span>')
    return (
        f'<figure class="tk-chart" id="chart-{_attribute(slug)}" data-slug="{_attribute(slug)}" '
        f'data-metric="{_attribute(metric)}" data-legend="{_legend_place(shape, view)}">'
        f'<figcaption>{caption}<p class="tk-subtitle" dir="auto">{_text(words)}</p></figcaption>'
        + _plot(shape, sentence(lines, shape, metric), show_y_title=_has_y_title(name, metric))
        + legend(lines)
        + '<p class="tk-note" role="status" hidden></p>'
        + table(lines, shape)
        + ("" if not view.footer else _footer(" · ".join(f for f in facts if f), links or {}))
        + "</figure>"
    )


def thumbnail(lines: Sequence[Line], view: View, *, metric: str) -> str:
    """The lines alone, for a card: no axes, names or menu."""
    shape = geometry(lines, view, title=metric)
    label = _attribute(sentence(lines, shape, metric))
    return f'<div class="tk-thumb" role="img" aria-label="{label}">{_area(shape, grid=False)}</div>'


def geometry(lines: Sequence[Line], view: View, *, axis: str | None = None, title: str = "") -> Geometry:
    """Axes, paths and label places."""
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
    )


def summary(lines: Sequence[Line], view: View) -> str:
    """What is shown, in words: ``mean of 8 groups (64 runs), min-max band, smoothing 5``."""
    members = {member for line in lines for member in line.members}
    grouped = [line for line in lines if line.key.startswith("group:")]
    parts = []
    if grouped:
        parts.append(f"mean of {_count(len(grouped), 'group')} ({_count(len(members), 'run')})")
        if any(line.lo is not None for line in grouped):
            parts.append({"minmax": "min-max band", "std": "band ±1 standard deviation"}.get(view.band, "95% band"))
    elif len(members) == 1 and len(lines) == 1:
        parts.append(lines[0].label)
    elif members:
        parts.append(_count(len(members), "run"))
    if lines and view.smoothing:
        parts.append(f"smoothing {number_text(view.smoothing)}")
    logs = [name for name, scale in (("x", view.xscale), ("y", view.yscale)) if scale == "log"]
    if lines and logs:
        parts.append(f"log {' and '.join(logs)}")
    return ", ".join(parts)


def points(lines: Sequence[Line]) -> str:
    """``400 of 5,100 points`` where lines were reduced, and what a log axis has no place for."""
    drawn, total = sum(line.last - line.first for line in lines), sum(line.count for line in lines)
    dropped = sum(line.dropped for line in lines)
    text = f"{drawn:,} of {total:,} points" if drawn < total else _count(total, "point")
    return f"{text}, {dropped:,} not above 0 left out" if dropped else text


def sentence(lines: Sequence[Line], shape: Geometry, metric: str) -> str:
    """One sentence for those who do not see the picture."""
    if not lines:
        return f"Line chart of {metric}: no points to show."
    low, high = (x_label(shape.x, end) for end in shape.x.domain)
    text = f"Line chart of {metric} over {shape.x.title} from {low} to {high}"
    last = sorted((line for line in lines if not math.isnan(line.last_value)), key=lambda line: line.last_value)
    if not last:
        return f"{text}: no finite values."
    if len(last) == 1:
        return f"{text}: {last[0].label} ends at {number_label(last[0].last_value)}."
    least, most = (f"{number_label(line.last_value)} ({line.label})" for line in (last[0], last[-1]))
    return f"{text}: {len(lines)} lines end between {least} and {most}."


def legend(lines: Sequence[Line]) -> str:
    """Names with last values, highest first; of many lines the coloured ones, and how many more there are."""
    shown = sorted(_coloured(lines), key=_by_last)
    items = [
        f'<li><button type="button" class="tk-key {_series(line.color)}" data-key="{_attribute(line.key)}" '
        f'aria-pressed="true"><bdi class="tk-name">{_text(line.label)}</bdi> '
        f'<span class="tk-value">{number_label(line.last_value)}</span></button></li>'
        for line in shown
    ]
    if len(shown) < len(lines):
        more = f"{len(lines) - len(shown)} more"
        items.append(f'<li><button type="button" class="tk-more" aria-expanded="false">{more}</button></li>')
    return f'<ul class="tk-legend" aria-label="Lines">{"".join(items)}</ul>'


def table(lines: Sequence[Line], shape: Geometry) -> str:
    """The data for screen readers: ten rows over the window at most, then last, lowest and highest values."""
    shown = _coloured(lines)[:TABLE_LINES]
    if not shown:
        return ""
    low, high = shape.x.domain
    xs = np.unique(np.concatenate([line.x[line.first : line.last] for line in shown]))
    xs = xs[(xs >= low) & (xs <= high)]
    if len(xs) > TABLE_ROWS:
        xs = xs[[(len(xs) - 1) * k // (TABLE_ROWS - 1) for k in range(TABLE_ROWS)]]
    head = "".join(f'<th scope="col"><bdi>{_text(line.label)}</bdi></th>' for line in shown)
    rows = [(x_label(shape.x, float(x)), [_at(line, float(x)) for line in shown]) for x in xs]
    for name, pick in (("last", -1), ("lowest", 0), ("highest", 1)):
        rows.append((name, [_extreme(line, pick) for line in shown]))
    body = "".join(
        f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{value}</td>" for value in values) + "</tr>"
        for name, values in rows
    )
    many = f"{len(shown)} of {len(lines)} lines" if len(shown) < len(lines) else "values"
    return (
        f'<div class="visually-hidden"><table class="tk-table"><caption>{_text(shape.y.title)}, {many}</caption>'
        "<thead><tr>"
        f'<th scope="col">{_text(shape.x.title)}</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


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


def _plot(shape: Geometry, label: str, *, show_y_title: bool) -> str:
    y_labels = "".join(
        f'<text x="100%" dx="-8" y="{_percent(1 - place)}" dy=".32em">{_text(text)}</text>'
        for place, text in _y_ticks(shape.y)
    )
    if show_y_title:
        y_labels += f'<text class="tk-axis-title" x="0" y="-10">{_text(shape.y.title)}</text>'
    x_labels = "".join(
        f'<text x="{_percent(place)}" y="15"{_anchor(place, text)}>{_text(text)}</text>'
        for place, text in _x_ticks(shape.x)
    )
    if shape.title_below:
        x_labels += f'<text class="tk-axis-title is-below" x="100%" y="32">{_text(shape.x.title)}</text>'
    else:
        x_labels += f'<text class="tk-axis-title" x="100%" dx="{TITLE_SHIFT}" y="15">{_text(shape.x.title)}</text>'
    ends = "".join(
        f'<text class="{_series(line.color)}" x="6" y="{_percent(place)}" dy=".32em">{_text(line.label)}</text>'
        for place, line in shape.ends
    )
    return (
        f'<div class="tk-plot{" has-y-title" if show_y_title else ""}" role="img" tabindex="0" '
        f'aria-label="{_attribute(label)}">'
        f'<svg class="tk-y" width="{shape.y_width}" aria-hidden="true">{y_labels}</svg>{_area(shape, grid=True)}'
        f'<svg class="tk-x" height="{36 if shape.title_below else 20}" aria-hidden="true">{x_labels}</svg>'
        f'<svg class="tk-ends" width="{shape.ends_width}" aria-hidden="true">{ends}</svg>'
        + ("" if shape.marks else '<p class="tk-none">No points to show</p>')
        + "</div>"
    )


def _area(shape: Geometry, *, grid: bool) -> str:
    rules = "".join(f"M0 {_rule(place)}H{WIDTH}" for place, _ in _y_ticks(shape.y))
    marks = "".join(
        f'<path class="tk-{mark.kind} {_series(mark.color)}"'
        + (f' data-key="{_attribute(mark.key)}"' if mark.kind == "line" else "")
        + f' d="{mark.d}"/>'
        for mark in shape.marks
    )
    return (
        f'<svg class="tk-area{" is-clipped" if shape.is_clipped else ""}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'preserveAspectRatio="none" aria-hidden="true">'
        + (f'<path class="tk-grid" d="{rules}"/><path class="tk-base" d="M0 {HEIGHT}H{WIDTH}"/>' if grid else "")
        + f"{marks}</svg>"
    )


def _footer(facts: str, links: Mapping[str, str]) -> str:
    saves = "".join(
        f'<li><a href="{_attribute(links[kind])}" download>{name}</a></li>'
        for kind, name in LINK_NAMES.items()
        if links.get(kind)
    )
    copies = "".join(
        f'<li><button type="button" data-action="{action}">{name}</button></li>'
        for action, name in (("reset", "Reset zoom"), ("copy-link", "Copy link"), ("copy-embed", "Copy embed"))
    )
    return (
        f'<footer class="tk-foot"><span class="tk-source">{facts}</span><details class="tk-menu">'
        f'<summary aria-label="Save and share" title="Save and share">⋯</summary><ul>{saves}{copies}</ul>'
        "</details></footer>"
    )


def _coloured(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.color != GREY] if len(lines) > LEGEND_ENTRIES else list(lines)


def _by_last(line: Line) -> float:
    return math.inf if math.isnan(line.last_value) else -line.last_value


def _legend_place(shape: Geometry, view: View) -> str:
    return "ends" if shape.ends else "bottom" if view.legend == "auto" else view.legend


def _has_y_title(name: str, metric: str) -> bool:
    return name != metric


def _y_ticks(axis: Axis) -> list[tuple[float, str]]:
    """Ticks as shares of the axis, with their labels; of two that are too near to each other the first stays."""
    kept: list[tuple[float, str]] = []
    for place, label in _placed(axis):
        if not kept or place - kept[-1][0] >= TICK_STEP:
            kept.append((place, label))
    return kept


def _x_ticks(axis: Axis) -> list[tuple[float, str]]:
    """Likewise, without labels that would run into the one before in a plot of usual width."""
    kept: list[tuple[float, str]] = []
    end = -math.inf
    for place, label in _placed(axis):
        width, lean = _width(label), _lean(place, label)
        start = place * USUAL_WIDTH - (0 if lean == "at-start" else width if lean else width / 2)
        if start >= end + LETTER:
            kept.append((place, label))
            end = start + width
    return kept


def _placed(axis: Axis) -> list[tuple[float, str]]:
    return list(zip(axis.place(np.asarray(axis.ticks, dtype=np.float64)).tolist(), axis.labels, strict=True))


def _at(line: Line, x: float) -> str:
    """The value at x where the line has a point there."""
    place = int(np.searchsorted(line.x, x))
    return number_label(float(line.y[place])) if place < len(line.x) and line.x[place] == x else ""


def _extreme(line: Line, pick: int) -> str:
    inside = line.y[line.first : line.last]
    finite = inside[np.isfinite(inside)]
    if not len(finite):
        return ""
    return number_label(float(finite[-1] if pick < 0 else finite.max() if pick else finite.min()))


def _rule(place: float) -> int:
    return math.floor((1 - place) * HEIGHT + 0.5)


def _percent(share: float) -> str:
    return f"{number_text(math.floor(share * 10000 + 0.5) / 100)}%"


def _anchor(place: float, label: str) -> str:
    lean = _lean(place, label)
    return f' class="{lean}"' if lean else ""


def _lean(place: float, label: str) -> str:
    """Long labels at the ends of the axis lean inwards."""
    if _width(label) <= 40 or 0.06 < place < 0.94:
        return ""
    return "at-end" if place > 0.5 else "at-start"


def _letters(text: str) -> int:
    # Scripts from here on are drawn twice as wide.
    return sum(2 if ord(letter) >= 0x2E80 else 1 for letter in text)


def _width(text: str) -> int:
    return math.ceil(_letters(text) * LETTER)


def _series(color: int) -> str:
    return "sx" if color == GREY else f"s{color}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _text(text: str) -> str:
    """Text for HTML: no character that a browser would turn into an error or that could turn the line around."""
    return escape(_visible(text), quote=False)


def _attribute(text: str) -> str:
    return escape(_visible(text), quote=True)


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join("\ufffd" if _is_forbidden(letter) else letter for letter in re.sub("[\t\n\r]", " ", text))


def _is_forbidden(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter < "\xa0" or "\ud800" <= letter <= "\udfff"
