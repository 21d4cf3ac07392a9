"""Numbers in few characters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.cards import results
from trackio.cli import text
from trackio.numerals import rounded, short
from trackio.report import words
from trackio.scales import number_label

NUMBERS = [
    (2.5e-6, "2.5e-6"),
    (-2.5e-6, "-2.5e-6"),
    (0.0001, "0.0001"),
    (1e6, "1e6"),
    (123456.0, "123456"),
    (1.5e300, "1.5e300"),
    (5e-324, "4.94066e-324"),
    (0.0, "0"),
]


@pytest.mark.parametrize(("value", "expected"), NUMBERS)
def test_powers_of_ten_have_no_idle_signs(value: float, expected: str) -> None:
    assert short(value) == words.number(value) == text.number(value) == results.number(value) == expected


@pytest.mark.parametrize(
    ("value", "figures", "expected"),
    [(254.0, 2, "250"), (1234.5, 3, "1230"), (33.33, 2, "33"), (1.26e-6, 2, "1.3e-6"), (12345678.0, 3, "1.23e7")],
)
def test_few_figures_need_no_power_of_ten(value: float, figures: int, expected: str) -> None:
    assert rounded(value, figures) == expected


def test_what_a_limit_says_is_told_with_all_its_digits() -> None:
    assert (short(2.5e-6, ",.12g"), short(1234567.5, ",.12g")) == ("2.5e-6", "1,234,567.5")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_pages_and_charts_write_powers_of_ten_alike(value: float) -> None:
    assert float(short(value, ".17g")) == value
    for found in (short(value), number_label(value)):
        assert re.fullmatch(r"[-\u2212]?[\d.,]+(e-?[1-9]\d*)?", found)
