"""What holds for all readings, and the fast accounts held against slow exact ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.energy.reference import SECOND, answer
from trackio.energy import EnergyAccount, Sample, Session, account
from trackio.energy.accounting import account_pieces, combine
from trackio.energy.curves import add, curve, joules_at, mean_power, reduced, side_by_side
from trackio.energy.pieces import Pieces, device_pieces
from trackio.energy.records import NONE

GAP = 5.0
MOST = 30
"""Seconds that the cases last."""

times = st.integers(0, MOST).map(lambda second: second * SECOND)
counters = st.one_of(st.none(), st.integers(0, 40_000), st.sampled_from([0, 10_000, 20_000, 2**62, 2**62 + 999]))
powers = st.one_of(st.none(), st.integers(0, 2_000))
loads = st.one_of(st.none(), st.sampled_from([0.0, 4.9, 5.0, 90.0, math.nan]))
rows = st.builds(Sample, st.sampled_from(["a", "b"]), times, counters, powers, loads)
session = st.tuples(times, times).map(lambda ends: Session(*ends))


@st.composite
def _recorded(draw: st.DrawFn) -> list[Sample]:
    """What a device might tell: a counter that mostly grows, is reset, read late, or wraps."""
    time, counter, found = 0, draw(st.sampled_from([0, 5_000, 10**12])), []
    wraps = draw(st.sampled_from([0, 0, 5_000, 40_000]))
    moment = st.tuples(
        st.sampled_from([0, 1, 1, 1, 2, 5]),
        st.sampled_from(["grows", "grows", "grows", "grows", "reset", "late", "jumps"]),
        st.integers(0, 400),
        powers,
        st.booleans(),
        loads,
    )
    for apart, what, size, power, is_failed, load in draw(st.lists(moment, max_size=MOST)):
        time = min(time + apart, MOST)
        steps = {
            "grows": counter + size,
            "reset": size // 2,
            "late": max(0, counter - size // 7),
            "jumps": counter + 10**9,
        }
        counter = steps[what]
        told = None if is_failed else counter % wraps if wraps else counter
        found.append(Sample("a", time * SECOND, told, power, load))
    return draw(st.permutations(found))


some_rows = st.one_of(st.lists(rows, max_size=24), _recorded())
some_sessions = st.lists(session, max_size=4)
windows = st.one_of(st.none(), st.tuples(times, times))
limits = st.one_of(st.none(), st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from([0, 100, 1_000, 30_000])))
ranges = st.one_of(st.none(), st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from([5_000, 40_000])))
gaps = st.sampled_from([0.0, 1.0, 3.0, 5.0, 100.0, math.inf])


options = st.fixed_dictionaries(
    {
        "max_gap_seconds": gaps,
        "window_ns": windows,
        "power_limits_mw": limits,
        "counter_ranges_mj": ranges,
    }
)


@settings(max_examples=600, deadline=None)
@given(some_rows, some_sessions, options)
def test_the_fast_account_is_the_slow_one(
    samples: Sequence[Sample], sessions: Sequence[Session], given: dict[str, Any]
) -> None:
    fast = account(samples, sessions, **given)
    slow = answer(
        [told(one) for one in samples],
        sessions,
        max_gap=given["max_gap_seconds"],
        window=given["window_ns"],
        limits=given["power_limits_mw"],
        ranges=given["counter_ranges_mj"],
    )
    expected: dict[str, Any] = {
        "joules": slow.joules,
        "joules_by_device": slow.by_device,
        "joules_by_method": slow.by_method,
        "coverage": Fraction(slow.covered, slow.seconds) if slow.seconds else 0,
        "seconds": slow.seconds,
        "idle_joules": slow.idle_joules,
        "idle_seconds": slow.idle_seconds,
        "is_lower_bound": slow.is_lower_bound,
        "resets": slow.resets,
        "implausible": slow.implausible,
        "ambiguous": slow.ambiguous,
    }
    for name, value in expected.items():
        assert getattr(fast, name) == near(value), name
    assert (fast.kwh is None) == (slow.joules is None)


@settings(max_examples=400, deadline=None)
@given(some_rows, some_sessions, gaps)
def test_curves_and_sides_are_those_of_the_slow_account(
    samples: Sequence[Sample], sessions: Sequence[Session], gap: float
) -> None:
    own = [replace(one, device="a", utilization_percent=None) for one in samples]
    slow = answer(own, sessions, max_gap=gap)
    pieces = pieces_of(own, sessions, gap)
    assert side_by_side(pieces) == near(slow.sides)
    clock = np.array([one.time_ns for one in own], np.int64)
    drawn = curve(pieces, clock, clock + 10**18)
    assert (drawn is None) == (slow.joules is None)
    if drawn is not None:
        moments = np.arange(len(slow.until)) * SECOND + 10**18
        assert joules_at(drawn, moments) == near([float(value) for value in slow.until])


@settings(max_examples=300, deadline=None)
@given(some_rows, some_sessions, st.lists(times, max_size=3))
def test_splitting_a_window_adds_up(samples: Sequence[Sample], sessions: Sequence[Session], cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), MOST * SECOND]
    whole = account(samples, sessions, window_ns=(0, MOST * SECOND))
    parts = [account(samples, sessions, window_ns=(start, end)) for start, end in pairwise(edges)]
    together = combine(parts)
    for name in ("joules", "coverage", "seconds", "idle_joules", "idle_seconds", "is_lower_bound"):
        assert getattr(together, name) == near(getattr(whole, name)), name
    assert together.joules_by_method == near(whole.joules_by_method)
    assert together.joules_by_device == near(whole.joules_by_device)


@settings(deadline=None)
@given(some_rows, some_sessions, st.randoms(use_true_random=False))
def test_shuffled_rows_change_no_bit(samples: list[Sample], sessions: list[Session], random: Any) -> None:
    before = account(samples, sessions)
    random.shuffle(samples)
    random.shuffle(sessions)
    assert account(samples, sessions) == before
    assert account(iter(samples + samples), iter(sessions + sessions)) == before


@settings(deadline=None)
@given(st.data())
def test_merging_ranks_never_exceeds_the_counter_of_the_hardware(data: st.DataObject) -> None:
    drawn = np.array(data.draw(st.lists(st.integers(0, 500_000), min_size=MOST, max_size=MOST)))
    counter = np.append(0, np.cumsum(drawn)) + 10**12
    ranks = data.draw(st.lists(st.lists(st.integers(0, MOST), max_size=12), min_size=1, max_size=6))
    samples = [Sample("gpu", t * SECOND, int(counter[t]), 9**9) for own in ranks for t in own]
    sessions = [Session(min(own) * SECOND, max(own) * SECOND) for own in ranks if own]
    found = account(samples, sessions)
    seen = {one.time_ns // SECOND for one in samples}
    assert (found.joules or 0) <= (counter[-1] - counter[0]) / 1e3 * (1 + 1e-12)
    if len(seen) > 1:
        assert found.joules_by_method.keys() <= {"counter"}
        whole = account(samples, [Session(min(seen) * SECOND, max(seen) * SECOND)])
        assert whole.joules == near((counter[max(seen)] - counter[min(seen)]) / 1e3)


@settings(deadline=None)
@given(st.data())
def test_ranks_that_read_late_never_exceed_the_counter_of_the_hardware(data: st.DataObject) -> None:
    # Power changes each tenth of a second, up to the limit; each of four ranks reads up to a second after its moment.
    drawn = np.array(data.draw(st.lists(st.integers(0, 70_000), min_size=150, max_size=150)))
    counter = np.append(0, np.cumsum(drawn)) + 10**10
    moments = data.draw(st.lists(st.tuples(st.integers(0, 140), st.integers(0, 10)), min_size=2, max_size=60))
    samples = [Sample("gpu", t * SECOND // 10, int(counter[t + late])) for t, late in moments]
    found = account(samples, [Session(0, 15 * SECOND)], power_limits_mw={"gpu": 700_000})
    assert found.resets == 0
    assert (found.joules or 0) <= (counter[-1] - counter[0]) / 1e3


@settings(deadline=None)
@given(some_rows, some_sessions, session)
def test_one_session_more_never_lowers(samples: list[Sample], sessions: list[Session], another: Session) -> None:
    before, after = account(samples, sessions), account(samples, [*sessions, another])
    assert after.seconds >= before.seconds
    assert (after.joules or 0) >= (before.joules or 0) * (1 - 1e-12)
    assert after.resets >= before.resets
    assert (before.joules is None) or (after.joules is not None)


@settings(deadline=None)
@given(some_rows, some_sessions, options)
def test_no_amount_is_negative_and_no_share_beyond_1(
    samples: list[Sample], sessions: list[Session], given: dict[str, Any]
) -> None:
    found = account(samples, sessions, **given)
    amounts = [found.joules or 0, found.idle_joules, *found.joules_by_device.values()]
    assert all(amount >= 0 for amount in [*amounts, *found.joules_by_method.values()])
    assert 0 <= found.coverage <= 1
    assert 0 <= found.idle_seconds <= found.seconds + 1e-9
    assert found.idle_joules <= (found.joules or 0) * (1 + 1e-12)
    assert sum(found.joules_by_method.values()) == near(found.joules or 0)
    assert sum(found.joules_by_device.values()) == near(found.joules or 0)


@settings(deadline=None)
@given(some_rows, some_sessions)
def test_the_accounts_of_devices_combine_to_the_account_of_all(samples: list[Sample], sessions: list[Session]) -> None:
    apart = [
        account([one for one in samples if one.device == device], sessions)
        for device in sorted({one.device for one in samples})
    ]
    assert combine(apart) == account(samples, sessions)


@settings(deadline=None)
@given(some_rows, some_sessions, gaps, st.integers(0, 50), st.lists(st.integers(-40, 40), min_size=24, max_size=24))
def test_curves_never_fall_and_end_with_the_total_whatever_the_wall_clock_does(
    samples: list[Sample], sessions: list[Session], gap: float, count: int, jumps: list[int]
) -> None:
    curves, accounts = [], []
    for device in ("a", "b"):
        own = [(one, jump) for one, jump in zip(samples, jumps, strict=False) if one.device == device]
        pieces = pieces_of([one for one, _ in own], sessions, gap)
        clock = np.array([one.time_ns for one, _ in own], np.int64)
        wall = clock + 10**18 + np.array([jump * SECOND for _, jump in own], np.int64)
        drawn = curve(pieces, clock, wall)
        accounts.append(account_pieces({device: pieces}))
        if drawn is None:
            assert accounts[-1].joules is None
            continue
        curves.append(drawn)
        assert (np.diff(drawn.time_ns) > 0).all()
        assert (np.diff(drawn.joules) >= 0).all()
        assert drawn.joules[0] == 0
        assert drawn.joules[-1] == near(accounts[-1].joules)
    together = add(curves)
    if together is None:
        assert combine(accounts).joules is None
        return
    total = combine(accounts).joules
    for one in (together, reduced(together, count)):
        assert (np.diff(one.time_ns) > 0).all()
        assert (np.diff(one.joules) >= -1e-9 * (total or 1)).all()
        assert one.joules[-1] == near(total)
    assert len(reduced(together, count).time_ns) <= max(2, count)
    middles, watts = mean_power(together, count)
    assert len(middles) == len(watts) == count
    assert (watts[np.isfinite(watts)] >= -1e-9).all()


def told(sample: Sample) -> Sample:
    """The sample with None where its utilization is NaN."""
    is_read = sample.utilization_percent is not None and not math.isnan(sample.utilization_percent)
    return sample if is_read else replace(sample, utilization_percent=None)


def pieces_of(samples: Sequence[Sample], sessions: Sequence[Session], gap: float) -> Pieces:
    def column(name: str, missing: float) -> list[Any]:
        return [missing if getattr(one, name) is None else getattr(one, name) for one in samples]

    return device_pieces(
        np.array(column("time_ns", 0), np.int64),
        np.array(column("counter_mj", NONE), np.int64),
        np.array(column("power_mw", NONE), np.int64),
        np.array(column("utilization_percent", math.nan), np.float64),
        sessions,
        max_gap_seconds=gap,
    )


def near(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {name: near(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return pytest.approx(type(value)(float(one) for one in value), rel=1e-9, abs=1e-6)
    return pytest.approx(float(value), rel=1e-9, abs=1e-9)


def test_an_account_is_what_its_type_says() -> None:
    found = account([], [])
    assert found == EnergyAccount(joules=None, kwh=None, coverage=0.0, resets=0)
