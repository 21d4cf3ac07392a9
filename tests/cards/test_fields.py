"""The metadata of a card, as YAML and as the Hub's client reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from tests.cards import made
from tests.energy.recorded import H200, Recorded, steady
from trackio.cards import merge, metadata, section, yaml_block
from trackio.cards.fields import written
from trackio.energy.carbon import intensity
from trackio.energy.statement import Assumptions, Intensity
from trackio.store.project import ProjectStore


@pytest.fixture
def store(tmp_path: Path) -> ProjectStore:
    return made.project(tmp_path)


def emissions(store: ProjectStore, **options: Any) -> Any:
    made.measured(store)
    return metadata(made.card(store, **options)).get("co2_eq_emissions")


def test_emissions_are_grams_with_all_that_the_hub_asks_for(store: ProjectStore) -> None:
    assert emissions(store, training_type="fine-tuning") == {
        "emissions": 11.4868,
        "source": "trackio 0.50.0: measured by the devices' energy counters; DRAM not measured; coverage 100 %; "
        "44.2 g CO2e per kWh, France, yearly average of 2024 (Our World in Data, from Ember (2025), CC BY 4.0); "
        "PUE 1.2",
        "training_type": "fine-tuning",
        "geographical_location": "France",
        "hardware_used": "2 x NVIDIA H200, AMD EPYC 9654",
    }


def test_the_tag_is_there_without_any_energy(store: ProjectStore) -> None:
    made.unmeasured(store)
    assert metadata(made.card(store, ["run-2"])) == {"tags": ["trackio"]}


def test_without_a_place_there_are_no_emissions(store: ProjectStore) -> None:
    assert emissions(store, assumptions=Assumptions()) is None


@pytest.mark.parametrize(
    ("grid", "place"),
    [(intensity("WORLD"), None), (Intensity(44.0), None), (Intensity(44.0, name="NO"), "NO")],
)
def test_the_place_is_only_one_that_the_user_named(store: ProjectStore, grid: Intensity, place: str | None) -> None:
    assert emissions(store, assumptions=Assumptions(grid)).get("geographical_location") == place


def test_hardware_in_the_users_words_goes_before_what_was_measured(store: ProjectStore) -> None:
    assert emissions(store, hardware="8 x H200\nSXM")["hardware_used"] == "8 x H200 SXM"


def test_runs_that_were_not_measured_and_lower_bounds_are_in_the_source(store: ProjectStore) -> None:
    rows = [(0.0, 9000.0, None, None), (30.0, 800.0, None, None), (40.0, 3200.0, None, None)]
    Recorded(store, "run-1").session([(H200, rows)]).log(1, train__loss=1.0).write()
    made.unmeasured(store)
    source = metadata(made.card(store, ["run-1", "run-2"]))["co2_eq_emissions"]["source"]
    assert "; CPU, DRAM not measured; coverage 25 %; a lower bound; 1 of 2 runs; " in source


@pytest.mark.parametrize(("watts", "is_stated"), [(0.000_1, False), (0.01, True)])
def test_less_than_a_ten_thousandth_of_a_gram_is_left_out(store: ProjectStore, watts: float, is_stated: bool) -> None:
    Recorded(store, "run-1").session([(H200, steady(1000, watts))]).log(1, train__loss=1.0).write()
    assert ("co2_eq_emissions" in metadata(made.card(store))) == is_stated


def test_a_country_whose_code_is_a_word_of_yaml_stays_a_text() -> None:
    assert yaml.safe_load(yaml_block(made.METADATA)) == made.METADATA
    assert 'geographical_location: "NO"\n' in yaml_block(made.METADATA)


@pytest.mark.parametrize(
    "value", [1e-4, 4.7e-4, 0.1, 1.0, 12.1, 123_456.0, 1e16, 2**53 + 0.0, 123456789.123456], ids=repr
)
def test_numbers_are_written_without_an_exponent_and_read_back_the_same(value: float) -> None:
    text = written(value)
    assert re.fullmatch(r"\d+(\.\d+)?", text)
    assert yaml.safe_load(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "1e3",
        "a: b # c",
        'quotes " and \\',
        "",
        "x" * 500,
        "two\nlines\t\x00\x7f\x85",
        "🤗 é",
        "\ud800",
        "- a",
        "null",
    ],
    ids=repr,
)
def test_texts_are_one_line_and_read_back_the_same(text: str) -> None:
    assert written(text).count("\n") == 0
    assert yaml.safe_load(f"a: {written(text)}\n") == {"a": text}


@pytest.mark.parametrize(
    "readme",
    [
        "",
        "# Model\n",
        "---\nlicense: mit\ntags: [vision]\nco2_eq_emissions: 3\nmodel-index: []\n---\n# Model\n",
        "---\r\n# {}\r\n{}\r\n---\r\n\r\n# Model",
    ],
)
def test_the_hubs_client_reads_the_card_and_gives_back_the_same(store: ProjectStore, readme: str) -> None:
    made.measured(store)
    card = made.card(store, training_type="pre-training")
    text = merge(readme, section(card), metadata(card))
    found = ModelCard(text)
    assert found.data["co2_eq_emissions"] == metadata(card)["co2_eq_emissions"]
    assert "trackio" in found.data["tags"]
    assert found.text.replace("\r\n", "\n").count(section(card)) == 1
    again = ModelCard(str(found))
    assert again.data.to_dict() == found.data.to_dict()
    # What the client writes itself, without quotes, is taken as well.
    back = ModelCard(merge(str(found), section(card), metadata(card)))
    assert (back.data.to_dict(), back.text) == (found.data.to_dict(), found.text)
