"""wandb's own charts as Vega-Lite (pure).

Written as the JSON that they are: a training process need not load a charting library for one, and Altair's schema
checks them in the tests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

MOST_ROWS = 10_000
"""A chart of more rows shows so many of them, evenly spaced, and says so."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
OPTIONAL = frozenset({"stroke"})

Values: TypeAlias = Mapping[str, Sequence[Any]]
Texts: TypeAlias = Mapping[str, Any]
Spec: TypeAlias = dict[str, Any]


def dressed(spec: Spec, strings: Texts, rows: int) -> Spec:
    """The spec with its title, its size, and a word on rows that it leaves out."""
    title = strings.get("title", "")
    left_out = f"{MOST_ROWS:,} of {rows:,} rows, evenly spaced" if rows > MOST_ROWS else None
    heading: Any = {"text": title, "subtitle": left_out} if left_out and title else title or left_out
    size = {"width": 560, "height": 320} if "width" not in spec else {}
    return {"$schema": SCHEMA, **({"title": heading} if heading else {}), **size, **spec}


def _line(values: Values, fields: Texts, strings: Texts) -> Spec:
    encoding = {"x": _axis(values, "x", strings.get("xname") or fields["x"]), "y": _axis(values, "y", fields["y"])}
    if "stroke" in values:
        encoding["color"] = {"field": "stroke", "type": "nominal", "title": fields["stroke"], "sort": None}
    return _chart({"type": "line"}, values, encoding)


def _scatter(values: Values, fields: Texts, strings: Texts) -> Spec:  # noqa: ARG001 - the shape of all makers
    encoding = {"x": _axis(values, "x", fields["x"]), "y": _axis(values, "y", fields["y"])}
    # A cloud far from zero is seen as one.
    for axis in encoding.values():
        if axis["type"] == "quantitative":
            axis["scale"] = {"zero": False}
    return _chart({"type": "point", "filled": True, "opacity": 0.7}, values, encoding)


def _bar(values: Values, fields: Texts, strings: Texts) -> Spec:  # noqa: ARG001
    return {
        **_chart(
            {"type": "bar"},
            values,
            {
                "x": _axis(values, "value", fields["value"]),
                "y": {"field": "label", "type": "nominal", "title": fields["label"], "sort": None},
            },
        ),
        "width": 560,
        "height": {"step": 24},
    }


def _histogram(values: Values, fields: Texts, strings: Texts) -> Spec:  # noqa: ARG001
    field = _axis(values, "value", fields["value"])
    if field["type"] == "quantitative":
        field["bin"] = {"maxbins": 40}
    count = {"aggregate": "count", "type": "quantitative", "title": "count"}
    return _chart({"type": "bar"}, values, {"x": field, "y": count})


def _lineseries(values: Values, fields: Texts, strings: Texts) -> Spec:  # noqa: ARG001
    return _chart(
        {"type": "line"},
        values,
        {
            "x": _axis(values, "step", strings.get("xname") or "x"),
            "y": _axis(values, "lineVal", "y"),
            "color": {"field": "lineKey", "type": "nominal", "title": None, "sort": None},
        },
    )


def _area(values: Values, fields: Texts, strings: Texts) -> Spec:
    scale = {"domain": [0, 1]}
    return _chart(
        # Recall falls where precision is listed from high to low: points are joined as they stand.
        {"type": "line"},
        values,
        {
            "x": {**_axis(values, "x", strings.get("x-axis-title") or fields["x"]), "scale": scale},
            "y": {**_axis(values, "y", strings.get("y-axis-title") or fields["y"]), "scale": scale},
            "color": {"field": "class", "type": "nominal", "title": None, "sort": None},
            "order": {"field": "row", "type": "quantitative"},
        },
    )


def _confusion(values: Values, fields: Texts, strings: Texts) -> Spec:  # noqa: ARG001
    classes = list(dict.fromkeys(map(str, values["Actual"])))
    base = {
        "x": {"field": "Predicted", "type": "nominal", "sort": classes, "axis": {"labelAngle": -45}},
        "y": {"field": "Actual", "type": "nominal", "sort": classes},
    }
    count = {"field": "nPredictions", "type": "quantitative"}
    most = max((value for value in values["nPredictions"] if isinstance(value, (int, float))), default=0)
    scale = {"scheme": "blues", "domain": [0, most or 1]}
    light = {"condition": {"test": f"datum.nPredictions > {most / 2}", "value": "white"}, "value": "black"}
    return {
        "data": _data(values),
        "encoding": base,
        "layer": [
            {"mark": {"type": "rect"}, "encoding": {"color": {**count, "title": None, "scale": scale}}},
            {"mark": {"type": "text"}, "encoding": {"text": count, "color": light}},
        ],
        "width": {"step": 48},
        "height": {"step": 48},
    }


def _chart(mark: Spec, values: Values, encoding: Mapping[str, Any]) -> Spec:
    tooltip = {"tooltip": True} if mark["type"] != "line" else {}
    return {"data": _data(values), "mark": {**mark, **tooltip}, "encoding": dict(encoding)}


def _axis(values: Values, field: str, title: Any) -> Spec:
    return {"field": field, "type": _kind(values[field]), "title": str(title)}


def _kind(values: Sequence[Any]) -> str:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        return "quantitative"
    return "temporal" if known and all(_is_moment(value) for value in known) else "nominal"


def _is_moment(value: Any) -> bool:
    """Whether a text is a date as ISO 8601 has it, with a day at least."""
    if not isinstance(value, str) or len(value) < 10 or value[4:5] != "-":
        return False
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _data(values: Values) -> Spec:
    count = max(map(len, values.values()), default=0)
    shown = range(count) if count <= MOST_ROWS else [row * (count - 1) // (MOST_ROWS - 1) for row in range(MOST_ROWS)]
    return {"values": [{**{field: column[row] for field, column in values.items()}, "row": row} for row in shown]}


_TABLE: dict[str, tuple[tuple[str, ...], Callable[[Values, Texts, Texts], Spec]]] = {
    "wandb/line/v0": (("x", "y", "stroke"), _line),
    "wandb/scatter/v0": (("x", "y"), _scatter),
    "wandb/bar/v0": (("label", "value"), _bar),
    "wandb/histogram/v0": (("value",), _histogram),
    "wandb/lineseries/v0": (("step", "lineKey", "lineVal"), _lineseries),
    "wandb/area-under-curve/v0": (("x", "y", "class"), _area),
    "wandb/confusion_matrix/v0": (("Actual", "Predicted", "nPredictions"), _confusion),
    "wandb/confusion_matrix/v1": (("Actual", "Predicted", "nPredictions"), _confusion),
}

FIELDS = {name: fields for name, (fields, _) in _TABLE.items()}
"""What each chart has to be told a column for."""
MAKERS = {name: make for name, (_, make) in _TABLE.items()}
