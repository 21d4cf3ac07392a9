"""What energy stands for: the table of grids, prices, and what a project keeps."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trackio.energy
from trackio.energy.assumptions import KEYS, changed, from_settings, to_settings
from trackio.energy.carbon import emissions_grams, footprint, intensity, locations, parse_price
from trackio.energy.statement import Assumptions, Intensity, Price
from trackio.errors import NotFound, UnknownLocation, UsageError

TABLE = Path(trackio.energy.__file__).with_name("intensity.csv")
NOTICE = (Path(__file__).parents[2] / "NOTICE").read_text("utf-8")


def test_grams_are_energy_times_pue_times_intensity() -> None:
    assert emissions_grams(1.25, intensity_g_per_kwh=44.2) == pytest.approx(55.25)
    assert emissions_grams(1.25, intensity_g_per_kwh=44.2, pue=1.2) == pytest.approx(66.3)
    assert emissions_grams(0.0, intensity_g_per_kwh=0.0) == 0.0


@pytest.mark.parametrize(
    ("kwh", "grid", "pue", "said"),
    [
        (-1.0, 44.2, 1.0, "kwh=-1.0 must be a number from 0 on."),
        (1.0, -44.2, 1.0, "intensity_g_per_kwh=-44.2 must"),
        (1.0, 44.2, 0.9, "pue=0.9 must be a number from 1 on."),
        (math.nan, 44.2, 1.0, "kwh=nan must"),
        (1.0, math.inf, 1.0, "intensity_g_per_kwh=inf must"),
    ],
)
def test_what_cannot_be_is_no_emission(kwh: float, grid: float, pue: float, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        emissions_grams(kwh, intensity_g_per_kwh=grid, pue=pue)


def test_every_row_has_a_number_a_year_a_source_and_a_licence() -> None:
    rows = list(csv.DictReader(TABLE.read_text("utf-8").splitlines()))
    assert len(rows) == len(locations()) > 200
    for row in rows:
        assert re.fullmatch(r"[A-Z]{3}|WORLD", row["code"])
        assert re.fullmatch(r"[A-Z]{2}", row["alpha2"]) or row["code"] == "WORLD"
        assert 10 < float(row["grams_per_kwh"]) < 1500
        assert 2020 <= int(row["year"]) <= 2024
        assert row["name"]
        assert row["source"]
        assert row["licence"] == "CC BY 4.0"
    for column in ("code", "alpha2", "name"):
        assert len({row[column] for row in rows}) == len(rows)


def test_the_notice_attributes_the_table() -> None:
    assert "trackio/energy/intensity.csv" in NOTICE
    for word in ("Our World in Data", "Ember (2025)", "CC BY 4.0"):
        assert word in NOTICE


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("FRA", "FRA"),
        ("fr", "FRA"),
        ("France", "FRA"),
        (" france ", "FRA"),
        ("The Netherlands", "NLD"),
        ("UK", "GBR"),
        ("Great Britain", "GBR"),
        ("USA", "USA"),
        ("United States of America", "USA"),
        ("Côte d\N{RIGHT SINGLE QUOTATION MARK}Ivoire", "CIV"),
        ("Türkiye", "TUR"),
        ("NO", "NOR"),
        ("NA", "NAM"),
        ("world", "WORLD"),
    ],
)
def test_a_place_is_found_by_code_and_by_name(place: str, code: str) -> None:
    assert intensity(place).location == code


def test_the_numbers_are_those_that_were_published() -> None:
    found = intensity("FRA")
    assert (found.grams_per_kwh, found.year, found.name) == (44.18, 2024, "France")
    assert (intensity("WORLD").grams_per_kwh, intensity("WORLD").year) == (473.05, 2024)


def test_an_unknown_place_names_the_nearest_and_the_way_out() -> None:
    with pytest.raises(UnknownLocation, match=re.escape("No country named 'Frnace'")) as told:
        intensity("Frnace")
    assert "Nearest: France." in str(told.value)
    assert "--grid-intensity 44.2" in str(told.value)
    assert isinstance(told.value, NotFound)


@pytest.mark.parametrize("place", ["", "   ", "none", "ZZZ", "EU", "\x1b[31m", "x" * 1000])
def test_what_is_no_place_has_no_number(place: str) -> None:
    with pytest.raises(UnknownLocation):
        intensity(place)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("0.25/kWh", Price(0.25)),
        ("0.25", Price(0.25)),
        ("0.25 EUR/kWh", Price(0.25, "EUR")),
        ("0.25eur per kwh", Price(0.25, "EUR")),
        ("$0.3/kWh", Price(0.3, "USD")),
        ("CHF 0.2", Price(0.2, "CHF")),
        ("1e-05 EUR/kWh", Price(1e-05, "EUR")),
        ("0", Price(0.0)),
    ],
)
def test_a_price(text: str, price: Price) -> None:
    assert parse_price(text) == price


@pytest.mark.parametrize("text", ["", "cheap", "-1", "0,25", "nan", "1e999", "1/MWh", "EUR 1 EUR", "1 EURO"])
def test_what_is_no_price_shows_one(text: str) -> None:
    with pytest.raises(UsageError, match=re.escape("Write it as 0.25/kWh")):
        parse_price(text)


def test_a_footprint_counts_what_the_building_adds_and_says_nothing_without_assumptions() -> None:
    full = footprint(2.0, Assumptions(intensity("FRA"), pue=1.5, price=Price(0.25, "EUR")))
    assert full.kwh == 2.0
    assert full.grams == pytest.approx(132.54)
    assert full.cost == pytest.approx(0.75)
    bare = footprint(2.0, Assumptions())
    assert (bare.grams, bare.cost) == (None, None)


def test_a_number_goes_before_the_table_and_the_place_names_it() -> None:
    found = changed({}, {"location": "FRA", "grid_intensity": "44.2", "pue": "1.2", "price": "0.25/kWh"})
    assert found == Assumptions(Intensity(44.2, name="France"), pue=1.2, price=Price(0.25))
    assert changed({}, {"location": "our hall", "grid_intensity": 12.0}).intensity == Intensity(12.0, name="our hall")


def test_a_place_given_later_takes_an_earlier_number_back() -> None:
    kept = {"location": "our hall", "grid_intensity": 12.0}
    assert changed(kept, {"location": "DEU"}).intensity == intensity("DEU")
    assert changed({"location": "FRA"}, {"grid_intensity": 12.0}).intensity == Intensity(12.0, name="France")


@pytest.mark.parametrize("key", KEYS)
def test_none_takes_one_back_and_leaves_the_others(key: str) -> None:
    kept = {"location": "France", "grid_intensity": 44.2, "pue": 1.2, "price": "0.25 EUR/kWh", "cpu_watts": 90.0}
    found = to_settings(changed(kept, {key: "none"}))
    expected = {**kept, key: None}
    # Without the number the place means the table's.
    assert found == expected | ({"location": "FRA"} if key == "grid_intensity" else {})


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("pue", "0.9", "--pue takes what the building uses"),
        ("pue", "nan", "not 'nan'"),
        ("pue", math.inf, "not inf"),
        ("grid_intensity", "-1", "--grid-intensity takes grams of CO2e per kWh"),
        ("grid_intensity", "44 g", "not '44 g'"),
        ("cpu_watts", "lots", "--cpu-watts takes the watts"),
        ("price", "dear", "'dear' is no price"),
        ("price", -1.0, "--price takes a price of a kWh"),
        ("location", "", "--location takes a country's code or name"),
        ("location", "a\nb", "--location takes"),
        ("location", "x" * 101, "--location takes"),
        ("pue", True, "not True"),
    ],
)
def test_what_cannot_be_meant_is_told_by_its_option(key: str, value: str | float, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        changed({}, {key: value})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"pue": "0.5", "price": [1], "cpu_watts": True, "grid_intensity": "?"},
        {"location": "our hall"},
        {"pue": None},
    ],
)
def test_kept_values_that_cannot_be_right_count_as_not_given(settings: dict[str, object]) -> None:
    assert from_settings(settings) == Assumptions()


@given(
    location=st.none() | st.sampled_from([one.location for one in locations()]) | st.just("our hall"),
    grid=st.none() | st.floats(0, 1e6),
    pue=st.floats(1, 100),
    price=st.none() | st.builds(Price, st.floats(0, 1e6), st.sampled_from(["", "EUR"])),
    watts=st.none() | st.floats(0, 1e6),
)
def test_what_is_kept_reads_back_the_same(
    location: str | None, grid: float | None, pue: float, price: Price | None, watts: float | None
) -> None:
    if location == "our hall" and grid is None:
        grid = 10.0
    found = changed({}, {"location": location, "grid_intensity": grid, "pue": pue, "cpu_watts": watts})
    said = to_settings(Assumptions(found.intensity, found.pue, price, found.cpu_watts))
    assert to_settings(from_settings(said)) == said
    assert from_settings(said).price == price
