"""Accounts where readings go wrong: what other trackers have got wrong, and what hardware really does."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from trackio.energy import EnergyAccount, Sample, Session, account
from trackio.energy.accounting import account_pieces, combine

Row = tuple[float, float | None, float | None] | tuple[float, float | None, float | None, float | None]
"""Seconds, counter in joules, power in watts, and utilization in percent if there is one."""


def ns(seconds: float) -> int:
    return 9_000_000_000_000 + round(seconds * 1e9)


def samples(rows: Iterable[Row], device: str = "gpu") -> list[Sample]:
    return [
        Sample(device, ns(time), *(None if one is None else round(one * 1e3) for one in (counter, power)), *load)
        for time, counter, power, *load in rows
    ]


def used(
    rows: Sequence[Row],
    *,
    sessions: Sequence[tuple[float, float]] = (),
    limit: float = 0,
    wraps: float = 0,
    **other: Any,
) -> EnergyAccount:
    """The account of one device, over all its rows unless sessions are given; limit in watts, wraps in joules."""
    ends = sessions or [(rows[0][0], rows[-1][0])]
    return account(
        samples(rows),
        [Session(ns(start), ns(end)) for start, end in ends],
        power_limits_mw={"gpu": round(limit * 1e3)} if limit else None,
        counter_ranges_mj={"gpu": round(wraps * 1e3)} if wraps else None,
        **other,
    )


def steady(seconds: int, watts: float, first: float = 0.0) -> list[Row]:
    return [(t, first + t * watts, watts) for t in range(seconds + 1)]


# What other trackers got wrong.


def test_a_reset_never_takes_energy_away() -> None:
    found = used([(0, 1000, None), (1, 1100, None), (2, 50, None), (3, 150, None)])
    assert found.joules == 100 + 50 + 100
    assert (found.resets, found.is_lower_bound) == (1, True)


@pytest.mark.parametrize("seconds", [0.1, 1, 2, 9])
def test_a_short_run_has_all_its_energy(seconds: float) -> None:
    found = used([(0, 0, 300), (seconds, 300 * seconds, 300)])
    assert (found.joules, found.seconds, found.coverage) == (300 * seconds, seconds, 1)


def test_the_last_seconds_are_there() -> None:
    rows: list[Row] = [(0, 0, 300), (10, 3000, 300), (19.5, 5850, 300)]
    assert used(rows).joules == 5850


def test_eight_ranks_that_each_record_all_eight_gpus_count_each_gpu_once() -> None:
    rows = [
        one
        for rank in range(8)
        for gpu in range(8)
        for one in samples([(t + rank / 9, 300 * (t + rank / 9), 300) for t in range(61)], f"GPU-{gpu}")
    ]
    random.Random(4).shuffle(rows)
    found = account(rows, [Session(ns(rank / 9), ns(60)) for rank in range(8)])
    assert found.joules == pytest.approx(8 * 18_000)
    assert found.joules_by_device == {f"GPU-{gpu}": pytest.approx(18_000) for gpu in range(8)}
    assert list(found.joules_by_device) == sorted(found.joules_by_device)
    assert found.seconds == 8 * 60


def test_a_run_that_ends_leaves_the_baseline_of_another_alone() -> None:
    rows = steady(100, 300, first=5e6)
    assert used(rows).joules == 30_000
    assert used(rows, sessions=[(40, 60)]).joules == 6_000
    assert used(rows, sessions=[(0, 50), (50, 100)]).joules == 30_000


def test_average_power_is_no_energy() -> None:
    # The mean of the readings is 550 W; over these seconds it was 115 W.
    rows: list[Row] = [(0, None, 1000), (1, None, 100), (2, None, 100), (5, None, 100), (10, None, 100)]
    assert used(rows).joules == 550 + 100 * 9


def test_a_counter_of_years_loses_no_millijoule() -> None:
    counter = 2**61
    rows = [Sample("gpu", 10**18, counter), Sample("gpu", 10**18 + 10**9, counter + 1)]
    assert account(rows, [Session(0, 2 * 10**18)]).joules == 0.001


# Nothing known is not nothing used.


@pytest.mark.parametrize(
    ("rows", "sessions"),
    [
        ([], [(0, 60)]),
        ([(5, 9000, 300)], [(0, 60)]),
        ([(5, None, None), (6, None, None)], [(0, 60)]),
        ([(5, 9000, None), (6, None, 300)], [(0, 60)]),
        ([(0, None, 300), (30, None, 300)], [(0, 30)]),
        (steady(60, 300), []),
        (steady(60, 300), [(10, 10)]),
        (steady(60, 300), [(20, 10)]),
        (steady(60, 300), [(70, 80)]),
    ],
    ids=[
        "no sample",
        "one sample",
        "failed reads alone",
        "one counter and one power",
        "powers too far apart",
        "no session",
        "a session without length",
        "a session that ends before it begins",
        "a session in which nothing was read",
    ],
)
def test_what_was_not_measured_has_no_value(rows: list[Row], sessions: list[tuple[float, float]]) -> None:
    found = account(samples(rows), [Session(ns(start), ns(end)) for start, end in sessions])
    assert (found.joules, found.kwh, found.coverage) == (None, None, 0.0)
    assert (found.joules_by_device, found.joules_by_method, found.resets) == ({}, {}, 0)
    assert not found.is_lower_bound


def test_a_counter_that_stands_still_says_0() -> None:
    found = used([(0, 500, None), (60, 500, None)])
    assert (found.joules, found.kwh, found.coverage, found.joules_by_method) == (0.0, 0.0, 1.0, {"counter": 0.0})


def test_a_window_outside_everything_or_upside_down_is_empty() -> None:
    rows = steady(60, 300)
    for window in [(ns(70), ns(80)), (ns(40), ns(20)), (ns(30), ns(30))]:
        found = used(rows, window_ns=window)
        assert (found.joules, found.seconds, found.coverage) == (None, 0.0, 0.0)


# Failed reads.


def test_a_row_without_any_reading_changes_nothing() -> None:
    rows = steady(10, 300)
    assert used([*rows[:5], (4.5, None, None), *rows[5:]]) == used(rows)
    powered: list[Row] = [(t, None, 300) for t in range(11)]
    assert used([*powered[:5], (4.5, None, None), *powered[5:]]) == used(powered)


def test_a_failed_read_at_the_same_moment_gives_way_to_another_ranks_value() -> None:
    rows: list[Row] = [(0, None, 300), (0, 100, None), (9, None, None), (9, 400, 300), (9, None, None)]
    found = used(rows)
    assert (found.joules, found.joules_by_method) == (300, {"counter": 300})


def test_words_of_a_driver_for_no_reading_are_none() -> None:
    rows = [Sample("gpu", ns(t), 2**64 - 1, 2**64 - 1 if t == 2 else 100_000) for t in range(5)]
    rows.append(Sample("gpu", ns(1), -7, -7))
    found = account(rows, [Session(ns(0), ns(4))])
    assert (found.joules, found.joules_by_method) == (400, {"power": 400})


@pytest.mark.parametrize(
    ("rows", "coverage"),
    [
        ([(0, None, 100), (2, 50, None), (3, 60, 100)], 1 / 3),
        ([(0, 50, 100), (1, 60, None), (3, None, 100)], 1 / 3),
        ([(0, None, 100), (1, 50, None), (2, 60, None), (3, None, 100)], 1 / 3),
    ],
    ids=["before the first counter", "after the last", "around all"],
)
def test_power_that_reaches_into_what_a_counter_tells_is_not_added_to_it(rows: list[Row], coverage: float) -> None:
    found = used(rows)
    assert (found.joules_by_method, found.coverage) == ({"counter": 10}, pytest.approx(coverage))


# Resets.

RESET: list[Row] = [(0, 9000, 200), (5, 9500, 200), (10, 300, 200), (15, 1300, 200)]


@pytest.mark.parametrize(
    ("between", "joules"),
    [
        ([(8, None, 400)], 500 + 900 + 600 + 1000),
        ([(8, None, None)], 500 + 1000 + 1000),
        ([(6, None, 100), (9, None, 100)], 500 + 150 + 300 + 150 + 1000),
    ],
    ids=["power between", "a failed read between", "two readings between"],
)
def test_across_a_reset_power_is_integrated(between: list[Row], joules: float) -> None:
    found = used([*RESET[:2], *between, *RESET[2:]])
    assert (found.joules, found.resets, found.is_lower_bound, found.coverage) == (joules, 1, False, 1)


@pytest.mark.parametrize(
    "rows",
    [
        [*RESET[:1], (5, 9500, None), *RESET[2:]],
        [*RESET[:2], (10, 300, None), *RESET[3:]],
        [*RESET[:1], (4.9, 9490, 200), (5.1, None, 200), (10.2, None, 200), *[(10.4, 300, 200)], *RESET[3:]],
    ],
    ids=["no power before", "no power after", "one gap is too long"],
)
def test_across_a_reset_without_power_throughout_the_second_counter_is_the_least(rows: list[Row]) -> None:
    found = used(rows)
    assert found.joules_by_method["reset"] == 300
    assert (found.resets, found.is_lower_bound) == (1, True)
    assert found.coverage < 0.7


def test_a_reset_while_no_session_went_on_is_not_the_runs() -> None:
    rows: list[Row] = [(0, 9000, 200), (10, 11_000, 200), (100, 50, 200), (110, 2050, 200)]
    found = used(rows, sessions=[(0, 10), (100, 110)])
    assert (found.joules, found.resets, found.coverage, found.is_lower_bound) == (4000, 0, 1, False)


def test_a_reset_in_two_sessions_is_one() -> None:
    rows: list[Row] = [(0, 9000, 200), (4, 100, 200)]
    assert used(rows, sessions=[(0, 1), (2, 4)]).resets == 1


# Counters that claim more than can be.


def test_a_counter_beyond_the_power_limit_is_not_believed() -> None:
    rows: list[Row] = [(0, 0, 300), (1, 300, 300), (2, 9e9, 300), (3, 9e9 + 300, 300)]
    found = used(rows, limit=700)
    assert (found.joules, found.implausible, found.coverage) == (900, 1, 1)
    assert found.joules_by_method == {"counter": 600, "power": 300}
    assert used(rows).joules == 9e9 + 300


def test_an_implausible_counter_without_power_leaves_its_interval_unknown() -> None:
    rows: list[Row] = [(0, 0, None), (1, 300, None), (2, 9e9, None), (3, 9e9 + 300, None)]
    found = used(rows, limit=700)
    assert (found.joules, found.implausible, found.coverage) == (600, 1, pytest.approx(2 / 3))
    assert not found.is_lower_bound


def test_an_implausible_counter_uses_what_power_there_is() -> None:
    rows: list[Row] = [(0, 0, 300), (2, None, 300), (10, 9e9, 300)]
    found = used(rows, limit=700)
    assert (found.joules, found.implausible, found.coverage) == (600, 1, 0.2)


@pytest.mark.parametrize(("joules", "count"), [(1050, 0), (1050.001, 1)])
def test_a_counter_may_claim_one_and_a_half_times_the_limit(joules: float, count: int) -> None:
    assert used([(0, 0, 100), (1, joules, 100)], limit=700).implausible == count


def test_a_glitch_up_and_down_costs_its_own_two_intervals() -> None:
    rows: list[Row] = [(0, 1000, 300), (1, 1300, 300), (2, 9e12, 300), (3, 1900, 300), (4, 2200, 300)]
    found = used(rows, limit=700)
    assert (found.joules, found.implausible, found.resets, found.coverage) == (1200, 1, 1, 1)


def test_a_counter_that_jumps_in_steps_is_believed_between_close_readings() -> None:
    # Two ranks read a hundredth of a second apart, and the driver brings the counter up to date in between.
    rows: list[Row] = [(0, 0, 700), (0.99, 630, 700), (1, 700, 700), (1.99, 1330, 700), (2, 1400, 700)]
    found = used(rows, limit=700)
    assert (found.joules, found.implausible) == (1400, 0)


def test_a_reset_whose_second_counter_is_implausible_is_not_the_least() -> None:
    found = used([(0, 9e9, None), (10, 8e9, None), (20, 8e9 + 500, None)], limit=700)
    assert (found.joules, found.resets, found.implausible, found.coverage) == (500, 1, 1, 0.5)


def test_power_across_an_implausible_reset_is_that_of_a_reset() -> None:
    found = used([(0, 9e9, 300), (2, None, 300), (10, 8e9, 300), (11, 8e9 + 300, 300)], limit=700)
    assert found.joules_by_method == {"counter": 300, "reset": 600}
    assert (found.resets, found.implausible, found.is_lower_bound) == (1, 1, False)


# Ranks that are held up between the clock and the counter.


def test_a_counter_that_another_rank_overtook_is_no_reset() -> None:
    rows: list[Row] = [(0, 1e6, 500), (1, 1e6 + 600, 500), (1.1, 1e6 + 550, 500), (2, 1e6 + 1000, 500)]
    found = used(rows, limit=700)
    assert (found.joules, found.resets, found.joules_by_method) == (1000, 0, {"counter": 1000})


def test_a_wrapping_counter_that_another_rank_overtook_has_not_wrapped() -> None:
    rows: list[Row] = [(0, 60_000, None), (1, 60_200, None), (1.1, 60_150, None), (2, 60_300, None)]
    for limit in (0, 250):
        found = used(rows, wraps=65_532, limit=limit)
        assert (found.joules, found.resets, found.implausible, found.ambiguous) == (300, 0, 0, 0)


# Counters that wrap.


def test_a_wrap_adds_the_range() -> None:
    rows: list[Row] = [(0, 900, None), (1, 980, None), (2, 60, None), (3, 140, None)]
    found = used(rows, wraps=1000)
    assert (found.joules, found.resets, found.coverage, found.is_lower_bound) == (240, 0, 1, False)


@pytest.mark.parametrize(
    ("seconds", "after", "joules", "ambiguous"),
    [
        (7, 100, 200, 0),
        (8, 100, 200, 1),
        (12, 950, 50, 1),
        (6, 950, 50, 0),
    ],
    ids=["one wrap", "one wrap or two", "none or one", "none"],
)
def test_a_gap_in_which_a_counter_may_have_wrapped_once_more_is_a_lower_bound(
    seconds: float, after: float, joules: float, ambiguous: int
) -> None:
    # 150 W at the most, so 1,200 J take 8 s.
    found = used([(0, 900, None), (seconds, after, None)], wraps=1000, limit=100)
    assert (found.joules, found.ambiguous, found.is_lower_bound) == (joules, ambiguous, bool(ambiguous))
    assert found.coverage == 1 - ambiguous


def test_counters_beyond_their_range_are_resets() -> None:
    found = used([(0, 5000, None), (1, 100, None)], wraps=1000)
    assert (found.joules, found.resets, found.is_lower_bound) == (100, 1, True)


# Idle, devices, sums.


def test_idle_is_a_load_under_5_percent_at_the_end_of_an_interval() -> None:
    rows: list[Row] = [(0, 0, 100, 0), (1, 100, 100, 4.9), (2, 200, 100, 5), (3, 300, 100, None), (4, 400, 100, 0)]
    found = used(rows)
    assert (found.idle_joules, found.idle_seconds) == (200, 2)


def test_time_of_which_nothing_is_known_is_not_idle() -> None:
    found = used([(0, None, 100, 0), (60, None, 100, 0), (61, None, 100, 0)])
    assert (found.idle_joules, found.idle_seconds, found.seconds) == (100, 1, 61)


def test_limits_and_ranges_are_those_of_their_device() -> None:
    rows = [*samples([(0, 0, None), (1, 9e6, None)], "a"), *samples([(0, 900, None), (1, 50, None)], "b")]
    found = account(rows, [Session(ns(0), ns(1))], power_limits_mw={"c": 1, "b": 10**6}, counter_ranges_mj={"b": 10**6})
    assert found.joules_by_device == {"a": 9e6, "b": 150}


def test_a_device_of_which_nothing_is_known_lowers_the_coverage_alone() -> None:
    rows = [*samples(steady(60, 300), "a"), *samples([(0, 5, None)], "b")]
    found = account(rows, [Session(ns(0), ns(60))])
    assert (found.joules, found.coverage, found.seconds, found.joules_by_device) == (18_000, 0.5, 120, {"a": 18_000})


def test_nothing_combines_to_nothing() -> None:
    empty = EnergyAccount(joules=None, kwh=None, coverage=0.0, resets=0)
    assert combine([]) == combine([empty, empty]) == account_pieces({}) == account([], []) == empty


def test_combining_weighs_coverage_by_time_and_adds_one_devices_parts() -> None:
    one = used([(0, None, 300), (4, None, 300)], sessions=[(0, 12)])
    other = used(steady(4, 100))
    both = combine([one, other])
    expected: Mapping[str, Any] = {"joules": 1600, "coverage": 0.5, "seconds": 16, "joules_by_device": {"gpu": 1600}}
    assert {name: getattr(both, name) for name in expected} == expected


def test_the_records_load_without_numpy() -> None:
    told = "import sys, trackio.energy; print('numpy' in sys.modules, sorted(trackio.energy.__all__))"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert found.stdout.startswith("False ['EnergyAccount', 'Sample', 'Session', 'account'")
