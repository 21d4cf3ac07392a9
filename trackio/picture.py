"""A chart as HTML: the picture that a page shows before any script has run, and that the live view takes over (pure).

`trackio.geometry` says where everything stands. The live view computes the same and writes it into the same nodes, so
nothing jumps. The lines lie in an SVG that is stretched to its box, and labels stand at percentages beside it: one
picture fits every width and height with no script. No ``style`` attributes, so that a strict Content-Security-Policy
holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trackio.flagmarks import dots, spoken
from trackio.flags import Alert, count
from trackio.geometry import HEIGHT, TITLE_SHIFT, WIDTH, Geometry, geometry, lean, x_ticks, y_ticks
from trackio.grammar import View, number_text
from trackio.lines import GREY, Line
from trackio.markup import attribute as _attribute
from trackio.markup import percent
from trackio.markup import text as _text
from trackio.scales import number_label, x_label

LEGEND_ENTRIES = 12
TABLE_ROWS, TABLE_LINES = 10, 10
LINK_NAMES = {"svg": "SVG", "png": "PNG", "csv": "CSV", "spec": "Spec"}


@dataclass(frozen=True, slots=True)
class Own:
    """HTML that stands in the footer of a chart on its own page."""

    note: str
    """Before the facts."""
    cite: str
    """Beside the menu."""
    entries: str
    """In the menu, after all else."""


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
    pending: int | None = None,
    alerts: Sequence[Alert] = (),
    own: Own | None = None,
) -> str:
    """The whole figure of a chart.

    ``title`` defaults to the metric and ``subtitle`` to `summary`; ``axis`` is what ``axis_of`` found for x.
    ``links`` are addresses under ``svg``, ``png``, ``csv`` and ``spec``; ``page`` is the chart's own page, which the
    title leads to. ``date`` is the date of the data, as text. ``pending`` is how many points there are of a figure that
    a script will draw: it stands empty until then. ``alerts`` have their places, as `trackio.flags.placed` gives them.
    """
    shape = geometry(lines, view, axis=axis, title=metric, alerts=alerts)
    name = view.title or title or metric
    words = summary(lines, view) if subtitle is None else subtitle
    heading_text = f'<a href="{_attribute(page)}">{_text(name)}</a>' if page else _text(name)
    caption = f'<h{heading} class="tk-title" dir="auto">{heading_text}</h{heading}>' if name != "none" else ""
    facts = [
        f"<bdi>{_text(project)}</bdi>" if project else "",
        f'<span class="tk-points">{points(lines) if pending is None else _count(pending, "point")}</span>',
        _text(date),
    ]
    if is_running:
        facts.append('<span class="tk-live">running</span>')
    label, missing = f"Line chart of {metric}", ""
    if pending is None:
        label, missing = sentence(lines, shape, metric), _missing(lines, shape)
    return (
        f'<figure class="tk-chart" id="chart-{_attribute(slug)}" data-slug="{_attribute(slug)}" '
        f'data-metric="{_attribute(metric)}" data-legend="{_legend_place(shape, view)}">'
        f'<figcaption>{caption}<p class="tk-subtitle" dir="auto">{_text(words)}</p></figcaption>'
        + _plot(shape, label, missing, show_y_title=_has_y_title(name, metric), is_pending=pending is not None)
        + legend(lines)
        + '<p class="tk-note" role="status" hidden></p>'
        + table(lines, shape)
        + spoken(shape.flags)
        + ("" if not view.footer else footer(" · ".join(f for f in facts if f), links or {}, own))
        + "</figure>"
    )


def thumbnail(lines: Sequence[Line], view: View, *, metric: str) -> str:
    """The lines alone, for a card: no axes, names or menu."""
    shape = geometry(lines, view, title=metric)
    label = _attribute(sentence(lines, shape, metric))
    return f'<div class="tk-thumb" role="img" aria-label="{label}">{_area(shape, grid=False)}</div>'


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
    """``400 of 5,100 points`` where lines were reduced, and what a log axis has no place for.

    Of means it is told how many points they are of: no point of a line is one that was logged.
    """
    drawn, total = sum(line.last - line.first for line in lines), sum(line.count for line in lines)
    dropped = sum(line.dropped for line in lines)
    is_logged = all(len(line.members) <= 1 for line in lines)
    text = f"{drawn:,} of {total:,} points" if is_logged and drawn < total else _count(total, "point")
    return f"{text}, {dropped:,} not above 0 left out" if dropped else text


def sentence(lines: Sequence[Line], shape: Geometry, metric: str) -> str:
    """What a sighted reader sees at a glance, in a sentence or two."""
    found = count(shape.flags)
    return _sentence(lines, shape, metric) + (f" {_count(found, 'alert')} on the axis." if found else "")


def _sentence(lines: Sequence[Line], shape: Geometry, metric: str) -> str:
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


def _missing(lines: Sequence[Line], shape: Geometry) -> str:
    """Why a plot is empty; nothing when it is not."""
    if any(mark.d for mark in shape.marks):
        return ""
    return "Only NaN and infinities" if any(line.count for line in lines) else "No points to show"


def _plot(shape: Geometry, label: str, missing: str, *, show_y_title: bool, is_pending: bool = False) -> str:
    # Values that nobody has logged would be seen for a moment.
    on_x, on_y = ([], []) if is_pending else (x_ticks(shape.x), y_ticks(shape.y))
    y_labels = "".join(
        f'<text x="100%" dx="-8" y="{percent(1 - place)}" dy=".32em">{_text(text)}</text>' for place, text in on_y
    )
    if show_y_title:
        y_labels += f'<text class="tk-axis-title" x="0" y="-10">{_text(shape.y.title)}</text>'
    x_labels = "".join(
        f'<text x="{percent(place)}" y="15"{_anchor(place, text)}>{_text(text)}</text>' for place, text in on_x
    )
    if shape.title_below:
        x_labels += f'<text class="tk-axis-title is-below" x="100%" y="32">{_text(shape.x.title)}</text>'
    else:
        x_labels += f'<text class="tk-axis-title" x="100%" dx="{TITLE_SHIFT}" y="15">{_text(shape.x.title)}</text>'
    ends = "".join(
        f'<text class="{_series(line.color)}" x="6" y="{percent(place)}" dy=".32em">{_text(line.label)}</text>'
        for place, line in shape.ends
    )
    return (
        f'<div class="tk-plot{" has-y-title" if show_y_title else ""}" role="img" tabindex="0" '
        f'aria-label="{_attribute(label)}">'
        f'<svg class="tk-y" width="{shape.y_width}" aria-hidden="true">{y_labels}</svg>{_area(shape, grid=True)}'
        f'<svg class="tk-x" height="{36 if shape.title_below else 20}" aria-hidden="true">{x_labels}'
        f"{dots(shape.flags)}</svg>"
        f'<svg class="tk-ends" width="{shape.ends_width}" aria-hidden="true">{ends}</svg>'
        + (f'<p class="tk-none">{missing}</p>' if missing else "")
        + "</div>"
    )


def _area(shape: Geometry, *, grid: bool) -> str:
    rules = "".join(f"M0 {_rule(place)}H{WIDTH}" for place, _ in y_ticks(shape.y))
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


def footer(facts: str, links: Mapping[str, str], own: Own | None = None) -> str:
    """The line under a figure, and its menu; ``facts`` is HTML."""
    saves = "".join(
        f'<li><a href="{_attribute(links[kind])}" download>{name}</a></li>'
        for kind, name in LINK_NAMES.items()
        if links.get(kind)
    )
    copies = "".join(
        f'<li><button type="button" data-action="{action}">{name}</button></li>'
        for action, name in (("reset", "Reset zoom"), ("copy-link", "Copy link"), ("copy-embed", "Copy embed"))
    )
    own = own or Own("", "", "")
    return (
        f'<footer class="tk-foot"><span class="tk-source">{own.note}{facts}</span>{own.cite}<details class="tk-menu">'
        f'<summary aria-label="Save and share" title="Save and share">⋯</summary><ul>{saves}{copies}{own.entries}</ul>'
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


def _anchor(place: float, label: str) -> str:
    side = lean(place, label)
    return f' class="{side}"' if side else ""


def _series(color: int) -> str:
    return "sx" if color == GREY else f"s{color}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
