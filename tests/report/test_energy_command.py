"""What `trackio report` takes on energy, and what a project keeps of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.report.test_energy import document, text, trained
from trackio.cli.main import main
from trackio.store.home import Home
from trackio.store.project import ProjectStore


@pytest.fixture
def store(home: Path) -> ProjectStore:
    store = Home(home).create("p")
    trained(store, "a", 360)
    return store


def test_the_assumptions_are_kept_for_the_next_build(store: ProjectStore, out: Path) -> None:
    given = ["--location", "France", "--pue", "1.2", "--price", "0.25 EUR/kWh"]
    assert main(["report", "-q", "--output", str(out), *given]) == 0
    first = document(out)
    assert first["assumptions"]["location"] == "FRA"
    assert first["cost"] == pytest.approx(0.006 * 1.2 * 0.25)
    assert store.settings()["pue"] == 1.2
    assert main(["report", "-q", "--output", str(out)]) == 0
    assert document(out) == first
    assert main(["report", "-q", "--output", str(out), "--location", "none"]) == 0
    assert document(out)["co2e_grams"] is None


def test_a_target_is_kept_and_taken_back(store: ProjectStore, out: Path) -> None:
    def rules() -> dict[str, Any]:
        return {one["metric"]: (one["value"], one["rule"]) for one in document(out)["targets"]}

    command = ["report", "-q", "--output", str(out)]
    assert main([*command, "--energy-target", "val/loss=0.25"]) == 0
    assert rules()["val/loss"] == (0.25, "chosen")
    assert main(command) == 0
    assert rules()["val/loss"] == (0.25, "chosen")
    assert "val/loss ≤ 0.25" in text(out / "p/energy.html")
    assert main([*command, "--energy-target", "none"]) == 0
    assert rules()["val/loss"][1] == "best"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("--energy-target=val/loss", "such as val/loss=3.28"),
        ("--energy-target=val/loss=low", "such as val/loss=3.28"),
        ("--energy-target=val/los=1", "val/loss"),
        ("--location=Frence", "France"),
        ("--pue=0.5", "--pue"),
        ("--price=cheap", "0.25/kWh"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_kept(
    store: ProjectStore, out: Path, capsys: pytest.CaptureFixture[str], given: str, words: str
) -> None:
    assert main(["report", "--output", str(out), given]) in (1, 2)
    assert words in capsys.readouterr().err
    assert store.settings() == {}
    assert not out.exists()


def test_each_project_of_the_report_keeps_what_it_has(store: ProjectStore, home: Path, out: Path) -> None:
    other = Home(home).create("q")
    trained(other, "b", 360)
    assert main(["report", "-q", "--output", str(out), "--project", "q", "--location", "SWE"]) == 0
    assert store.settings() == {}
    assert other.settings()["location"] == "SWE"


def test_a_single_file_takes_them_too(store: ProjectStore, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert main(["report", "-q", "--single-file", "--output", str(path), "--location", "SWE"]) == 0
    assert "CO₂e Sweden" in text(path)
    assert store.settings()["location"] == "SWE"


def test_json_stays_one_object(store: ProjectStore, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--json", "--output", str(out), "--location", "FRA"]) == 0
    assert json.loads(capsys.readouterr().out)["projects"] == 1
