"""Statements of energy in the forms that others read, held to the others' own definitions of them."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from tests.energy.recorded import BOOT, H200, PACKAGE, Recorded, steady
from trackio.consumption import project_energy
from trackio.energy.assumptions import changed
from trackio.energy.formats import codecarbon, cyclonedx, eu, objects
from trackio.energy.formats.subject import Subject, Target
from trackio.energy.gates import Limits, Verdict, verdicts
from trackio.errors import UsageError
from trackio.store.home import Home
from trackio.store.project import ProjectStore

SECOND: Mapping[str, Any] = {**H200, "id": "GPU-2", "index": 1}
NO_GPU = {"gpu": "no NVIDIA driver was found"}
NO_CPU = {"cpu": "RAPL can be read by root only", "dram": "RAPL can be read by root only"}

# codecarbon 3.3.2, output_methods/emissions_data.py: the fields of EmissionsData in order.
CODECARBON = (
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,"
    "cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,region,"
    "cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,"
    "longitude,latitude,ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,"
    "ram_utilization_percent,ram_used_gb,on_cloud,pue,wue"
)


@pytest.fixture
def store(tmp_path: Path) -> ProjectStore:
    return Home(tmp_path).create("speed")


def subject(store: ProjectStore, *runs: str, target: Target | None = None, **given: str) -> Subject:
    """What a command would state of runs, all of them when none is named."""
    records = tuple(record for record in store.runs() if not runs or record.name in runs)
    energy = project_energy(store, [record.id for record in records])
    return Subject(store.name, records, energy, changed({}, given), target)


def two_gpus(store: ProjectStore, name: str = "heron") -> None:
    Recorded(store, name).session(
        [(H200, steady(3600, 650, every=60)), (SECOND, steady(3600, 600, every=60))], missing=NO_CPU
    ).write()


def unmeasured(store: ProjectStore, name: str = "crow") -> None:
    Recorded(store, name).session([], start=0, end=10, missing=NO_GPU | NO_CPU).log(1, loss=1.0).write()


def of_old(store: ProjectStore, name: str = "old") -> None:
    Recorded(store, name).log(1, loss=1.0).write()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


class TestCodecarbon:
    def test_the_columns_are_its_own_in_its_order(self) -> None:
        assert ",".join(codecarbon.COLUMNS) == CODECARBON

    def test_amounts_are_in_its_units_with_the_pue_in_them(self, store: ProjectStore) -> None:
        two_gpus(store)
        [row] = rows(codecarbon.table(subject(store, location="FRA", pue="1.2")))
        assert float(row["energy_consumed"]) == float(row["gpu_energy"]) == pytest.approx(1.5)
        assert float(row["gpu_power"]) == pytest.approx(1500.0)
        assert float(row["emissions"]) == pytest.approx(1.5 * 44.18 / 1000)
        assert float(row["emissions_rate"]) == pytest.approx(1.5 * 44.18 / 1000 / 3600)
        assert float(row["duration"]) == 3600.0
        assert (row["country_name"], row["country_iso_code"], row["pue"]) == ("France", "FRA", "1.2")
        assert (row["gpu_count"], row["gpu_model"]) == ("2", "2 x NVIDIA H200")
        assert row["timestamp"] == "2025-11-20T13:00:00"

    def test_what_is_not_known_is_empty_and_not_zero(self, store: ProjectStore) -> None:
        two_gpus(store)
        [row] = rows(codecarbon.table(subject(store)))
        for column in ("emissions", "emissions_rate", "cpu_energy", "cpu_power", "ram_energy", "water_consumed", "wue"):
            assert row[column] == ""
        assert (row["country_name"], row["on_cloud"], row["longitude"]) == ("", "", "")

    def test_runs_without_an_amount_have_no_row(self, store: ProjectStore) -> None:
        unmeasured(store)
        of_old(store)
        assert codecarbon.table(subject(store)) == f"{CODECARBON}\n"

    def test_names_with_commas_and_quotes_stay_one_cell(self, tmp_path: Path) -> None:
        odd = Home(tmp_path).create('a, "b"')
        two_gpus(odd)
        [row] = rows(codecarbon.table(subject(odd)))
        assert row["project_name"] == 'a, "b"'


class TestCycloneDX:
    @staticmethod
    def validator() -> Draft7Validator:
        """The schema as CycloneDX publishes it, in its own Python library."""
        folder = files("cyclonedx.schema._res")
        schemas = {
            path.name: json.loads(path.read_text("utf-8"))
            for path in folder.iterdir()
            if path.name.endswith(".schema.json")
        }
        registry: Registry[Any] = Registry().with_resources(
            [(schema["$id"], Resource.from_contents(schema)) for schema in schemas.values() if "$id" in schema]
        )
        return Draft7Validator(schemas["bom-1.6.SNAPSHOT.schema.json"], registry=registry)

    @pytest.mark.parametrize("given", [{}, {"location": "FRA", "pue": "1.2"}, {"grid_intensity": "12", "price": "1"}])
    def test_the_document_is_valid(self, store: ProjectStore, given: dict[str, str]) -> None:
        two_gpus(store)
        unmeasured(store)
        self.validator().validate(cyclonedx.document(subject(store, **given)))

    def test_the_document_is_valid_without_any_amount(self, store: ProjectStore) -> None:
        unmeasured(store)
        document = cyclonedx.document(subject(store, location="FRA"))
        self.validator().validate(document)
        found = self.considerations(document)
        assert "energyConsumptions" not in found
        said = {one["name"]: one["value"] for one in found["properties"]}
        assert said["trackio:energy:not-measured:gpu"] == "no NVIDIA driver was found"

    def test_the_schema_refuses_what_is_wrong(self, store: ProjectStore) -> None:
        two_gpus(store)
        document = cyclonedx.document(subject(store))
        self.considerations(document)["energyConsumptions"][0]["activityEnergyCost"]["unit"] = "Wh"
        assert not self.validator().is_valid(document)

    def test_energy_is_in_kwh_and_carbon_in_tonnes(self, store: ProjectStore) -> None:
        two_gpus(store)
        found = self.considerations(cyclonedx.document(subject(store, location="FRA", pue="1.2")))
        [used] = found["energyConsumptions"]
        assert used["activity"] == "training"
        assert used["activityEnergyCost"]["value"] == pytest.approx(1.5)
        assert used["co2CostEquivalent"]["value"] == pytest.approx(1.5 * 44.18 / 1e6)
        assert used["energyProviders"][0]["energySource"] == "unknown"

    @staticmethod
    def considerations(document: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = document["components"][0]["modelCard"]["considerations"]["environmentalConsiderations"]
        return found


class TestTheFormOfTheEU:
    def test_the_amount_is_in_megawatt_hours_with_two_figures(self, store: ProjectStore) -> None:
        two_gpus(store)
        assert eu.amount(subject(store)) == "0.0013 MWh"
        assert eu.amount(subject(store, pue="1.2")) == "0.0015 MWh"

    @pytest.mark.parametrize(
        ("kwh", "amount"),
        [(0.001, "1.0x10^-6 MWh"), (0.9999, "1.0x10^-3 MWh"), (36_000, "36 MWh"), (123_456, "120 MWh"), (0.0, "0 MWh")],
    )
    def test_small_and_large_amounts(self, store: ProjectStore, kwh: float, amount: str) -> None:
        two_gpus(store)
        found = subject(store)
        account = replace(found.energy.account, kwh=kwh)
        assert eu.amount(replace(found, energy=replace(found.energy, account=account))) == amount

    def test_the_method_says_what_was_measured_and_what_was_not_in_about_100_words(self, store: ProjectStore) -> None:
        two_gpus(store)
        text = eu.entry(subject(store))
        assert "2 x NVIDIA H200" in text
        assert "energy counters" in text
        assert "Not included: processors and memory (RAPL can be read by root only), network" in text
        assert "cooling" in text
        assert "PUE" not in text
        assert 60 <= len(" ".join(eu.method(subject(store))).split()) <= 130

    def test_nothing_used_has_no_share_of_a_source(self, store: ProjectStore) -> None:
        Recorded(store, "still").session([(H200, steady(60, 0))]).write()
        assert eu.amount(subject(store)) == "0 MWh"
        assert "Source: the devices' own sensors, read every second." in eu.method(subject(store))

    def test_a_pue_is_told_with_the_amount_that_was_measured(self, store: ProjectStore) -> None:
        two_gpus(store)
        text = " ".join(eu.method(subject(store, pue="1.2")))
        assert "The measured 0.0013 MWh are multiplied by the data centre's PUE of 1.2." in text
        assert "cooling" not in text

    def test_kinds_that_some_runs_lack_are_told(self, store: ProjectStore) -> None:
        two_gpus(store)
        Recorded(store, "b").session([(PACKAGE, steady(60, 100, first_joules=1e3))]).write()
        unmeasured(store)
        of_old(store)
        text = " ".join(eu.method(subject(store)))
        assert "processors of 1 run (RAPL can be read by root only)" in text
        assert "2 runs without measurements" in text

    def test_nothing_measured_is_not_applicable_and_says_why(self, store: ProjectStore) -> None:
        unmeasured(store)
        text = eu.entry(subject(store))
        assert "Amount of energy used for training\nN/A\n" in text
        assert "GPUs: no NVIDIA driver was found. Processors and memory: RAPL can be read by root only." in text


class TestTheObject:
    def test_every_run_and_the_total_have_the_same_fields(self, store: ProjectStore) -> None:
        two_gpus(store)
        unmeasured(store)
        of_old(store)
        found = objects.statement(subject(store, cpu_watts="90"))
        measured, without, old = found["runs"]
        assert set(measured) == set(without) == set(old)
        assert set(found["total"]) - set(measured) == {"shared_seconds", "shared_kwh", "unmeasured_runs"}
        assert (without["kwh"], without["not_measured"]["gpu"]) == (None, "no NVIDIA driver was found")
        assert (old["kwh"], old["not_measured"], old["mean_watts"], old["seconds"]) == (None, {}, None, None)
        assert found["total"]["unmeasured_runs"] == ["crow", "old"]
        # An estimate stands apart from every amount.
        assert measured["cpu_estimate_kwh"] == pytest.approx(0.09)
        assert measured["kwh"] == found["total"]["kwh"] == pytest.approx(1.25)

    def test_time_that_runs_share_counts_once(self, store: ProjectStore) -> None:
        Recorded(store, "a").session([(H200, steady(60, 400))]).write()
        Recorded(store, "b").session([(H200, steady(60, 400))]).write()
        found = objects.statement(subject(store))
        assert [run["joules"] for run in found["runs"]] == [24_000, 24_000]
        assert found["total"]["joules"] == 24_000
        assert found["total"]["shared_kwh"] * 3.6e6 == pytest.approx(24_000)
        assert found["total"]["shared_seconds"] == pytest.approx(60)

    def test_mean_power_is_of_all_devices_and_pauses_are_no_time(self, store: ProjectStore) -> None:
        other = BOOT.replace("1", "2")
        gpus = [(H200, steady(60, 400)), (SECOND, steady(60, 200))]
        run = Recorded(store, "a").session(gpus).session([(H200, steady(60, 300))], boot=other)
        run.session([(H200, steady(60, 100, start=1000, first_joules=5e6))], boot=BOOT).write()
        # 900 W over the first minute, on two machines at once, then 100 W over another.
        [found] = objects.statement(subject(store))["runs"]
        assert found["joules"] == pytest.approx(60_000)
        assert found["mean_watts"] == pytest.approx(500)

    def test_what_was_assumed_is_told_with_its_source(self, store: ProjectStore) -> None:
        two_gpus(store)
        found = objects.statement(subject(store, location="FRA", price="0.25 EUR/kWh", pue="1.2"))
        assert found["assumptions"] == {
            "location": "FRA",
            "place": "France",
            "grid_g_per_kwh": 44.18,
            "grid_year": 2024,
            "grid_source": "Our World in Data, from Ember (2025)",
            "grid_licence": "CC BY 4.0",
            "pue": 1.2,
            "price_per_kwh": 0.25,
            "currency": "EUR",
            "cpu_watts": None,
        }
        assert found["total"]["co2e_grams"] == pytest.approx(1.5 * 44.18)
        assert found["total"]["cost"] == pytest.approx(0.375)


class TestGates:
    @pytest.mark.parametrize(
        ("limits", "value", "reason"),
        [
            (Limits(kwh=2), 1.25, None),
            (Limits(kwh=1.25), 1.25, None),
            (Limits(kwh=1), 1.25, "The runs used 1.25 kWh, more than 1 kWh."),
            (Limits(kwh=1.2499), 1.25, "The runs used 1.25 kWh, more than 1.2499 kWh."),
            (Limits(grams=60), 66.27, "The runs used 66.3 g CO2e, more than 60 g CO2e."),
            (Limits(grams=100), 66.27, None),
            (Limits(cost=0.3), 0.375, "The runs used 0.375 EUR, more than 0.3 EUR."),
            (Limits(kwh=0), 1.25, "The runs used 1.25 kWh, more than 0 kWh."),
        ],
    )
    def test_a_limit(self, store: ProjectStore, limits: Limits, value: float, reason: str | None) -> None:
        two_gpus(store)
        [found] = verdicts(subject(store, location="FRA", pue="1.2", price="0.25 EUR/kWh"), limits)
        assert found.value == pytest.approx(value)
        assert found.reason == reason

    def test_an_amount_just_over_the_limit_does_not_read_as_the_limit(self, store: ProjectStore) -> None:
        Recorded(store, "a").session([(H200, steady(100, 360.36))]).write()
        [found] = verdicts(subject(store), Limits(kwh=0.01))
        assert found.reason == f"The runs used {found.value!r} kWh, more than 0.01 kWh."

    def test_nothing_measured_fails_and_says_why(self, store: ProjectStore) -> None:
        unmeasured(store)
        [found] = verdicts(subject(store), Limits(kwh=5, min_coverage=0))
        assert found == Verdict("max-kwh", 5, None, found.reason)
        assert found.reason is not None
        assert found.reason.startswith(
            "Nothing was measured, so nothing shows that the runs stayed within 5 kWh (GPU: no"
        )

    def test_time_that_nobody_measured_fails_unless_it_is_let_pass(self, store: ProjectStore) -> None:
        # Power alone, with a gap of a minute in the middle.
        read = [(float(second), None, 250.0, None) for second in (0, 5, 65, 70)]
        Recorded(store, "a").session([(H200, read)]).write()
        [found] = verdicts(subject(store), Limits(kwh=1))
        assert found.reason is not None
        assert found.reason.startswith("Only 14 % of the time was measured")
        [found] = verdicts(subject(store), Limits(kwh=1, min_coverage=0.1))
        assert found.reason is None
        [found] = verdicts(subject(store), Limits(kwh=0.0001))
        assert found.reason == "The runs used at least 0.000694 kWh, more than 0.0001 kWh."

    def test_runs_that_nobody_measured_fail_beside_others_unless_they_are_let_pass(self, store: ProjectStore) -> None:
        two_gpus(store)
        of_old(store)
        [found] = verdicts(subject(store), Limits(kwh=2))
        assert found.reason is not None
        assert found.reason.startswith("Nothing was measured of 1 of 2 runs (old)")
        assert [one.reason for one in verdicts(subject(store), Limits(kwh=2, min_coverage=0))] == [None]
        assert [one.reason for one in verdicts(subject(store, "heron"), Limits(kwh=2))] == [None]

    @pytest.mark.parametrize("limits", [Limits(grams=1), Limits(cost=1)])
    def test_a_limit_on_what_is_not_known_is_wrong_usage(self, store: ProjectStore, limits: Limits) -> None:
        two_gpus(store)
        with pytest.raises(UsageError, match=r"--location|--price"):
            list(verdicts(subject(store), limits))

    def test_an_empty_project_holds_no_limit(self, store: ProjectStore) -> None:
        [found] = verdicts(subject(store), Limits(kwh=math.inf))
        assert found.reason is not None
