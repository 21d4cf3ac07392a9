"""Alerts as marks; the tables of ``tests/cases/flags.json`` hold Python and JavaScript together."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.shared import run_series
from trackio import charts
from trackio.flagmarks import dots, spoken
from trackio.flags import GRID, NEAR, Alert, Flag, count, flags, placed
from trackio.geometry import WIDTH
from trackio.grammar import View, parse
from trackio.lines import lines
from trackio.picture import figure
from trackio.scales import x_axis


def alert(step: int | None = 1, level: str = "warn", *, title: str = "t", run: str = "a", since: float = 0) -> Alert:
    return Alert(run, run, level, title, step, 0.0, since)


def shown(alerts: list[Alert], view: View | None = None, **run: Any) -> tuple[Flag, ...]:
    view = view or View()
    series = [run_series({"run_id": "a", "y": [0.0] * 101} | run)]
    drawn = lines(series, view)
    return flags(placed(alerts, series, view.x), drawn, x_axis(drawn, view), view)


def test_marks_are_on_the_grid_of_the_picture() -> None:
    assert GRID == WIDTH
    assert [(one.place, one.level) for one in shown([alert(50), alert(25, "error")])] == [
        (500, "error"),
        (1000, "warn"),
    ]


def test_alerts_that_would_cover_each_other_share_a_mark_which_is_as_grave_as_the_gravest() -> None:
    (mark,) = shown([alert(50, "info", title="first"), alert(51, "error", title="second"), alert(50, title="third")])
    assert (mark.place, mark.level) == (1000, "error")
    assert [one.title for one in mark.alerts] == ["second", "third", "first"]


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from(["info", "warn", "error", "?"])), max_size=300))
def test_no_alert_is_lost_and_no_two_marks_are_near(raised: list[tuple[int, str]]) -> None:
    found = shown([alert(step, level) for step, level in raised])
    assert count(found) == len(raised)
    assert len(found) <= GRID // NEAR + 1
    places = [one.place for one in found]
    assert all(after - before >= NEAR for before, after in pairwise(places))


def test_ten_thousand_alerts_are_as_light_as_forty() -> None:
    found = shown([alert(k % 101, title=f"alert {k}", since=k) for k in range(10_000)])
    assert count(found) == 10_000
    assert len(dots(found)) < 6_000
    assert len(spoken(found)) < 1_500


@pytest.mark.parametrize(
    ("query", "expected"), [("", [0, 2000]), ("xmin=10", [2000]), ("xmax=90", [0]), ("xscale=log", [2000])]
)
def test_what_was_raised_outside_stands_at_the_edge_unless_a_limit_cuts_it_off(query: str, expected: list[int]) -> None:
    found = shown([alert(-5), alert(500)], parse(query)[0])
    assert [one.place for one in found] == expected


def test_an_alert_before_the_first_step_has_a_place_in_time_alone() -> None:
    assert shown([alert(None)]) == ()
    assert [one.place for one in shown([alert(None, since=50_000)], View(x="relative"))] == [1000]


def test_on_a_metric_an_alert_stands_at_the_value_its_run_had_then() -> None:
    axis = {"row": [0, 50], "time": [10_000.0, 50_000.0], "y": [1.0, 3.0]}
    marks = shown([alert(since=5000), alert(since=10_000), alert(since=49_999)], View(x="epoch"), axis=axis)
    assert [(one.place, len(one.alerts)) for one in marks] == [(0, 2)]
    assert [one.place for one in shown([alert(since=50_000)], View(x="epoch"), axis=axis)] == [2000]


def test_a_run_without_the_metric_of_the_axis_has_no_marks() -> None:
    assert shown([alert()], View(x="epoch"), axis={"row": [], "y": []}) == ()
    assert math.isnan(placed([alert()], [], "epoch")[0].x)


HOSTILE = ("</li><script>alert(1)</script>", "\u202eevil", "a\0b", "\ud800", '"><img src=x onerror=alert(1)>')


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_titles_are_text(text: str) -> None:
    series = [run_series({"run_id": "a", "run_name": text, "y": [1.0, 2.0]})]
    raised = [Alert("a", text, "error", text, 1, 0.0, 0.0, x=1.0)]
    html = figure(lines(series, View()), View(), slug="m", metric="loss", alerts=raised)
    assert "<script" not in html
    assert "<img" not in html
    assert "\0" not in html
    html.encode("utf-8")
    spec = charts.chart(lines(series, View()), View(), metric="loss", alerts=raised).to_dict()
    assert "<svg" in charts.svg(spec)


def test_a_figure_without_alerts_has_nothing_for_them() -> None:
    drawn = lines([run_series({"run_id": "a", "y": [1.0, 2.0]})], View())
    html = figure(drawn, View(), slug="m", metric="loss")
    assert "alert" not in html
    assert "circle" not in html
    assert figure(drawn, View(alerts="hidden"), slug="m", metric="loss", alerts=[alert()]) == html


def test_a_figure_with_alerts_says_how_many_and_which() -> None:
    series = [run_series({"run_id": "a", "y": [1.0, 2.0, 3.0]})]
    raised = placed([alert(1, "error", title="Loss is NaN"), alert(2, "info"), alert(2)], series, "step")
    html = figure(lines(series, View()), View(), slug="m", metric="loss", alerts=raised)
    assert "3 alerts on the axis." in html
    assert '<circle cx="50%" r="4" fill="var(--error)"/><circle cx="100%" r="3" fill="var(--warn)"/>' in html
    assert "<li>error, step 1, <bdi>a</bdi>: <bdi>Loss is NaN</bdi></li>" in html
    assert "<li>2 alerts, warn, step 2, <bdi>a</bdi>: <bdi>t</bdi></li>" in html


def test_exports_have_the_marks_and_no_more_without_alerts() -> None:
    series = [run_series({"run_id": "a", "y": [1.0, 2.0, 3.0]})]
    drawn = lines(series, View())
    raised = placed([alert(1, "error", title="Loss is NaN"), alert(2), alert(2)], series, "step")
    plain = charts.chart(drawn, View()).to_dict()
    found = charts.chart(drawn, View(), alerts=raised).to_dict()
    assert charts.chart(drawn, View(alerts="hidden"), alerts=raised).to_dict() == plain
    added = found["layer"][len(plain["layer"]) :]
    assert [(layer["mark"]["type"], layer["encoding"]["y"]) for layer in added] == [
        ("circle", {"value": charts.HEIGHT})
    ] * 2
    rows = [row for layer in added for row in found["datasets"][layer["data"]["name"]]]
    assert [(row["x"], row["level"], row["count"], row["alert"]) for row in rows] == [
        (2.0, "warn", 2, "t"),
        (1.0, "error", 1, "Loss is NaN"),
    ]
    assert "3 alerts on the axis" in json.dumps(found["description"])
    assert "<svg" in charts.svg(found)
