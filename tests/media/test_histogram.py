"""Distributions of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trackio import references
from trackio.errors import UsageError
from trackio.media.base import Place
from trackio.media.histogram import Histogram


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 3], [1, 1, 2]),
        (np.array([[1, 2], [3, 3]], np.float32), [1, 1, 2]),
        ((value for value in (1, 2, 3, 3)), [1, 1, 2]),
        ([1.0, 2.0, 3.0, 3.0, float("nan"), float("inf")], [1, 1, 2]),
        ([True, False], [1, 0, 1]),
        ([], [0, 0, 0]),
        ([float("nan")], [0, 0, 0]),
        ([5], [0, 1, 0]),
        ([-1.7e308, 1.7e308], [1, 0, 1]),
    ],
)
def test_values_are_counted_in_bins(values: Any, expected: list[int], place: Place) -> None:
    histogram = Histogram(values, num_bins=3)
    assert histogram.histogram == expected
    reference = histogram.reference(place)
    assert references.decode(references.encode(reference)) == reference
    assert all(np.diff(reference["bins"]) > 0)


def test_neighbours_among_the_floats_share_a_bin() -> None:
    assert Histogram([1.0, np.nextafter(1.0, 2)]).histogram == [2.0]


def test_what_numpy_has_counted_is_taken_as_it_is() -> None:
    counts, edges = np.histogram([1, 2, 3], bins=5)
    histogram = Histogram(np_histogram=(counts, edges))
    assert (histogram.histogram, histogram.bins) == (counts.tolist(), edges.tolist())
    assert histogram == Histogram([1, 2, 3], num_bins=5)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"sequence": 3},
        {"sequence": ["a"]},
        {"sequence": [1j]},
        {"sequence": [1], "num_bins": 0},
        {"sequence": [1], "num_bins": 513},
        {"np_histogram": ([1, 2],)},
        {"np_histogram": ([1, 2], [1, 2])},
        {"np_histogram": ([], [1])},
        {"np_histogram": ([1], [0, float("nan")])},
        {"np_histogram": ([0] * 513, list(range(514)))},
        {"np_histogram": (1, 2)},
    ],
)
def test_what_is_no_distribution_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Histogram(**arguments)
