"""Figures of other libraries are kept as they stood when they were logged."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import altair as alt
import matplotlib as mpl
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from PIL import Image as Pillow

from trackio.errors import UsageError
from trackio.media.base import Media, Place
from trackio.media.figures import wrap
from trackio.media.foreign import medium
from trackio.media.image import Image
from trackio.media.plotly import Plotly
from trackio.media.table import Table
from trackio.media.vega import Chart

mpl.use("Agg")
plt: Any = pytest.importorskip("matplotlib.pyplot")

Read = Callable[[Any], Pillow.Image]


@pytest.fixture(autouse=True)
def no_figure_left() -> Any:
    yield
    plt.close("all")


def figure(*, label: str = "$x^2$") -> Any:
    drawn, axes = plt.subplots(figsize=(4, 3), dpi=100)
    axes.plot([1, 10, 100])
    axes.set_yscale("log")
    axes.set_title(label)
    return drawn


def pixels(image: Any) -> Any:
    return np.asarray(image.convert("RGB"))


def as_drawn(drawn: Any) -> Any:
    drawn.canvas.draw()
    return np.asarray(drawn.canvas.buffer_rgba())[:, :, :3]


def test_a_figure_is_stored_as_matplotlib_draws_it(picture: Read) -> None:
    drawn = figure()
    assert np.array_equal(pixels(picture(wrap(drawn))), as_drawn(drawn))


def test_a_figure_may_be_closed_cleared_and_drawn_over_afterwards(picture: Read) -> None:
    drawn = figure()
    expected = as_drawn(drawn)
    image = wrap(drawn)
    drawn.axes[0].plot([100, 1])
    drawn.clear()
    plt.close(drawn)
    assert np.array_equal(pixels(picture(image)), expected)
    assert plt.get_fignums() == []


def test_logging_a_figure_leaves_it_as_it_was(place: Place) -> None:
    drawn = figure()
    expected, canvas = as_drawn(drawn), drawn.canvas
    image = wrap(drawn)
    assert image is not None
    image.reference(place)
    assert drawn.canvas is canvas
    assert plt.gcf() is drawn
    assert np.array_equal(as_drawn(drawn), expected)


def test_a_figure_that_cannot_be_copied_is_drawn_at_once(picture: Read) -> None:
    drawn = figure()
    drawn.axes[0].xaxis.set_major_formatter(lambda value, _: f"<{value}>")
    expected, canvas = as_drawn(drawn), drawn.canvas
    image = wrap(drawn)
    assert drawn.canvas is canvas
    drawn.clear()
    assert np.array_equal(pixels(picture(image)), expected)


@pytest.mark.parametrize(
    "part",
    [
        lambda drawn: drawn,
        lambda drawn: drawn.axes[0],
        lambda drawn: drawn.axes[0].lines[0],
        lambda _: plt,
    ],
)
def test_parts_of_a_figure_and_pyplot_stand_for_the_figure(part: Callable[[Any], Any], picture: Read) -> None:
    drawn = figure()
    for image in (wrap(part(drawn)), Image(part(drawn))):
        assert np.array_equal(pixels(picture(image)), as_drawn(drawn))


def test_a_figure_becomes_a_file_of_the_type_asked_for(picture: Read) -> None:
    found = picture(Image(figure(), caption="c", file_type="jpg"))
    assert (found.format, found.size) == ("JPEG", (400, 300))


def test_a_figure_can_wait_on_disk(picture: Read) -> None:
    drawn = figure()
    assert np.array_equal(pixels(picture(pickle.loads(pickle.dumps(wrap(drawn))))), as_drawn(drawn))


def test_a_pillow_image_is_an_image(picture: Read) -> None:
    assert pixels(picture(wrap(Pillow.new("RGB", (2, 2), "red"))))[0, 0].tolist() == [255, 0, 0]


def test_a_figure_too_large_to_draw_is_told_before_it_fills_the_memory(place: Place) -> None:
    drawn = figure()
    drawn.set_size_inches(700, 700)
    with pytest.raises(UsageError, match="70,000 x 70,000 pixels is too large"):
        Image(drawn).reference(place)


@pytest.mark.parametrize("value", [None, 1, "text", np.zeros(3), np, mpl, object(), [1], pd.Series([1]), plt.Line2D])
def test_what_is_no_figure_is_none_of_ours(value: Any) -> None:
    assert wrap(value) is None


def test_a_data_frame_is_a_table() -> None:
    found = medium(pd.DataFrame({"a": [1]}))
    assert isinstance(found, Table)
    assert found.data == [[1]]
    assert medium(pd.Series([1])) is None


def bars() -> Any:
    return go.Figure(go.Bar(x=["a", "b"], y=np.array([1.0, np.nan])), layout={"title": {"text": "</script>"}})


def test_a_plotly_figure_is_kept_with_the_script_that_draws_it(place: Place) -> None:
    drawn = bars()
    first, second = wrap(drawn), Plotly(drawn.to_dict())
    drawn.add_bar(x=["c"], y=[3])
    assert first is not None
    reference = first.reference(place)
    found = json.loads(place.blobs.read(reference["file"]))
    assert found["layout"]["title"]["text"] == "</script>"
    assert len(found["data"]) == 1
    assert reference["file"].endswith(".plotly.json")
    script = place.blobs.read(reference["script_file"])
    assert b"plotly.js" in script[:2000]
    assert second.reference(place)["script_file"] == reference["script_file"]


def test_plotly_takes_over_a_figure_of_matplotlib(document: Callable[[Media], Any]) -> None:
    drawn, axes = plt.subplots()
    axes.plot([1, 3, 2])
    assert len(document(Plotly(drawn))["data"]) == 1
    assert isinstance(Plotly.make_plot_media(drawn), Plotly)
    axes.imshow(np.zeros((2, 2)))
    assert isinstance(Plotly.make_plot_media(drawn), Image)
    with pytest.raises(UsageError, match="images"):
        Plotly(drawn)
    with pytest.raises(UsageError, match="Plotly takes"):
        Plotly(3)


def test_an_altair_chart_is_kept_with_all_its_data(document: Callable[[Media], Any], place: Place) -> None:
    rows = pd.DataFrame({"x": range(6000), "y": [float("nan")] * 6000})
    chart = alt.Chart(rows, title="T").mark_line().encode(x="x", y="y")
    for drawn in (chart, chart + chart, chart | chart):
        found = wrap(drawn)
        assert isinstance(found, Chart)
        spec = document(found)
        (values,) = spec["datasets"].values()
        assert (len(values), values[0]) == (6000, {"x": 0, "y": None})
        assert found.reference(place)["file"].endswith(".vl.json")
    assert Chart(chart).reference(place)["title"] == "T"


def test_a_vega_lite_spec_is_a_chart(document: Callable[[Media], Any]) -> None:
    spec = {"mark": "bar", "data": {"values": [{"a": float("inf"), "b": "\ud800"}]}}
    assert document(Chart(spec))["data"]["values"] == [{"a": None, "b": "\ufffd"}]
