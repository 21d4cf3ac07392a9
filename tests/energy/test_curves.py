"""Curves over wall time: what was used until when, together, as power, and when the wall clock jumps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from trackio.energy.curves import add, curve, joules_at, known, mean_power, reduced, side_by_side
from trackio.energy.pieces import Pieces, device_pieces
from trackio.energy.records import NONE, Session
from trackio.energy.statement import Curve

WALL = 1_763_640_000_000_000_000
CLOCK = 5_000_000_000_000


def pieces(
    rows: Sequence[tuple[float, float | None, float | None]],
    sessions: Sequence[tuple[float, float]] = (),
    **known: int,
) -> Pieces:
    times, counters, powers = zip(*rows, strict=True)
    return device_pieces(
        clock(*times),
        np.array([NONE if one is None else round(one * 1e3) for one in counters]),
        np.array([NONE if one is None else round(one * 1e3) for one in powers]),
        np.full(len(rows), np.nan),
        [Session(*clock(*one).tolist()) for one in sessions or [(min(times), max(times))]],
        **known,
    )


def clock(*seconds: float) -> np.ndarray:
    return CLOCK + np.rint(np.array(seconds) * 1e9).astype(np.int64)


def wall(*seconds: float) -> np.ndarray:
    return WALL + np.rint(np.array(seconds) * 1e9).astype(np.int64)


def drawn(
    rows: Sequence[tuple[float, float | None, float | None]], sessions: Sequence[tuple[float, float]] = ()
) -> Curve:
    times = [time for time, *_ in rows]
    found = curve(pieces(rows, sessions), clock(*times), wall(*times))
    assert found is not None
    return found


def seconds(found: Curve) -> list[float]:
    return list((found.time_ns - WALL) / 1e9)


def steady(length: int, watts: float) -> list[tuple[float, float | None, float | None]]:
    return [(t, t * watts, watts) for t in range(length + 1)]


def test_a_curve_begins_at_0_and_ends_with_the_total() -> None:
    found = drawn([(0, 100, None), (10, 300, None), (20, 900, None)])
    assert (seconds(found), list(found.joules)) == ([0, 10, 20], [0, 200, 800])


def test_between_sessions_it_is_flat_and_known_to_nobody() -> None:
    found = drawn([(0, 0, None), (10, 100, None), (40, 400, None), (50, 500, None)], [(0, 10), (40, 50)])
    assert (seconds(found), list(found.joules)) == ([0, 10, 40, 50], [0, 100, 100, 200])
    assert [seconds(Curve(row, row)) for row in known(found)] == [[0, 10], [40, 50]]


def test_nothing_known_is_no_curve() -> None:
    assert curve(pieces([(0, 5, None)]), clock(0), wall(0)) is None
    assert curve(pieces(steady(9, 100)), clock(), wall()) is None
    assert add([]) is None


def test_moments_before_and_after_are_clamped() -> None:
    found = drawn(steady(10, 100))
    assert list(joules_at(found, wall(-1e9, 0, 2.5, 10, 1e9))) == [0, 0, 250, 1000, 1000]


def test_curves_one_after_another_add_up_likewise() -> None:
    late, early = drawn([(20, 100, None), (30, 400, None)]), drawn([(0, 0, None), (5, 50, None), (10, 200, None)])
    found = add([late, early])
    assert found.time_ns.tolist() == wall(0, 5, 10, 20, 30).tolist()
    assert found.joules.tolist() == [0, 50, 200, 200, 500]
    assert known(found).tolist() == [wall(0, 10).tolist(), wall(20, 30).tolist()]
    moments = wall(-5, 2.5, 15, 25, 99)
    assert joules_at(found, moments).tolist() == (joules_at(late, moments) + joules_at(early, moments)).tolist()


def test_curves_add_up_over_all_their_knots() -> None:
    found = add([drawn(steady(10, 100)), drawn([(5, 0, None), (25, 200, None)])])
    assert found is not None
    assert list(joules_at(found, wall(0, 5, 10, 15, 25, 99))) == pytest.approx([0, 500, 1050, 1100, 1200, 1200])
    assert found.joules[-1] == 1200


def test_one_curve_alone_is_itself() -> None:
    found = drawn(steady(3, 100))
    assert add([found]) is found


def test_mean_power_of_stretches() -> None:
    middles, watts = mean_power(drawn([(0, 0, None), (10, 1000, None), (20, 4000, None)]), 4)
    assert list((middles - WALL) / 1e9) == [2.5, 7.5, 12.5, 17.5]
    assert list(watts) == pytest.approx([100, 100, 300, 300])


def test_power_is_not_told_where_nothing_was_measured() -> None:
    rows = [(0.0, None, 100.0), (5.0, None, 100.0), (15.0, None, 100.0), (20.0, None, 100.0)]
    _, watts = mean_power(drawn(rows), 4)
    assert list(watts) == pytest.approx([100, np.nan, np.nan, 100], nan_ok=True)
    # A stretch that is known in part has the mean of that part.
    _, watts = mean_power(drawn(rows), 2)
    assert list(watts) == pytest.approx([100, 100])


def test_a_curve_without_length_has_no_power() -> None:
    flat = Curve(wall(0), np.zeros(1))
    assert [len(one) for one in mean_power(flat, 5)] == [0, 0]
    assert [len(one) for one in mean_power(drawn(steady(3, 9)), 0)] == [0, 0]


def test_a_curve_is_reduced_to_knots_of_its_own() -> None:
    whole = drawn(steady(1000, 100))
    found = reduced(whole, 50)
    assert len(found.time_ns) <= 50
    assert set(found.time_ns) <= set(whole.time_ns)
    assert (seconds(found)[0], seconds(found)[-1], found.joules[-1]) == (0, 1000, 100_000)
    assert reduced(whole, 5000) is whole


def test_a_pause_stays_in_a_reduced_curve() -> None:
    rows = [*steady(300, 100), *[(t + 5000, 30_000 + 100.0 * t, 100.0) for t in range(301)]]
    found = reduced(drawn(rows, [(0, 300), (5000, 5300)]), 20)
    assert {300, 5000} <= set(seconds(found))


def test_more_pauses_than_points_are_not_all_kept() -> None:
    sessions = [(t, t + 1) for t in range(0, 300, 2)]
    assert len(reduced(drawn(steady(300, 100), sessions), 20).time_ns) == 20


# Wall clocks that jump, against a monotonic one that does not.


def jumping(jumps: Sequence[float]) -> Curve:
    """100 W for as many seconds; the wall clock is off by so many at each reading."""
    rows = steady(len(jumps) - 1, 100)
    times = np.arange(len(jumps))
    found = curve(pieces(rows), clock(*times), wall(*(times + np.array(jumps))))
    assert found is not None
    assert (np.diff(found.time_ns) > 0).all()
    assert found.joules[-1] == 100 * (len(jumps) - 1)
    return found


def most_watts(found: Curve) -> float:
    return float(np.max(np.diff(found.joules) / np.diff(found.time_ns) * 1e9))


def test_a_clock_that_is_set_forward_is_followed() -> None:
    found = jumping([0] * 10 + [3600] * 90)
    assert (seconds(found)[9], seconds(found)[10], seconds(found)[-1]) == (9, 3610, 3699)
    assert most_watts(found) == pytest.approx(100)


def test_a_clock_that_is_set_back_early_has_its_start_moved() -> None:
    found = jumping([3600] * 10 + [0] * 90)
    assert (seconds(found)[0], seconds(found)[-1]) == (0, 99)
    assert most_watts(found) == pytest.approx(100)


def test_a_clock_that_is_set_back_late_has_its_end_moved() -> None:
    found = jumping([0] * 90 + [-3600] * 10)
    assert (seconds(found)[0], seconds(found)[-1]) == (0, 99)
    assert most_watts(found) == pytest.approx(100)


@pytest.mark.parametrize("far", [1e9, -1e9])
def test_one_reading_of_another_year_moves_no_other(far: float) -> None:
    found = jumping([0] * 50 + [far] + [0] * 49)
    assert seconds(found) == pytest.approx(list(range(100)))
    assert most_watts(found) == pytest.approx(100)


def test_the_clocks_of_several_processes_are_taken_together() -> None:
    both = np.concatenate([np.arange(11), np.arange(0.5, 10)])
    found = curve(pieces(steady(10, 100)), clock(*both), wall(*both))
    assert found is not None
    assert (seconds(found), found.joules[-1]) == (list(range(11)), 1000)


# Counter and power.


def test_counter_and_power_are_held_together_where_both_are() -> None:
    rows = [(0.0, 0.0, 290.0), (1.0, 300.0, 290.0), (2.0, 600.0, None), (3.0, 900.0, 290.0), (4.0, None, 290.0)]
    # From 1 to 2 and from 2 to 3 no power is known, and after 3 no counter.
    assert side_by_side(pieces(rows)) == (300, 290)
    assert side_by_side(pieces(rows, [(0, 0.5)])) == (150, 145)


def test_there_is_nothing_to_hold_together_with_one_of_them_alone() -> None:
    assert side_by_side(pieces([(0, 0, None), (1, 300, None)])) is None
    assert side_by_side(pieces([(0, None, 300), (1, None, 300)])) is None
    assert side_by_side(pieces([(0, 900, 300), (1, 3, 300)])) is None


def test_what_a_counter_may_have_wrapped_is_not_held_against_power() -> None:
    found = pieces([(0, 90, 100), (4, 10, 100)], counter_range_mj=100_000, power_limit_mw=200_000)
    assert (found.ambiguous, found.joules.tolist(), side_by_side(found)) == (1, [20.0], None)
