from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.series import aggregate, bucket_size, ema, moving_average, reduce, smooth

numbers = st.floats(-1e6, 1e6)
values_with_gaps = st.lists(numbers | st.sampled_from([math.nan, math.inf, -math.inf]), max_size=80).map(np.array)


@given(values_with_gaps, st.integers(1, 100))
def test_smoothing_stays_within_the_values(values: np.ndarray, window: int) -> None:
    values = values.astype(np.float64)
    finite = values[np.isfinite(values)]
    for result in (moving_average(values, window), ema(values, window / 101)):
        smoothed = result[np.isfinite(values)]
        slack = 1e-9 * (1 + np.abs(finite).max(initial=0))
        assert np.isfinite(smoothed).all()
        assert (smoothed >= finite.min(initial=math.inf) - slack).all()
        assert (smoothed <= finite.max(initial=-math.inf) + slack).all()


@given(values_with_gaps, st.sampled_from([0.0, 0.5, 0.99, 1.0, 7.0]))
def test_what_is_not_finite_stays_where_it_was(values: np.ndarray, smoothing: float) -> None:
    values = values.astype(np.float64)
    result = smooth(values, smoothing)
    np.testing.assert_array_equal(result[~np.isfinite(values)], values[~np.isfinite(values)])


def test_smoothing_does_not_change_what_it_is_given() -> None:
    values = np.array([1.0, math.nan, 3.0])
    ema(values, 0.5), moving_average(values, 3)
    np.testing.assert_array_equal(values, [1.0, math.nan, 3.0])


def test_a_spike_costs_its_neighbours_no_digit() -> None:
    values = np.full(1000, 1e-3)
    values[500] = 1e30
    assert moving_average(values, 11)[600] == pytest.approx(1e-3, rel=1e-14)


def test_the_first_average_is_the_first_value() -> None:
    assert ema(np.array([math.nan, 7.0, 7.0]), 0.99)[1:].tolist() == pytest.approx([7.0, 7.0])


@given(
    st.lists(st.integers(-3, 3).map(float) | st.sampled_from([math.nan, math.inf]), min_size=1, max_size=300),
    st.integers(4, 60),
    st.integers(0, 500),
)
def test_reduction_keeps_every_extreme_and_gap_of_a_bucket(values: list[float], budget: int, offset: int) -> None:
    curve = np.array(values)
    kept = set(reduce([curve], budget, offset).tolist())
    assert {0, len(curve) - 1} <= kept
    if len(curve) <= budget:
        assert len(kept) == len(curve)
        return
    size = bucket_size(len(curve), budget // 2)
    for start in range(-(offset % size), len(curve), size):
        places = range(max(start, 0), min(start + size, len(curve)))
        finite = [k for k in places if math.isfinite(values[k])]
        gaps = [k for k in places if not math.isfinite(values[k])]
        wanted = set(gaps[:1])
        if finite:
            wanted |= {min(finite, key=lambda k: values[k]), max(finite, key=lambda k: values[k])}
        assert {k for k in kept if k in places} - {0, len(curve) - 1} == wanted - {0, len(curve) - 1}


def test_new_points_do_not_reshuffle_old_ones() -> None:
    curve = np.random.default_rng(0).normal(size=1500)
    before, after = reduce([curve[:1300]], 400), reduce([curve], 400)
    size = bucket_size(1500, 200)
    whole = 1300 // size * size
    assert bucket_size(1300, 200) == size
    np.testing.assert_array_equal(before[before < whole], after[after < whole])


def test_twice_the_points_keep_a_part_of_the_old_ones() -> None:
    curve = np.random.default_rng(0).normal(size=4096)
    assert set(reduce([curve], 400)) <= set(reduce([curve[:2048]], 400)) | set(range(2047, 4096))


def test_panning_does_not_reshuffle() -> None:
    curve = np.random.default_rng(0).normal(size=4000)
    size = bucket_size(3000, 200)
    left, right = reduce([curve[:3000]], 400), reduce([curve[777:3777]], 400, 777) + 777
    inside = [k for k in range(4000) if 777 // size * size + size <= k < 3000 // size * size]
    assert [k for k in left if k in inside] == [k for k in right if k in inside]


@given(st.lists(st.lists(st.tuples(st.integers(0, 20), numbers), max_size=12), min_size=1, max_size=6))
def test_a_mean_lies_in_its_band_and_covers_every_x(runs: list[list[tuple[int, float]]]) -> None:
    curves = [(np.array([float(x) for x, _ in sorted(run)]), np.array([y for _, y in sorted(run)])) for run in runs]
    curves = [(x, y.astype(np.float64)) for x, y in curves]
    found = aggregate(curves)
    assert found.x.tolist() == sorted({x for run in runs for x, _ in run})
    if found.low is not None and found.high is not None:
        slack = 1e-9 * (1 + np.abs(found.mean))
        assert (found.low <= found.mean + slack).all()
        assert (found.mean <= found.high + slack).all()


def test_a_run_takes_no_part_beyond_its_own_range() -> None:
    short, long = (np.array([0.0, 1.0]), np.array([0.0, 0.0])), (np.arange(4.0), np.full(4, 10.0))
    assert aggregate([short, long], "none").mean.tolist() == [5.0, 5.0, 10.0, 10.0]


def test_the_deviation_of_one_run_is_none() -> None:
    found = aggregate([(np.arange(2.0), np.ones(2)), (np.arange(1.0), np.full(1, 3.0))], "ci95")
    assert found.low is not None
    assert found.low[1] == found.mean[1] == 1.0
