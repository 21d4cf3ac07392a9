from __future__ import annotations

import json
import math
import shutil
import struct
import subprocess
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import pytest

from tests.pure.shared import run_series
from trackio import charts
from trackio.grammar import View, parse
from trackio.lines import lines
from trackio.palette import DARK, LIGHT
from trackio.scales import x_axis, y_axis


def curves(count: int, **more: Any) -> list[Any]:
    return [
        run_series({"run_id": f"id{k}", "run_name": f"run {k}", "order": k, "y": [1.0 + k, 3.0, 2.0 + k], **more})
        for k in range(count)
    ]


def spec(series: list[Any], query: str = "", **options: Any) -> dict[str, Any]:
    view = parse(query)[0]
    return charts.chart(lines(series, view), view, **options).to_dict()  # type: ignore[no-any-return]


def marks(found: dict[str, Any]) -> list[str]:
    return [layer["mark"]["type"] for layer in found["layer"]]


def legend(found: dict[str, Any]) -> Any:
    (scale,) = {json.dumps(layer["encoding"]["color"]) for layer in found["layer"] if "color" in layer["encoding"]}
    return json.loads(scale).get("legend")


def test_the_spec_opens_in_the_vega_editor() -> None:
    found = spec(curves(2))
    assert found["$schema"] == alt.SCHEMA_URL
    assert "url" not in json.dumps(found["datasets"])
    assert all(layer["data"]["name"] in found["datasets"] for layer in found["layer"])


def test_axes_are_those_of_the_page() -> None:
    series, view = curves(3), parse("xmin=1")[0]
    drawn = lines(series, view)
    found = charts.chart(drawn, view).to_dict()
    for channel, axis in (("x", x_axis(drawn, view)), ("y", y_axis(drawn, view))):
        encoding = found["layer"][0]["encoding"][channel]
        assert encoding["scale"]["domain"] == list(axis.domain)
        assert encoding["axis"]["values"] == list(axis.ticks)
        assert json.dumps(axis.labels) in encoding["axis"]["labelExpr"]


def test_every_chart_says_what_it_shows() -> None:
    found = spec(curves(2), "smoothing=3")
    assert found["title"] == {"text": "loss", "subtitle": "2 runs, smoothing 3"}
    assert found["description"].startswith("Line chart of loss over step from 0 to 2")
    assert found["layer"][0]["encoding"]["x"]["axis"]["title"] == "step"


@pytest.mark.parametrize(
    ("query", "options", "title"),
    [
        ("title=Mine", {}, {"text": "Mine", "subtitle": "1 run"}),
        ("title=none", {"subtitle": ""}, None),
        ("", {"title": "Loss", "subtitle": ""}, {"text": "Loss", "subtitle": ""}),
    ],
)
def test_titles_are_the_readers(query: str, options: dict[str, Any], title: Any) -> None:
    found = spec(curves(2), query, **options)
    if title and title["subtitle"]:
        title["subtitle"] = "2 runs"
    assert found.get("title") == title


def test_few_lines_are_named_at_their_ends() -> None:
    found = spec(curves(4))
    assert marks(found)[-1] == "text"
    assert legend(found) is None


def test_more_lines_are_named_below_by_last_value() -> None:
    found = spec(curves(8))
    assert "text" not in marks(found)
    assert legend(found)["orient"] == "bottom"
    assert found["layer"][0]["encoding"]["color"]["scale"]["domain"] == [f"run {k}" for k in reversed(range(8))]


def test_the_legend_of_77_lines_names_ten_and_counts_the_others() -> None:
    found = spec(curves(77))
    names = found["layer"][-1]["encoding"]["color"]["scale"]["domain"]
    assert len(names) == 11
    assert names[-1] == "and 67 more"


@pytest.mark.parametrize(("query", "place"), [("legend=right", "right"), ("legend=none", None)])
def test_the_legend_stands_where_it_is_asked_for(query: str, place: str | None) -> None:
    found = spec(curves(8), query)
    assert (legend(found) or {}).get("orient") == place


