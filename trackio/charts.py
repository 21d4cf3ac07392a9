"""Lines and a view become an Altair chart: what the exports of a report and notebooks show.

Domains, ticks and labels are fixed by `trackio.scales`, colours by `trackio.palette` and the places of names by
`trackio.picture`, so that the Vega-Lite chart is the page's picture again, wherever it is drawn.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from html import escape
from typing import Any, Literal, TypeAlias

import altair as alt
import numpy as np

from trackio.flags import GRID, Alert, Flag
from trackio.geometry import Geometry, geometry
from trackio.grammar import View
from trackio.lines import GREY, Line
from trackio.palette import EXPORT_FONT, THEMES, Theme, ThemeName
from trackio.picture import sentence, summary
from trackio.scales import Axis

Row: TypeAlias = dict[str, Any]

WIDTH, HEIGHT = 600, 300
"""The size of the plot without its names, in pixels."""

LEGEND_ENTRIES = 12
"""Of more lines a legend names the coloured ones and counts the others."""


NAME_LETTERS, TITLE_LETTERS = 38, 80
"""Longer names of lines, and titles of alerts, are cut."""

_NOT_XML = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Mean widths of a letter of the export font, in text and in bold titles.
_LETTER, _TITLE_LETTER = 6.4, 9.5
_TITLE_SIZE, _TEXT_SIZE, _LABEL_SIZE = 18, 13, 12


def chart(
    lines: Sequence[Line],
    view: View,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    theme: ThemeName = "light",
    metric: str = "",
    axis: str | None = None,
    width: int = WIDTH,
    height: int | None = None,
    alerts: Sequence[Alert] = (),
) -> alt.LayerChart:
    """The chart of these lines, which names itself.

    ``title`` defaults to the view's or the metric, ``subtitle`` to what is shown in words; an empty one is left out.
    ``axis`` is what `lines.axis_of` found for x. ``height`` of the plot defaults to the view's. ``alerts`` have their
    places, as `trackio.flags.placed` gives them.
    """
    metric = metric or (lines[0].metric if lines else "")
    name = view.title or (metric if title is None else title)
    words = summary(lines, view) if subtitle is None else subtitle
    colors = THEMES[theme]
    shape = geometry(lines, view, axis=axis, title="" if name == metric else metric, alerts=alerts)
    plot_height = height or view.height or HEIGHT
    layers = [*_curves(lines, view, shape, colors, width), *_flags(shape, colors, plot_height)]
    about = _clean(sentence(lines, shape, metric))
    drawn: alt.LayerChart = alt.layer(*layers).properties(width=width, height=plot_height, description=about)
    heading = "" if name == "none" else cut(name, int(width / _TITLE_LETTER))
    if heading or words:
        drawn = drawn.properties(title=alt.TitleParams(text=heading, subtitle=cut(words, int(width / _LETTER))))
    result: alt.LayerChart = drawn.configure(**config(colors))
    return result


def svg(spec: Row) -> str:
    """A Vega-Lite spec as SVG that browsers, LaTeX's tools and editors take."""
    import vl_convert

    picture = str(vl_convert.vegalite_to_svg(spec, vl_version=vega_lite_version()))
    # The renderer leaves the description out.
    name = escape(spec.get("description", ""))
    return picture.replace("<svg ", '<svg role="img" ', 1).replace(">", f"><title>{name}</title>", 1)


def png(spec: Row, *, scale: float = 2, transparent: bool = False) -> bytes:
    """A Vega-Lite spec as PNG, on the theme's background or on none."""
    import vl_convert

    if transparent:
        spec = {**spec, "config": {**spec.get("config", {}), "background": "transparent"}}
    return bytes(vl_convert.vegalite_to_png(spec, vl_version=vega_lite_version(), scale=scale))


def config(colors: Theme) -> dict[str, Any]:
    """The dress of every chart of ours, as Vega-Lite's config."""
    text = {"labelFontSize": _LABEL_SIZE, "titleFontSize": _LABEL_SIZE, "titleFontWeight": "normal"}
    return {
        "background": colors.background,
        "font": EXPORT_FONT,
        "padding": 16,
        # Each mark's own words would say every value again; the chart's description says what there is to see.
        "aria": True,
        "axis": {
            **text,
            "labelColor": colors.muted,
            "titleColor": colors.muted,
            "gridColor": colors.line,
            "domainColor": colors.line,
            "tickColor": colors.line,
            "labelOverlap": "parity",
            "aria": False,
        },
        "legend": {**text, "labelColor": colors.foreground, "aria": False},
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "color": colors.foreground,
            "fontSize": _TITLE_SIZE,
            "fontWeight": 600,
            "offset": 16,
            "subtitleColor": colors.muted,
            "subtitleFontSize": _TEXT_SIZE,
            "subtitlePadding": 6,
        },
        "view": {"stroke": None},
        "mark": {"aria": False, "invalid": "break-paths-show-path-domains"},
        "line": {"strokeJoin": "round", "strokeCap": "round"},
    }


