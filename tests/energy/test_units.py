"""Amounts in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.energy import units


@pytest.mark.parametrize(
    ("joules", "text"),
    [
        (18_000, "5.00 Wh"),
        (3_600_000, "1.00 kWh"),
        (3_599_900, "1.00 kWh"),
        (3_590_000, "997 Wh"),
        (4_500_000, "1.25 kWh"),
        (1_234_567_890, "343 kWh"),
        (3.6e9, "1,000 kWh"),
        (1.234e11, "34.3 MWh"),
        (3.5, "0.972 mWh"),
        (0, "0 mWh"),
        (None, "not measured"),
    ],
)
def test_energy_has_three_figures_and_watt_hours_below_a_kilowatt_hour(joules: float | None, text: str) -> None:
    assert units.energy(joules) == text


def test_a_table_has_one_unit() -> None:
    unit = units.energy_unit([3_600_000, 1_000, None, math.nan])
    assert unit == "kWh"
    assert [units.energy(value, unit=unit) for value in (3_600_000, 1_000)] == ["1.00 kWh", "0.000278 kWh"]
    assert units.energy_unit([]) == units.energy_unit([None]) == "mWh"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (units.power(412.3), "412 W"),
        (units.power(5_612), "5.61 kW"),
        (units.power(0), "0 W"),
        (units.carbon(0.4), "400 mg"),
        (units.carbon(1_340), "1.34 kg"),
        (units.carbon(2.5e6), "2.50 t"),
        (units.per(2_310, "step"), "2.31 kJ per step"),
        (units.per(0.00071, "token"), "0.710 mJ per token"),
        (units.money(0.3125, "EUR"), "0.31 EUR"),
        (units.money(0.00123), "0.0012"),
        (units.money(12_345.6, "USD"), "12,345.60 USD"),
        (units.percent(1), "100 %"),
        (units.percent(0.9996), "99.9 %"),
        (units.percent(0.97), "97 %"),
        (units.percent(0.001), "less than 1 %"),
        (units.percent(0), "0 %"),
        (units.figures(math.inf), "infinite"),
        (units.figures(0.000123456), "0.000123"),
        (units.figures(-12_345), "-12,300"),
    ],
)
def test_amounts_in_words(text: str, expected: str) -> None:
    assert text == expected


@given(st.floats(min_value=1e-9, max_value=1e15))
def test_figures_never_stray_by_more_than_half_of_the_last_one(value: float) -> None:
    text = units.figures(value).replace(",", "")
    assert "e" not in text
    assert float(text) == pytest.approx(value, rel=0.0051)
