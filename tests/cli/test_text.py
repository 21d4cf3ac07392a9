"""Text and JSON for terminals and programs."""

from __future__ import annotations

import math

import pytest

from trackio.cli.text import ago, number, plain, size
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