def vega_lite_version() -> str:
    """The Vega-Lite of the installed Altair, as the renderer names it."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def _curves(lines: Sequence[Line], view: View, shape: Geometry, colors: Theme, width: int) -> list[alt.Chart]:
    """Grey lines, bands, raw curves, lines, lone points and names, each over the one before."""
    names = _names(lines)
    coloured = [line for line in lines if line.color != GREY]
    others = [line for line in lines if line.color == GREY]
    x = alt.X("x:Q", scale=_scale(shape.x), axis=_x_axis(shape.x))
    y_scale, y_axis = _scale(shape.y), _y_axis(shape.y)
    y = alt.Y("y:Q", scale=y_scale, axis=y_axis)
    color = _color(lines, names, view, colors, is_labelled=bool(shape.ends), width=width)
    rows = _data([row for line in coloured for row in _rows(line, names[line.key])])
    clip = shape.is_clipped
    layers = []
    if others:
        more = _data([row for line in others for row in _rows(line, line.key, ("y",))])
        drawn = alt.Chart(more).mark_line(strokeWidth=1, clip=clip)
        layers.append(drawn.encode(x, y, detail="line:N", color=alt.datum(_more(others))))
    if any(line.lo is not None for line in coloured):
        band = alt.Chart(rows).mark_area(opacity=0.16, strokeWidth=0, clip=clip)
        low = alt.Y("low:Q", scale=y_scale, axis=y_axis)
        layers.append(band.encode(x, low, y2="high:Q", color=color))
    if any(line.raw is not None for line in coloured):
        raw = alt.Chart(rows).mark_line(opacity=0.2, strokeWidth=1, clip=clip)
        layers.append(raw.encode(x, alt.Y("raw:Q", scale=y_scale, axis=y_axis), color=color))
    layers.append(alt.Chart(rows).mark_line(strokeWidth=1.5, clip=clip).encode(x, y, color=color))
    lone = [row for line in coloured for row in _lone(line, names[line.key])]
    if lone:
        dots = alt.Chart(_data(lone)).mark_point(filled=True, size=36, opacity=1, clip=clip)
        layers.append(dots.encode(x, y, color=color))
    if shape.ends:
        ends = [{"y": shape.y.value(1 - place), "line": names[line.key]} for place, line in shape.ends]
        text = alt.Chart(_data(ends)).mark_text(align="left", baseline="middle", fontSize=_LABEL_SIZE)
        layers.append(text.encode(x=alt.value(width + 6), y=y, text="line:N", color=color))
    return layers


def _flags(shape: Geometry, colors: Theme, height: int) -> list[alt.Chart]:
    """The marks of alerts on the x-axis, a layer for each level, the gravest on top."""
    dress = {"info": (colors.muted, 20), "warn": (colors.warn, 28), "error": (colors.error, 50)}
    layers = []
    for level, (color, size) in dress.items():
        rows = [_flag_row(flag, shape.x) for flag in shape.flags if flag.level == level]
        if rows:
            dots = alt.Chart(_data(rows)).mark_circle(color=color, opacity=1, size=size, clip=False)
            x = alt.X("x:Q", scale=_scale(shape.x), axis=_x_axis(shape.x))
            layers.append(dots.encode(x, y=alt.value(height), tooltip=["level:N", "alert:N", "run:N", "count:Q"]))
    return layers


def _flag_row(flag: Flag, axis: Axis) -> Row:
    first = flag.alerts[0]
    words = {"alert": cut(first.title, TITLE_LETTERS), "run": cut(first.run_name, NAME_LETTERS), "level": flag.level}
    return {"x": axis.value(flag.place / GRID), **words, "count": len(flag.alerts)}


def _color(
    lines: Sequence[Line], names: dict[str, str], view: View, colors: Theme, *, is_labelled: bool, width: int
) -> alt.Color:
    """The colours by name, and the legend that lists them by last value."""
    order = sorted((line for line in lines if line.color != GREY), key=_by_last)
    others = len(lines) - len(order)
    entries = [names[line.key] for line in order] + ([_more(lines[:others])] if others else [])
    scale = alt.Scale(domain=entries, range=[colors.color(line.color) for line in order] + [colors.grey] * bool(others))
    if view.legend == "none" or (view.legend == "auto" and (is_labelled or len(lines) < 2)):
        return alt.Color("line:N", scale=scale, legend=None)
    widest = max((len(entry) for entry in entries), default=0) * _LETTER + 30
    columns = 1 if view.legend == "right" else max(1, int(width // widest))
    legend = alt.Legend(
        orient="right" if view.legend == "right" else "bottom",
        columns=columns,
        title=None,
        symbolType="stroke",
        symbolStrokeWidth=2,
        labelLimit=0,
        labelColor=colors.foreground,
        symbolOpacity=1,
    )
    return alt.Color("line:N", scale=scale, legend=legend)


def _more(others: Sequence[Line]) -> str:
    return f"and {len(others):,} more"


def _names(lines: Sequence[Line]) -> dict[str, str]:
    """A name for each line, told apart where two are the same: a colour scale goes by name."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for line in lines:
        label = cut(line.label, NAME_LETTERS)
        name, number = label, 2
        while name in taken:
            name, number = f"{label} ({number})", number + 1
        names[line.key] = name
        taken.add(name)
    return names


