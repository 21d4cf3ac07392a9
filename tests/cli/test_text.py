"""Text and JSON for terminals and programs."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.cli import points
from trackio.cli.output import dumps
from trackio.cli.text import ago, number, plain, size
from trackio.records import Series
from trackio.times import whole_duration as duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("Zürich 東京 עברית 🚀", "Zürich 東京 עברית 🚀"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("a\x1b[31m", r"a\x1b[31m"),
        ("a\nb\tc\r\x00\x7f\x9b", r"a\nb\tc\r\x00\x7f\x9b"),
        ("\u202eabc\u2066", r"\u202eabc\u2066"),
        ("\u2028\ufeff", r"\u2028\ufeff"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("time_ns", "expected"),
    [
        (None, ""),
        (10**18 - 5 * 10**9, "5 s ago"),
        (10**18 - 65 * 10**9, "1 min ago"),
        (0, "1970-01-01"),
        (10**18 + 10**13, "2001-09-09"),
    ],
)
def test_the_past_is_told_by_its_distance(time_ns: int | None, expected: str) -> None:
    assert ago(time_ns, 10**18) == expected


@pytest.mark.parametrize(("count", "expected"), [(0, "0 B"), (999, "999 B"), (12_345_678, "12.3 MB"), (2e12, "2 TB")])
def test_sizes_have_decimal_units(count: int, expected: str) -> None:
    assert size(count) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(None, ""), (True, "true"), (0.1 + 0.2, "0.3"), (math.nan, "nan"), (2**63, str(2**63))]
)
def test_values_are_short(value: object, expected: str) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [math.nan, math.inf, -math.inf]}, {"a": ["NaN", "Infinity", "-Infinity"]}),
        ({"a": (1, {"b": {3}})}, {"a": [1, {"b": [3]}]}),
        ({1: 2**70}, {"1": 2**70}),
        ({"a": "\ud800"}, {"a": "\ud800"}),
        ({"a": b"\xff", "b": object}, {"a": "\\xff", "b": "<class 'object'>"}),
    ],
)
@pytest.mark.parametrize("indent", [True, False])
def test_json_takes_any_value(value: Any, expected: Any, indent: bool) -> None:
    assert json.loads(dumps(value, indent=indent)) == expected


POINTS = st.lists(
    st.tuples(
        st.integers(0, 2**40), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**61), 2**61), st.floats(width=64)
    ),
    max_size=20,
)


@given(POINTS)
def test_arrays_are_written_as_single_values_are(found: list[tuple[int, int, int, float]]) -> None:
    row, step, time_ns, value = (list(column) for column in zip(*found, strict=True)) if found else ([], [], [], [])
    integers = (np.array(column, dtype=np.int64) for column in (row, step, time_ns))
    series = Series(*integers, np.array(value, dtype=np.float64))
    assert b"".join(points.chunks({"run": "r"}, series)) == b"".join(points.chunks({"run": "r"}, list(found)))


def test_more_points_than_a_chunk_make_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "CHUNK", 3)
    for count in (0, 2, 3, 7):
        series = Series(*(np.arange(count) for _ in range(3)), np.linspace(0.0, 1.0, count))
        found = json.loads(b"".join(points.chunks({}, series)))
        assert [point["step"] for point in found["values"]] == list(range(count))
