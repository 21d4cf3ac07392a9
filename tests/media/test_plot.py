"""Charts of tables are Vega-Lite that its own schema and renderer take, and keep their table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import altair as alt
import numpy as np
import pytest
import vl_convert

from trackio import plot
from trackio.errors import UsageError
from trackio.media.base import Media, Place
from trackio.media.table import Table, UnknownColumn
from trackio.plot.classifiers import precision_recall, rates

Read = Callable[[Media], Any]

TABLE = Table(
    columns=["x (m)", "y.z", "kind[0]", "day"],
    data=[[1, 2.0, "a", dt.date(2024, 1, 1)], [2, float("nan"), "b", None], [3, 4.0, None, dt.date(2024, 1, 2)]],
)
TRUE = [0, 1, 1, 2]
SCORES = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.1, 0.1, 0.8]])


CHARTS: dict[str, Callable[[], plot.CustomChart]] = {
    "line": lambda: plot.line(TABLE, "x (m)", "y.z", title="T"),
    "strokes": lambda: plot.line(TABLE, x="x (m)", y="y.z", stroke="kind[0]", split_table=True),
    "dates": lambda: plot.line(TABLE, "day", "y.z"),
    "scatter": lambda: plot.scatter(TABLE, "x (m)", "y.z", title="T"),
    "bar": lambda: plot.bar(TABLE, "kind[0]", "x (m)"),
    "histogram": lambda: plot.histogram(TABLE, "y.z"),
    "words": lambda: plot.histogram(TABLE, "kind[0]"),
    "series": lambda: plot.line_series(xs=[0, 1], ys=[[1, 2], [3, 4]], keys=["a", "b"], title="T", xname="epoch"),
    "roc": lambda: plot.roc_curve(TRUE, SCORES, labels=["a", "b", "c"]),
    "pr": lambda: plot.pr_curve(TRUE, SCORES),
    "confusion": lambda: plot.confusion_matrix(probs=SCORES, y_true=TRUE, class_names=["a", "b", "c"]),
    "empty": lambda: plot.line(Table(columns=["x", "y"]), "x", "y"),
}


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn(name: str, place: Place) -> None:
    reference = CHARTS[name]().reference(place)
    spec = json.loads(place.blobs.read(reference["file"]))
    # Raises where the schema does not allow something.
    (alt.LayerChart if "layer" in spec else alt.Chart).from_dict(spec)
    drawn = vl_convert.vegalite_to_svg(spec)
    assert "<path" in drawn
    assert reference["_type"] == "trackio.vega"
    assert reference["table"]["_type"] == "trackio.table"
    assert reference.get("title") == spec.get("title")


def test_a_chart_shows_the_table_as_it_was_logged(document: Read) -> None:
    table = Table(columns=["x", "y"], data=[[1, 2]])
    logged = plot.line(table, "x", "y").as_logged()
    table.add_data(3, 4)
    assert [row["x"] for row in document(logged)["data"]["values"]] == [1]


def test_fields_stand_for_columns_of_any_name(document: Read) -> None:
    spec = document(CHARTS["line"]())
    assert spec["encoding"]["x"] == {"field": "x", "type": "quantitative", "title": "x (m)"}
    assert spec["data"]["values"][1] == {"x": 2, "y": None, "row": 1}
    assert document(CHARTS["dates"]())["encoding"]["x"]["type"] == "temporal"


def test_a_long_table_is_thinned_for_the_chart_alone(document: Read, place: Place) -> None:
    table = Table(columns=["x", "y"], data=[[number, 0] for number in range(25_000)])
    for title, expected in (("T", "subtitle"), ("", None)):
        chart = plot.line(table, "x", "y", title=title)
        spec = document(chart)
        shown = [row["x"] for row in spec["data"]["values"]]
        assert (len(shown), shown[0], shown[-1]) == (10_000, 0, 24_999)
        note = spec["title"][expected] if expected else spec["title"]
        assert note == "10,000 of 25,000 rows, evenly spaced"
        assert chart.reference(place)["table"]["rows"] == 25_000


def test_lines_may_share_their_places_or_have_their_own(document: Read) -> None:
    rows = document(plot.line_series(np.arange(2), np.array([[1, 2], [3, 4]])))["data"]["values"]
    assert [(row["step"], row["lineKey"], row["lineVal"]) for row in rows][2:] == [(0, "line_1", 3), (1, "line_1", 4)]
    rows = document(plot.line_series([[0], [5, 6]], [[1], [3, 4]]))["data"]["values"]
    assert [row["step"] for row in rows] == [0, 5, 6]


def test_a_spec_that_is_on_a_server_leaves_its_table(place: Place) -> None:
    chart = plot.plot_table("someone/own/v1", TABLE, {"x": "x (m)", "colour": None})
    assert chart.reference(place)["_type"] == "trackio.table"
    assert plot.visualize("wandb/pr_curve/v1", TABLE).reference(place)["_type"] == "trackio.table"


# What scikit-learn 1.9 gives for these.
@pytest.mark.parametrize(
    ("is_it", "scores", "curve"),
    [
        ([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], ([0, 0, 0.5, 0.5, 1], [0, 0.5, 0.5, 1, 1])),
        ([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], ([0, 1], [0, 1])),
        ([0, 1, 1, 1, 0], [0.1, 0.9, 0.8, 0.7, 0.2], ([0, 0, 0, 1], [0, 1 / 3, 1, 1])),
    ],
)
def test_the_roc_curve_is_scikit_learns(is_it: list[int], scores: list[float], curve: Any) -> None:
    found = rates(np.array(is_it, bool), np.array(scores))
    assert np.allclose(found[0], curve[0])
    assert np.allclose(found[1], curve[1])


def test_the_precision_recall_curve_is_scikit_learns() -> None:
    precision, recall = precision_recall(np.array([0, 0, 1, 1], bool), np.array([0.1, 0.4, 0.35, 0.8]))
    assert np.allclose(precision, [0.5, 2 / 3, 0.5, 1, 1])
    assert np.allclose(recall, [1, 1, 0.5, 0.5, 0])


def test_curves_are_the_same_with_scikit_learn_itself() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    for size in (2, 3, 10, 500):
        is_it, scores = rng.integers(0, 2, size), rng.integers(0, 20, size) / 20
        is_it[0], is_it[1] = 0, 1
        false, true, _ = metrics.roc_curve(is_it, scores)
        assert all(map(np.allclose, rates(is_it.astype(bool), scores), (false, true)))
        precision, recall, _ = metrics.precision_recall_curve(is_it, scores)
        assert all(map(np.allclose, precision_recall(is_it.astype(bool), scores), (precision, recall)))


def test_scores_of_two_classes_may_be_those_of_the_second(document: Read) -> None:
    one = document(plot.roc_curve(["no", "yes"], [0.2, 0.9]))
    both = document(plot.roc_curve(["no", "yes"], [[0.8, 0.2], [0.1, 0.9]], classes_to_plot=["no", "yes"]))
    assert one["data"] == both["data"]
    assert {row["class"] for row in one["data"]["values"]} == {"no", "yes"}
    chosen = document(plot.pr_curve([0, 1], [0.2, 0.9], labels=["a", "b"], classes_to_plot=[1], interp_size=3))
    assert {row["class"] for row in chosen["data"]["values"]} == {"b"}
    assert [row["x"] for row in chosen["data"]["values"]] == [1.0, 0.5, 0.0]


@pytest.mark.parametrize(
    ("arguments", "names", "counts"),
    [
        ({"y_true": [0, 1, 1], "preds": [0, 1, 0], "class_names": ["a", "b"]}, ["a", "b"], [1, 0, 1, 1]),
        ({"y_true": [3, 7], "preds": np.array([7, 7])}, ["Class_1", "Class_2"], [0, 1, 0, 1]),
        ({"y_true": ["x", "y"], "preds": ["x", "x"]}, ["x", "y"], [1, 0, 1, 0]),
        ({"y_true": ["y", "y"], "preds": ["y", "y"], "class_names": ["y", "x"]}, ["y", "x"], [2, 0, 0, 0]),
        ({"y_true": [0, 1], "probs": [[0.9, 0.1], [0.3, 0.7]]}, ["Class_1", "Class_2"], [1, 0, 0, 1]),
    ],
)
def test_a_confusion_matrix_counts_pairs(arguments: dict[str, Any], names: list[str], counts: list[int]) -> None:
    table = plot.confusion_matrix(**arguments).table
    assert table.get_column("nPredictions") == counts
    assert list(dict.fromkeys(table.get_column("Actual"))) == names


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: plot.line({"x": [1]}, "x", "y"),  # type: ignore[arg-type]
        lambda: plot.plot_table("wandb/line/v0", TABLE, {"x": "x (m)"}),
        lambda: plot.plot_table(3, TABLE, {}),  # type: ignore[arg-type]
        lambda: plot.line_series([[1], [2]], [[1]]),
        lambda: plot.line_series([1], [[1]], keys=["a", "b"]),
        lambda: plot.roc_curve(TRUE),
        lambda: plot.roc_curve(TRUE, SCORES[:2]),
        lambda: plot.roc_curve(TRUE, SCORES[:, :2]),
        lambda: plot.roc_curve(TRUE, SCORES * np.nan),
        lambda: plot.roc_curve(TRUE, SCORES, labels=["a"]),
        lambda: plot.roc_curve([], []),
        plot.pr_curve,
        lambda: plot.pr_curve(TRUE, SCORES, interp_size=1),
        plot.confusion_matrix,
        lambda: plot.confusion_matrix(probs=SCORES, preds=[1], y_true=TRUE),
        lambda: plot.confusion_matrix(preds=[1], y_true=[1, 2]),
        lambda: plot.confusion_matrix(preds=[5], y_true=[0], class_names=["a"]),
        lambda: plot.confusion_matrix(probs=[1, 2], y_true=[0, 1]),
        lambda: plot.confusion_matrix(preds=[[1], [2, 3]], y_true=[0, 1]),
    ],
)
def test_wrong_usage_is_an_error_at_the_call(wrong: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        wrong()


def test_a_column_that_is_not_there_is_an_error_at_the_call() -> None:
    with pytest.raises(UnknownColumn, match=r"y\.z"):
        plot.line(TABLE, "x (m)", "y_z")
