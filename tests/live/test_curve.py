"""A curve that grows is at every moment the line that the report makes of the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio import lines
from trackio.grammar import View
from trackio.lines import Line
from trackio.live.curve import Curve
from trackio.live.held import Held
from trackio.records import RunSeries, Series, Tail

VALUES = st.one_of(
    st.floats(-5, 5, width=32), st.sampled_from([0.0, 1.0, float("nan"), float("inf"), -float("inf"), 1e30])
)


def series(steps: list[int], values: list[float], first_row: int = 0) -> Series:
    n = len(values)
    rows = np.arange(first_row, first_row + n, dtype=np.int64)
    step = np.array(steps, dtype=np.int64)
    return Series(rows, step, step * 1_000_000_000, np.array(values, dtype=np.float64))


def one_of(found: Series) -> RunSeries:
    return RunSeries("r", "run", None, 0, 0, {}, "loss", found)


def assert_same(found: Line, wanted: Line) -> None:
    for name in ("x", "y", "raw"):
        a, b = getattr(found, name), getattr(wanted, name)
        assert (a is None) == (b is None)
        assert a is None or np.array_equal(a, b, equal_nan=True), name
    for name in ("first", "last", "count", "dropped", "members", "metric"):
        assert getattr(found, name) == getattr(wanted, name), name


@st.composite
def parts(draw: Any) -> list[tuple[list[int], list[float]]]:
    """Stretches of a run: steps that ascend, or rarely go back, and values."""
    found, step = [], draw(st.integers(0, 3))
    for _ in range(draw(st.integers(1, 5))):
        steps, values = [], draw(st.lists(VALUES, min_size=0, max_size=draw(st.sampled_from([3, 40, 300]))))
        for _ in values:
            step += draw(st.sampled_from([0, 1, 1, 1, 2, 2, 5]))
            steps.append(step)
        found.append((steps, values))
    return found


@st.composite
def views(draw: Any) -> tuple[View, View, int]:
    """A view with a window and the one without, and a budget."""
    x = draw(st.sampled_from(["step", "time", "relative"]))
    low, high = draw(st.one_of(st.none(), st.integers(-2, 80))), draw(st.one_of(st.none(), st.integers(0, 400)))
    if low is not None and high is not None and low >= high:
        # The grammar lets no such window through.
        high = None
    xmin, xmax = (None if edge is None else edge * (1000.0 if x == "time" else 1.0) for edge in (low, high))
    whole = View(
        x=x,
        smoothing=draw(st.sampled_from([0.0, 0.6, 0.99, 1.0, 5.0, 50.0])),
        xscale=draw(st.sampled_from(["linear", "log"])),
        yscale=draw(st.sampled_from(["linear", "log"])),
    )
    return replace(whole, xmin=xmin, xmax=xmax), whole, draw(st.sampled_from([4, 16, 50, 400]))


@settings(max_examples=300, deadline=None)
@given(stretches=parts(), looks=views())
def test_a_growing_curve_is_the_line_of_the_whole(
    stretches: list[tuple[list[int], list[float]]], looks: tuple[View, View, int]
) -> None:
    *both, budget = looks
    held = Held(series([], []))
    curve = Curve(held, one_of(held.series), both[0].x, both[0].smoothing)
    steps: list[int] = []
    values: list[float] = []
    for more_steps, more in stretches:
        tail = Tail(len(values) + len(more), has_text=False, series=series(more_steps, more, len(values)))
        assert held.take(tail)
        steps, values = steps + more_steps, values + more
        for view in both:
            wanted = lines.line([one_of(series(steps, values))], view, view.x, budget)
            assert_same(curve.line(view, budget), wanted)


def test_a_step_that_goes_back_is_drawn_in_its_place() -> None:
    held = Held(series([], []))
    curve = Curve(held, one_of(held.series), "step", 0)
    held.take(Tail(3, has_text=False, series=series([5, 6, 7], [1.0, 2.0, 3.0])))
    curve.line(View(), 400)
    held.take(Tail(5, has_text=False, series=series([2, 8], [9.0, 4.0], 3)))
    assert curve.line(View(), 400).x.tolist() == [2, 5, 6, 7, 8]


def test_a_value_that_was_long_on_its_way_asks_for_the_whole() -> None:
    held = Held(series([0, 1, 3], [1.0, 2.0, 3.0]), 3)
    curve = Curve(held, one_of(held.series), "step", 0)
    curve.line(View(), 400)
    assert not held.take(Tail(4, has_text=False, series=series([], [])))
    held.replace(series([0, 1, 2, 3], [1.0, 2.0, 2.5, 3.0]), 4)
    assert curve.line(View(), 400).y.tolist() == [1.0, 2.0, 2.5, 3.0]


def test_text_among_numbers_asks_for_the_whole_when_it_changes() -> None:
    held = Held(series([0], [1.0]), 2)
    assert held.take(Tail(2, has_text=True, series=series([], [])))
    assert not held.take(Tail(3, has_text=True, series=series([], [])))
