"""Documents as JSON: every value has a form, arrays and single values the same, and pieces make one object."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.documents import encode, points
from trackio.documents.encoding import dumps
from trackio.documents.points import Points
from trackio.records import Series


def text(found: Points) -> bytes:
    return b"".join(encode({"run": "r", "values": found}))


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
    assert text(Points(series)) == text(Points(list(found)))


def test_more_points_than_a_chunk_make_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "CHUNK", 3)
    for count in (0, 2, 3, 7):
        series = Series(*(np.arange(count) for _ in range(3)), np.linspace(0.0, 1.0, count))
        found = json.loads(text(Points(series)))
        assert [point["step"] for point in found["values"]] == list(range(count))