def _rows(line: Line, name: str, fields: Sequence[str] = ("y", "raw", "low", "high")) -> list[Row]:
    arrays = {"y": line.y, "raw": line.raw, "low": line.lo, "high": line.hi}
    columns = {"x": line.x.tolist()}
    columns |= {field: [_number(v) for v in array.tolist()] for field in fields if (array := arrays[field]) is not None}
    return [{"line": name, **dict(zip(columns, values, strict=True))} for values in zip(*columns.values(), strict=True)]


def _lone(line: Line, name: str) -> list[Row]:
    """The points with no neighbour to draw a line to."""
    known = np.concatenate(([False], np.isfinite(line.y), [False]))
    alone = known[1:-1] & ~known[:-2] & ~known[2:]
    return [{"line": name, "x": float(line.x[k]), "y": float(line.y[k])} for k in np.flatnonzero(alone)]


def _scale(axis: Axis) -> alt.Scale:
    kind: Literal["log", "linear"] = "log" if axis.scale == "log" else "linear"
    return alt.Scale(type=kind, domain=list(axis.domain), nice=False, zero=False)


def _x_axis(axis: Axis) -> alt.Axis:
    return alt.Axis(
        **_ticks(axis), title=cut(axis.title, 80), grid=False, titleAnchor="end", titleAlign="right", labelFlush=False
    )


def _y_axis(axis: Axis) -> alt.Axis:
    return alt.Axis(
        **_ticks(axis),
        title=cut(axis.title, 80) or None,
        grid=True,
        domain=False,
        ticks=False,
        labelPadding=8,
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleX=0,
        titleY=-12,
    )


def _ticks(axis: Axis) -> dict[str, Any]:
    """The ticks with their labels looked up, as no format of d3 writes them this way."""
    values = list(axis.ticks)
    return {
        "values": values,
        "labelExpr": f"{json.dumps(axis.labels)}[indexof({json.dumps(values)}, datum.value)] || ''",
    }


def _data(rows: list[Row]) -> alt.InlineData:
    # Altair checks every value against a schema that allows any: two seconds for what 20 lines hold.
    with alt.utils.schemapi.debug_mode(False):
        return alt.InlineData(values=rows)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _clean(text: str) -> str:
    """Text on one line, without the characters that XML has no place for."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", re.sub(r"\s+", " ", text))


def cut(text: str, letters: int) -> str:
    """Clean text of so many letters at most, wide ones counted twice.

    Vega's own limits cut between the halves of an emoji, and then the renderer fails.
    """
    text, room = _clean(text), letters
    for place, letter in enumerate(text):
        room -= 2 if ord(letter) >= 0x1100 else 1
        if room < 0:
            return text[: max(place - 1, 0)] + "…"
    return text


def _by_last(line: Line) -> float:
    return math.inf if math.isnan(line.last_value) else -line.last_value
