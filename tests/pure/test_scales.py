from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.shared import run_series
from trackio.grammar import parse
from trackio.lines import lines
from trackio.scales import (
    domain,
    labels,
    log_labels,
    log_ticks,
    number_label,
    ticks,
    time_labels,
    time_ticks,
    x_axis,
    y_axis,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
limits = st.floats(-1e300, 1e300, allow_subnormal=False)
usual = st.floats(-1e15, 1e15)


@given(usual, usual, st.integers(2, 10))
def test_ticks_are_inside_ascending_and_told_apart(a: float, b: float, count: int) -> None:
    low, high = domain(min(a, b), max(a, b))
    values = ticks(low, high, count)
    slack = (high - low) * 1e-9
    assert len(values) <= 2.5 * count + 1
    assert values or high - low < 1e-300
    assert all(low - slack <= value <= high + slack for value in values)
    assert values == sorted(set(values))
    assert len(set(labels(values))) == len(values)


@given(st.floats(1e-200, 1e200), st.floats(1.0, 1e100), st.integers(2, 10))
def test_log_ticks_are_inside_ascending_and_told_apart(low: float, factor: float, count: int) -> None:
    start, stop = domain(low, low * factor, scale="log")
    values = log_ticks(start, stop, count)
    assert values == sorted(set(values))
    assert all(start * (1 - 1e-8) <= value <= stop * (1 + 1e-8) for value in values)
    assert len(set(log_labels(values))) == len(values)


@given(st.floats(-2e12, 1e14), st.floats(1, 1e13), st.integers(3, 8))
def test_time_ticks_are_inside_and_told_apart(start: float, span: float, count: int) -> None:
    values = time_ticks(start, start + span, count)
    assert all(start <= value <= start + span for value in values)
    assert values == sorted(set(values))
    assert len(time_labels(values)) == len(values)


@given(
    st.lists(finite | st.just(math.nan), max_size=5),
    st.sampled_from(["", "yscale=log", "xscale=log&yscale=log", "x=time"]),
)
def test_any_values_have_axes(values: list[float], query: str) -> None:
    view = parse(query)[0]
    found = lines([run_series({"run_id": "a", "y": values})], view)
    for axis in (x_axis(found, view), y_axis(found, view)):
        low, high = axis.domain
        assert low < high
        assert len(axis.ticks) == len(axis.labels)


@given(limits, limits, st.sampled_from(["linear", "log"]))
def test_any_limits_have_axes(least: float, most: float, scale: str) -> None:
    view = parse(f"xmin={least!r}&ymax={most!r}&yscale={scale}")[0]
    found = lines([run_series({"run_id": "a", "y": [1.0, 2.0, 3.0]})], view)
    for axis in (x_axis(found, view), y_axis(found, view)):
        assert axis.domain[0] < axis.domain[1]


def test_places_come_back_as_values() -> None:
    for query in ("", "yscale=log"):
        view = parse(query)[0]
        axis = y_axis(lines([run_series({"run_id": "a", "y": [1.0, 50.0, 1000.0]})], view), view)
        places = axis.place(np.array([1.0, 50.0, 1000.0]))
        assert all(0 < place < 1 for place in places)
        np.testing.assert_allclose([axis.value(place) for place in places], [1.0, 50.0, 1000.0])


def test_room_never_reaches_below_zero_for_values_that_do_not() -> None:
    assert domain(0.001, 1)[0] == 0
    assert domain(-1, -0.001)[1] == 0
    assert domain(3, 4)[0] > 2.9


def test_a_constant_series_lies_in_the_middle() -> None:
    for value in (0.0, 1e-12, 1e12, -7.0):
        low, high = domain(value, value)
        assert low < value < high
        assert value - low == high - value


def test_the_smallest_and_largest_numbers_have_labels() -> None:
    assert [number_label(v) for v in (5e-324, 1.7e308, -0.0)] == ["4.9407e-324", "1.7e308", "0"]
