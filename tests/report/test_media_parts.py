"""The parts that media are shown by: heat maps, masks, point clouds, traces and charts."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.report.media import CHART, grey, histogram
from trackio.palette import DARK, LIGHT
from trackio.references import encode
from trackio.report.columns import decode
from trackio.report.media import clouds, colors, fields, files, histograms, talks, vega
from trackio.report.media.found import Need, kind_of, needs_of
from trackio.report.media.place import Unavailable

NAME = "0" * 64


def heat(steps: list[int], references: list[dict[str, Any]]) -> histograms.Heat:
    return histograms.heat(steps, [histograms.histogram(one) for one in references])


def test_histograms_of_the_same_bins_keep_their_counts() -> None:
    found = heat([0, 10, 20], [histogram([1, 2, 3]), histogram([4, 5, 6]), histogram([7, 8, 9])])
    assert found.counts.T.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert found.x.domain == (0, 30)
    assert found.y.domain == (0, 1)


def test_other_bins_are_spread_over_one_grid_and_no_count_is_lost() -> None:
    found = heat([0, 1], [histogram([8, 8], 0, 1), histogram([4, 4, 4, 4], 0, 2)])
    assert found.counts.T.tolist() == [[8, 8, 0, 0], [4, 4, 4, 4]]


@pytest.mark.parametrize(
    ("steps", "columns"),
    [([0, 1, 2], 3), ([0, 100, 200], 3), ([0, 1, 10], histograms.COLUMNS), (list(range(1000)), histograms.COLUMNS)],
)
def test_columns_stand_where_their_steps_are(steps: list[int], columns: int) -> None:
    found = heat(steps, [histogram([step + 1.0]) for step in steps])
    assert found.counts.shape[1] == columns
    shown = found.counts[0]
    assert (np.diff(shown) >= 0).all(), "each holds until the next"
    assert shown[0] == pytest.approx(np.mean(steps[: max(1, len(steps) // columns)]) + 1, abs=1.5)


def test_of_one_step_the_last_histogram_counts() -> None:
    assert heat([5, 5, 6], [histogram([1]), histogram([2]), histogram([3])]).counts.tolist() == [[2, 3]]


def test_a_lone_far_value_does_not_empty_the_picture() -> None:
    near, far = histogram([1000] * 50, -1, 1), {"bins": [-1, 1, 999, 1000], "values": [49_999, 0, 1]}
    found = heat([0, 1], [near, far])
    assert found.is_cut
    assert found.y.domain[1] < 10


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_heat_map_is_a_picture_with_its_lowest_bin_at_the_bottom(theme: Any) -> None:
    one = heat([0, 1], [histogram([0, 4]), histogram([0, 4])])
    pictures = dict(zip((LIGHT, DARK), histograms.pictures(one), strict=True))
    image = Image.open(io.BytesIO(pictures[theme])).convert("RGBA")
    assert image.size == (2, 1), "bins without a count are cut off"
    assert image.getpixel((0, 0))[:3] == colors.shades(theme)[-1]
    assert image.getpixel((0, 0))[3] == 255


def test_nothing_counted_is_clear() -> None:
    one = heat([0, 1], [histogram([1, 0, 1]), histogram([1, 0, 0])])
    image = Image.open(io.BytesIO(histograms.pictures(one)[0])).convert("RGBA")
    assert [[image.getpixel((x, y))[3] for x in range(2)] for y in range(3)] == [[255, 0], [0, 0], [255, 255]]


def test_bars_reach_as_high_as_they_count() -> None:
    plot = histograms.bars(histograms.histogram(histogram([1, 0, 4], 0, 3)))
    assert plot.bars.count("z") == 2
    assert plot.y_ticks[-1] == ("0%", "4")


def test_classes_have_reds_of_their_own_near_their_colours() -> None:
    found = colors.class_colors()
    assert len({red for red, _, _ in found}) == 256
    firsts = sorted(red for red, _, _ in found[:32])
    assert min(np.diff(firsts)) >= 3
    for number in range(10):
        assert abs(found[number][0] - int(LIGHT.series[number][1:3], 16)) <= 6


@pytest.mark.parametrize("has_zero", [True, False])
@pytest.mark.parametrize("depth", [1, 8])
def test_a_mask_becomes_a_picture_in_the_colours_of_its_classes(depth: int, has_zero: bool) -> None:
    classes = np.array([[0, 1], [1, 0]], np.uint8)
    if depth == 8:
        data = grey(classes)
    else:
        out = io.BytesIO()
        Image.fromarray(classes * 255).convert("1").save(out, "PNG")
        data = out.getvalue()
    colored = colors.colored_mask(data, has_zero=has_zero)
    assert colored is not None
    image = Image.open(io.BytesIO(colored)).convert("RGBA")
    assert image.getpixel((1, 0)) == (*colors.class_colors()[1], 255)
    assert image.getpixel((0, 0)) == (*colors.class_colors()[0], 255 if has_zero else 0)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(100), bytes(100)])
def test_what_is_no_mask_is_none(data: bytes) -> None:
    assert colors.colored_mask(data, has_zero=True) is None


def test_a_mask_of_colours_is_none() -> None:
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, "PNG")
    assert colors.colored_mask(out.getvalue(), has_zero=True) is None


@pytest.mark.parametrize(
    ("points", "count", "color"),
    [
        ([[0, 0, 0], [1, 2, 4]], 2, None),
        ([[0, 0, 0, 3], [1, 2, 4, 13]], 2, "category"),
        ([[0, 0, 0, 255, 0, 0]], 1, "rgb"),
        ({"type": "lidar/beta", "points": [[0, 0, 0]], "boxes": []}, 1, None),
        ([], 0, None),
        ([[1, 2]], 0, None),
        ([["x", 1, 2]], 0, None),
        ([[0, 0, float("inf")], [0, 0, 1]], 1, None),
        ({"points": 5}, 0, None),
        (None, 0, None),
    ],
)
def test_points_of_every_shape(points: Any, count: int, color: str | None) -> None:
    found = clouds.script_value(points)
    assert found["total"] == count
    assert list(found["color"] or [None]) == [color]


def test_points_fit_their_box_in_proportion() -> None:
    found = clouds.script_value([[0, 0, 0], [1, 2, 4]])
    assert decode(found["z"]).tolist() == [0, clouds.GRID]
    assert np.ptp(decode(found["x"])) == pytest.approx(clouds.GRID / 4, abs=1)


def test_many_points_are_thinned() -> None:
    found = clouds.script_value(np.zeros((100_000, 3)).tolist())
    assert (found["total"], len(decode(found["x"]))) == (100_000, clouds.MOST_POINTS)


@pytest.mark.parametrize(
    ("message", "text", "calls"),
    [
        ({"role": "user", "content": "hi"}, "hi", []),
        ({"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}]}, "a\n[image_url]", []),
        (
            {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": '{"a": 1}'}}]},
            "",
            [("f", '{\n  "a": 1\n}')],
        ),
        ({"function_call": {"name": "f", "arguments": "not json"}}, "", [("f", "not json")]),
        ({"role": "assistant", "tool_calls": [{"name": "g", "arguments": {"b": 2}}]}, "", [("g", '{\n  "b": 2\n}')]),
        ("plain", "plain", []),
        (5, "5", []),
        (None, "", []),
    ],
)
def test_messages_of_every_shape(message: Any, text: str, calls: list[tuple[str, str]]) -> None:
    found = talks.message(message)
    assert found.text == text
    assert [(call.name, call.arguments) for call in found.calls] == calls


def test_a_chart_is_drawn_in_the_reports_dress_for_both_themes() -> None:
    light, dark, png, spec = vega.pictures(CHART)
    assert LIGHT.series[0].encode() in light
    assert DARK.series[0].encode() in dark
    assert DARK.background.encode() in dark
    assert png.startswith(b"\x89PNG")
    assert json.loads(spec) == CHART


@pytest.mark.parametrize(
    "spec",
    [
        None,
        5,
        {},
        {"mark": "line"},
        CHART | {"mark": "nonsense"},
        CHART | {"data": {"url": "http://127.0.0.1:9/x.csv"}},
        {"$schema": "https://vega.github.io/schema/vega/v5.json", "marks": 3},
    ],
)
def test_a_chart_that_cannot_be_drawn_gives_a_picture_all_the_same(spec: Any) -> None:
    light, dark, png, _ = vega.pictures(spec)
    assert light.startswith(b"<svg")
    assert dark.startswith(b"<svg")
    assert png.startswith(b"\x89PNG")


def test_a_full_vega_spec_is_drawn_too() -> None:
    spec = {"$schema": "https://vega.github.io/schema/vega/v5.json", "width": 20, "height": 20, "marks": []}
    assert b"could not be drawn" not in vega.pictures(spec)[0]


@pytest.mark.parametrize(
    ("reference", "needs"),
    [
        ({"_type": "trackio.image", "file": f"{NAME}.png"}, {Need(f"{NAME}.png")}),
        ({"_type": "trackio.image", "file": "../x"}, set()),
        (
            {"_type": "trackio.image", "file": f"{NAME}.png", "masks": {"m": {"file": f"{NAME}.png"}}},
            {Need(f"{NAME}.png"), Need(f"{NAME}.png", "mask")},
        ),
        (
            {"_type": "trackio.image", "masks": {"m": {"file": f"{NAME}.png", "class_labels": {"0": "sky"}}}},
            {Need(f"{NAME}.png", "mask0")},
        ),
        (
            {"_type": "trackio.image", "masks": {"m": {"file": f"{NAME}.png", "class_labels": {"0": "class_0"}}}},
            {Need(f"{NAME}.png", "mask")},
        ),
        (
            {"_type": "trackio.plotly", "file": f"{NAME}.plotly.json", "script_file": f"{NAME}.js"},
            {Need(f"{NAME}.plotly.json", f"{NAME}.js"), Need(f"{NAME}.js")},
        ),
        ({"_type": "trackio.list", "items": [{"file": f"{NAME}.png"}] * 3}, {Need(f"{NAME}.png")}),
        ({"_type": "trackio.histogram", "bins": [0, 1], "values": [1]}, set()),
    ],
)
def test_the_files_that_a_reference_needs(reference: dict[str, Any], needs: set[Need]) -> None:
    assert set(needs_of(encode(reference))) == needs


def test_what_is_made_of_a_file_has_names_of_its_own() -> None:
    needs = [Need(f"{NAME}{suffix}") for suffix in (*files.SUFFIXES, ".png", ".html", ".js", "")]
    needs += [Need(f"{NAME}.png", "mask"), Need(f"{NAME}.png", "mask0"), Need(f"{NAME}.plotly.json", f"{NAME}.js")]
    made = [name for need in needs for name in (*files.names(need).made, files.names(need).copied) if name]
    repeated = {name for name in made if made.count(name) > 1}
    assert repeated == {f"{NAME}.plotly.json"}, "with its script or without, a figure's JSON is the same"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (encode({"_type": "trackio.image"}), "image"),
        ('{"_type": "trackio.image"}', None),
        ("image", None),
        (5, None),
        (None, None),
    ],
)
def test_the_kind_of_a_value(value: object, kind: str | None) -> None:
    assert kind_of(value) == kind


@pytest.mark.parametrize("reference", [{}, {"bins": 5, "values": 5}, {"bins": [0, 1, 2], "values": [1]}])
def test_what_is_no_histogram_says_so(reference: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        histograms.histogram(reference)


@pytest.mark.parametrize(("size", "text"), [(None, ""), (5, "5 B"), (1500, "1.5 kB"), (2.5e6, "2.5 MB"), (3e9, "3 GB")])
def test_sizes_in_words(size: float | None, text: str) -> None:
    assert fields.size(size) == text