def test_groups_have_bands_and_smoothing_leaves_the_raw_curve() -> None:
    series = [run_series({"run_id": f"{k}", "group": f"g{k % 2}", "order": k, "y": [k, 1, k]}) for k in range(12)]
    assert marks(spec(series, "smoothing=3")) == ["area", "line", "line", "text"]
    assert marks(spec(series, "band=none")) == ["line", "text"]


def test_gaps_are_null_and_lone_points_are_dots() -> None:
    found = spec([run_series({"run_id": "a", "y": [1, 2, math.nan, 3, math.inf, 4, 4]})])
    (rows, dots) = (found["datasets"][layer["data"]["name"]] for layer in found["layer"])
    assert [row["y"] for row in rows] == [1, 2, None, 3, None, 4, 4]
    assert [(row["x"], row["y"]) for row in dots] == [(3, 3)]


def test_a_metric_logged_once_a_run_is_a_dot_for_each_as_on_the_page() -> None:
    found = spec([run_series({"run_id": f"r{k}", "order": k, "y": [0.1 * k]}) for k in range(1, 8)])
    assert marks(found) == ["line", "point"]
    dots = found["datasets"][found["layer"][1]["data"]["name"]]
    assert len(dots) == 7


@pytest.mark.parametrize(("theme", "colors"), [("light", LIGHT), ("dark", DARK)])
def test_themes_differ_in_colours_alone(theme: Any, colors: Any) -> None:
    found = spec(curves(1), theme=theme)
    assert found["config"]["background"] == colors.background
    assert found["layer"][0]["encoding"]["color"]["scale"]["range"] == [colors.series[0]]


HOSTILE = ['<script>alert(1)</script>"&', "nul\0 and \x1b[31m", "\u202eright to left", "🚀" * 100, "two\nlines", "]]>"]


def test_hostile_names_give_pictures_all_the_same() -> None:
    series = [
        run_series({"run_id": f"{k}", "run_name": name, "order": k, "metric": HOSTILE[0], "y": [1, 2.5]})
        for k, name in enumerate(HOSTILE)
    ]
    root = ET.fromstring(charts.svg(spec(series)))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


@pytest.mark.parametrize(
    ("values", "query"),
    [
        ([], ""),
        ([math.nan, math.nan], ""),
        ([5.0], ""),
        ([1e12] * 3, ""),
        ([1e-12, 3e-12], ""),
        ([-1.0, 0.0], "yscale=log"),
        ([1.0, 1e30], "yscale=log&xscale=log"),
        ([1.0, 2.0], "xmin=100"),
        ([1.0, 2.0], "x=time"),
    ],
)
def test_any_series_has_a_picture(values: list[float], query: str) -> None:
    picture = charts.svg(spec([run_series({"run_id": "a", "y": values})], query, metric="loss"))
    root = ET.fromstring(picture)
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert "Line chart of loss" in (title.text or "")


def test_no_lines_are_an_empty_chart() -> None:
    assert "<svg" in charts.svg(charts.chart([], View(), metric="loss").to_dict())


def test_pictures_are_the_same_each_time() -> None:
    assert charts.svg(spec(curves(3))) == charts.svg(spec(curves(3)))


def test_png_is_twice_the_size_of_the_svg_with_or_without_background() -> None:
    found = spec(curves(2))
    root = ET.fromstring(charts.svg(found))
    white, clear = charts.png(found), charts.png(found, transparent=True)
    for picture in (white, clear):
        width, height = struct.unpack(">II", picture[16:24])
        assert (width, height) == (2 * float(root.attrib["width"]), 2 * float(root.attrib["height"]))
    assert white != clear


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="rsvg-convert is not installed")
def test_the_svg_becomes_a_pdf_for_latex() -> None:
    picture = charts.svg(spec(curves(3), "smoothing=3")).encode()
    done = subprocess.run(["rsvg-convert", "-f", "pdf"], input=picture, capture_output=True, check=True)
    assert done.stdout.startswith(b"%PDF")
    assert done.stderr == b""
