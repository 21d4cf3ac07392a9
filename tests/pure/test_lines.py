from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.shared import run_series
from trackio.grammar import View, parse
from trackio.lines import colours, groups_of, lines


def runs(count: int, **more: Any) -> list[Any]:
    return [run_series({"run_id": f"r{k}", "order": k, "y": [1.0 + k, 2.0, 3.0], **more}) for k in range(count)]


def test_a_run_has_one_colour_whatever_else_is_drawn() -> None:
    all_runs = runs(8)
    before = {line.key: line.color for line in lines(all_runs, View())}
    after = {line.key: line.color for line in lines(all_runs[3:6], View())}
    assert after == {key: before[key] for key in after}


@given(st.lists(st.integers(0, 1000), max_size=40, unique=True))
def test_a_line_is_in_its_own_colour_or_grey_when_there_are_many(wishes: list[int]) -> None:
    dealt = colours(wishes)
    shown = [color for color in dealt if color >= 0]
    assert len(set(shown)) == len(shown)
    if len(wishes) <= 10:
        assert -1 not in dealt
    else:
        assert all(color in (wish % 10, -1) for wish, color in zip(wishes, dealt, strict=True))


def test_zooming_takes_no_colour_away() -> None:
    short = run_series({"run_id": "short", "order": 10, "y": [1.0, 2.0]})
    long = run_series({"run_id": "long", "order": 20, "y": [1.0] * 9})
    whole = {line.key: line.color for line in lines([short, long], View())}
    (zoomed,) = lines([short, long], View(xmin=5))
    assert zoomed.color == whole["long"] != whole["short"]


def test_a_group_has_one_colour_on_every_chart() -> None:
    all_runs = [run_series({"run_id": f"r{k}", "order": k, "group": f"g{k % 3}", "y": [1.0]}) for k in range(12)]
    groups = groups_of(all_runs)
    seeds = [run for run in all_runs if run.group == "g2"]
    (alone,) = lines(seeds, View(groupby="group"), groups=groups)
    assert alone.color == 2


def test_many_runs_are_drawn_by_group_when_that_helps() -> None:
    seeds = [run_series({"run_id": f"r{k}", "order": k, "group": f"g{k % 3}", "y": [1.0]}) for k in range(12)]
    assert [line.key for line in lines(seeds, View())] == ["group:g0", "group:g1", "group:g2"]
    assert len(lines(seeds[:10], View())) == 10
    assert len(lines(seeds, View(groupby="none"))) == 12
    alone = [run_series({"run_id": f"r{k}", "order": k, "group": f"g{k}", "y": [1.0]}) for k in range(12)]
    assert len(lines(alone, View())) == 12


def test_smoothing_sees_what_the_window_cuts() -> None:
    values = np.random.default_rng(1).normal(size=200).tolist()
    (whole,) = lines([run_series({"run_id": "a", "y": values})], View(smoothing=21))
    (cut,) = lines([run_series({"run_id": "a", "y": values})], View(smoothing=21, xmin=90, xmax=110))
    inside = slice(cut.first, cut.last)
    assert cut.x[inside].tolist() == list(range(90, 111))
    np.testing.assert_array_equal(cut.y[inside], whole.y[90:111])


def test_lines_run_to_the_edge_of_the_window() -> None:
    (line,) = lines(
        [run_series({"run_id": "a", "step": [0, 100, 200], "y": [1.0, 2.0, 3.0]})], View(xmin=120, xmax=180)
    )
    assert (line.x.tolist(), line.first, line.last, line.count) == ([100.0, 200.0], 1, 1, 0)


def test_reduction_keeps_spikes_and_says_how_many_points_there_were() -> None:
    values = [0.0] * 100_000
    values[54_321], values[77_777] = 9.0, -9.0
    (line,) = lines([run_series({"run_id": "a", "y": values})], View())
    assert len(line.x) <= 402
    assert line.count == 100_000
    assert {54_321.0, 77_777.0} <= set(line.x.tolist())


def test_bands_keep_the_spikes_of_single_runs() -> None:
    seeds = [{"run_id": f"{k}", "group": "g", "y": [0.0] * 5000} for k in range(3)]
    seeds[1]["y"][2500] = 99.0  # type: ignore[index]
    (line,) = lines([run_series(seed) for seed in seeds], View(groupby="group"))
    assert line.hi is not None
    assert line.hi.max() == 99.0


@pytest.mark.parametrize(("query", "dropped"), [("yscale=log", 2), ("xscale=log", 1), ("xscale=log&yscale=log", 2)])
def test_what_a_log_axis_cannot_show_is_counted(query: str, dropped: int) -> None:
    (line,) = lines([run_series({"run_id": "a", "y": [-1.0, 0.0, 2.0, math.nan, 3.0]})], parse(query)[0])
    assert line.dropped == dropped


def test_the_last_value_is_the_last_finite_one_in_the_window() -> None:
    (line,) = lines([run_series({"run_id": "a", "y": [1.0, 2.0, 3.0, math.nan, 5.0]})], View(xmax=3))
    assert line.last_value == 3.0


@given(
    st.lists(st.lists(st.floats(width=32), max_size=30), max_size=4),
    st.sampled_from(
        ["", "smoothing=3", "smoothing=.9", "groupby=group", "x=time", "x=nope", "xmin=3&xmax=9", "yscale=log"]
    ),
    st.sampled_from(["", "&band=std", "&band=ci95", "&xscale=log", "&groupby=group&smoothing=5"]),
)
def test_any_values_have_lines_of_arrays_of_one_length(runs: list[list[float]], first: str, second: str) -> None:
    series = [run_series({"run_id": f"{k}", "order": k, "group": "g", "y": y}) for k, y in enumerate(runs)]
    for line in lines(series, parse(first + second)[0], budget=8):
        arrays = [a for a in (line.x, line.y, line.lo, line.hi, line.raw) if a is not None]
        assert {len(a) for a in arrays} == {len(line.x)}
        assert (np.diff(line.x) >= 0).all()
        assert 0 <= line.first <= line.last <= len(line.x)
