"""The model card of a project among the files of its report."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from tests.cards.made import facts, html
from tests.energy.recorded import Recorded
from tests.report.conftest import Build, Record, files
from tests.report.test_energy import FRANCE, trained
from trackio.cards import merge
from trackio.store.home import Home
from trackio.store.project import ProjectStore

LINKS = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture
def store(home: Path) -> ProjectStore:
    return Home(home).create("p")


def links(text: str) -> list[str]:
    return [link for link in LINKS.findall(text) if not link.startswith("https://arxiv.org")]


def test_the_card_lies_beside_the_pages_with_its_metadata_and_badge(
    store: ProjectStore, built: Build, out: Path
) -> None:
    trained(store, "a", 360)
    trained(store, "b", 720, start=100)
    store.save_settings({**FRANCE, "energy_target": ["val/loss", 0.5]})
    built()
    text = (out / "p/card.md").read_text()
    told = facts(text)
    assert told["Energy"] == "18.0 Wh"
    assert told["Carbon"] == "954 mg CO2e, by the average of the grid (location-based)"
    assert text.count("first reached 0.5") == 2
    metadata = yaml.safe_load((out / "p/card.yaml").read_text())
    assert metadata["tags"] == ["trackio"]
    assert metadata["co2_eq_emissions"]["emissions"] == pytest.approx(0.954288, rel=1e-6)
    assert "18.0 Wh" in "".join(ET.parse(out / "p/badge.svg").getroot().itertext())
    assert merge("", text.rstrip("\n"), metadata).count("<!-- trackio:begin -->") == 1


def test_links_of_the_card_lead_to_files_of_the_report(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a run (é) | x", 360)
    trained(store, "b", 720, start=100)
    built()
    found = links((out / "p/card.md").read_text())
    assert {"charts/val-loss.png", "charts/val-loss.html", "badge.svg", "index.html"} <= set(found)
    for link in found:
        assert (out / "p" / unquote(link)).is_file(), link


def test_with_a_base_url_links_are_full(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    built(base_url="https://me.example/runs")
    found = links((out / "p/card.md").read_text())
    assert "https://me.example/runs/p/charts/val-loss.png" in found
    assert all(link.startswith("https://me.example/runs/p/") for link in found)


def test_a_card_without_energy_says_that_nothing_was_measured(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    text = (out / "p/card.md").read_text()
    assert facts(text)["Energy"] == "not measured"
    assert yaml.safe_load((out / "p/card.yaml").read_text()) == {"tags": ["trackio"]}


def test_what_was_saved_since_makes_the_card_anew_and_nothing_else_does(
    store: ProjectStore, built: Build, out: Path
) -> None:
    trained(store, "a", 360)
    built()
    first = files(out)["p/card.md"]
    assert built().written == 0
    store.save_settings(FRANCE)
    built()
    assert b"France" in files(out)["p/card.md"]
    assert b"France" not in first


def test_steps_are_those_that_a_metric_counts_beside(store: ProjectStore, built: Build, out: Path) -> None:
    one = Recorded(store, "a", name="a")
    for row, (step, loss) in enumerate([(40, 0.5), (80, 0.75)]):
        one.log(row, **{"train/loss": loss, "train/global_step": step})
    one.write()
    built()
    assert "| `train/loss` | 0.75 (step 80) | 0.5 (lowest, step 40) |" in (out / "p/card.md").read_text()


def test_steps_are_as_logged_where_nothing_counts_them_beside(store: ProjectStore, built: Build, out: Path) -> None:
    one = Recorded(store, "a", name="a").log(1, **{"train/loss": 0.5, "train/global_step": 40})
    one.log(2, **{"train/loss": 0.75, "train/global_step": float("nan")}).log(3, **{"train/global_step": 90}).write()
    built()
    assert "| `train/loss` | 0.75 (step 1) | 0.5 (lowest, step 0) |" in (out / "p/card.md").read_text()


def test_the_same_data_gives_the_same_card(store: ProjectStore, built: Build, tmp_path: Path) -> None:
    trained(store, "a", 360)
    built(output=tmp_path / "one")
    built(output=tmp_path / "two")
    for name in ("card.md", "card.yaml", "badge.svg"):
        assert (tmp_path / "one/p" / name).read_bytes() == (tmp_path / "two/p" / name).read_bytes()


def test_a_selection_of_runs_has_a_card_of_these_alone(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    trained(store, "b", 720, start=100)
    built(runs=("b",))
    text = (out / "p/card.md").read_text()
    assert facts(text)["Energy"] == "12.0 Wh"
    assert "Run `b`" in text


def test_a_target_of_a_metric_that_is_not_shown_is_left_out(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    store.save_settings({"energy_target": ["gone", 0.5]})
    built()
    assert "To target" not in (out / "p/card.md").read_text()


def test_a_project_without_runs_has_no_card(home: Path, built: Build, out: Path) -> None:
    Home(home).create("empty")
    built()
    (project,) = json.loads((out / "manifest.json").read_text())["projects"]
    assert project["card"] is None
    assert not (out / "empty/card.md").exists()


def test_no_name_of_a_run_brings_html_or_a_marker(store: ProjectStore, built: Build, out: Path) -> None:
    for place, name in enumerate(["<b>a</b>", "<!-- trackio:end -->", "a|b", "`"]):
        Recorded(store, f"run-{place}", name=name).log(1, **{"<i>|loss": 1.0}).write()
    built()
    assert html((out / "p/card.md").read_text()) == ["<!-- trackio:begin -->\n", "<!-- trackio:end -->\n"]
