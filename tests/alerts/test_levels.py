"""Levels of alerts: their order, their names, and alerts that are kept back."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

import trackio
from trackio.alerts.levels import AlertLevel, Gate, level, seconds
from trackio.errors import UsageError

ORDER = ["INFO", "WARN", "ERROR"]


@pytest.mark.parametrize(("one", "other"), list(product(ORDER, ORDER)))
def test_levels_are_ordered_by_how_grave_they_are(one: str, other: str) -> None:
    mine, theirs = AlertLevel(one), AlertLevel(other)
    places = ORDER.index(one), ORDER.index(other)
    assert (mine < theirs, mine <= theirs) == (places[0] < places[1], places[0] <= places[1])
    assert (mine > theirs, mine >= theirs) == (places[0] > places[1], places[0] >= places[1])
    assert (mine < other.lower(), mine >= other.lower()) == (places[0] < places[1], places[0] >= places[1])
    assert (mine == theirs) == (one == other)


def test_levels_sort_and_have_a_greatest() -> None:
    assert sorted([AlertLevel.ERROR, AlertLevel.INFO, AlertLevel.WARN]) == list(AlertLevel)
    assert max(AlertLevel) is AlertLevel.ERROR
    assert trackio.AlertLevel is AlertLevel


@pytest.mark.parametrize("word", ["warn", "WARN", "Warning", " warn ", AlertLevel.WARN, None])
def test_a_level_is_meant_in_any_case_of_letters(word: str | None) -> None:
    assert level(word) is AlertLevel.WARN


@pytest.mark.parametrize("word", ["loud", "", 3])
def test_a_level_that_is_none_says_what_there_is(word: str) -> None:
    with pytest.raises(UsageError, match=r"webhook_min_level=.* is unknown. Use 'INFO', 'WARN' or 'ERROR'"):
        level(word, "webhook_min_level")


def test_waits_are_seconds_or_spans_of_time() -> None:
    assert (seconds(None), seconds(1.5), seconds("2"), seconds(timedelta(minutes=1))) == (0.0, 1.5, 2.0, 60.0)  # type: ignore[arg-type]


def test_a_title_without_a_wait_takes_no_memory() -> None:
    gate = Gate()
    assert all(gate.opens(f"title {number}", 0) for number in range(100))
    assert vars(gate) == {"_until": {}}
    assert (gate.opens("same", 60), gate.opens("same", 60), gate.opens("other", 60)) == (True, False, True)
