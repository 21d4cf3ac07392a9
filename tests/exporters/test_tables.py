"""Exports to CSV, Parquet and JSON, and what they give when they are brought in again."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import trackio
from tests.exporters.made import project
from tests.exporters.same import assert_same
from trackio.errors import TrackioError, UsageError
from trackio.exporters.csv import Options as CsvOptions
from trackio.exporters.formats import send
from trackio.exporters.json import Options as JsonOptions
from trackio.importers.formats import Report, bring
from trackio.store.home import Home
from trackio.store.project import ProjectStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectStore:
    return project(tmp_path / "home", monkeypatch)


@pytest.fixture
def home(store: ProjectStore) -> Home:
    return Home(store.directory.parents[1])


def back(form: str, output: Path, tmp_path: Path) -> tuple[Report, ProjectStore]:
    other = Home(tmp_path / "other")
    report = bring(form, [output], home=other)
    assert report.failures == []
    return report, other.project(report.projects[0])


@pytest.mark.parametrize(("form", "output"), [("json", "p.json"), ("json", "p.jsonl"), ("parquet", "p")])
def test_nothing_is_lost_on_the_way_there_and_back(
    form: str, output: str, tmp_path: Path, home: Home, store: ProjectStore
) -> None:
    carried = send(form, "a/b", tmp_path / output, home=home)
    assert carried.lost == {}
    assert carried.runs == [run.id for run in store.runs()]
    assert str(tmp_path / output) in carried.written[0]
    report, other = back(form, tmp_path / output, tmp_path)
    assert (other.name, report.notes) == ("a/b", {})
    assert_same(store, other)
    again, _ = back(form, tmp_path / output, tmp_path)
    assert {run.outcome for run in again.runs} == {"unchanged"}


def test_another_home_is_brought_in_whole(tmp_path: Path, home: Home, store: ProjectStore) -> None:
    report, other = back("trackio", home.path, tmp_path)
    assert report.notes == {}
    assert_same(store, other)


def test_an_export_that_comes_back_to_its_own_project_changes_nothing(
    tmp_path: Path, home: Home, store: ProjectStore
) -> None:
    send("json", "a/b", tmp_path / "p.json", home=home)
    before = store.revision()
    report = bring("json", [tmp_path / "p.json"], home=home)
    assert [run.outcome for run in report.runs] == ["unchanged", "unchanged"]
    assert store.revision() == before


def test_json_is_json(tmp_path: Path, home: Home) -> None:
    send("json", "a/b", tmp_path / "p.json", home=home)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    found = json.loads((tmp_path / "p.json").read_text(), parse_constant=refuse)
    assert (found["project"], [run["name"] for run in found["runs"]]) == ("a/b", ["otter/1", "heron"])
    rows = found["runs"][0]["rows"]
    assert rows[1]["values"]["loss"] == "NaN"
    assert rows[4]["values"]["word"] == {"_text": "NaN"}
    assert rows[5]["values"]["img"]["_type"] == "trackio.image"


def test_files_can_be_left_behind_which_is_told(tmp_path: Path, home: Home) -> None:
    carried = send("json", "a/b", tmp_path / "p.json", home=home, options=JsonOptions(files=False))
    assert carried.lost == {"a file that media and artifacts refer to": 3}
    assert not (tmp_path / "p-trackio").exists()
    report, _ = back("json", tmp_path / "p.json", tmp_path)
    assert sorted(report.notes) == [
        "img: its file is missing",
        "tab: its file is missing",
        "the artifact ds: its file is missing",
    ]


def test_some_runs_can_be_chosen(tmp_path: Path, home: Home) -> None:
    carried = send("json", "a/b", tmp_path / "p.jsonl", home=home, runs=["heron"])
    assert len(carried.runs) == 1
    _, other = back("json", tmp_path / "p.jsonl", tmp_path)
    assert [run.name for run in other.runs()] == ["heron"]


def test_pandas_reads_an_exported_run(tmp_path: Path, home: Home) -> None:
    send("parquet", "a/b", tmp_path / "p", home=home)
    frame = pd.read_parquet(tmp_path / "p" / "otter_1.parquet")
    assert frame["loss"].dropna().tolist() == [0.1, 1 / 3, -0.0]
    assert frame["big"].iloc[0] == 2**60 + 1


@pytest.mark.parametrize("layout", ["wide", "long"])
@pytest.mark.parametrize("output", ["p.csv", "folder"])
def test_csv_gives_back_every_value_it_can_hold(
    layout: Any, output: str, tmp_path: Path, home: Home, store: ProjectStore
) -> None:
    carried = send("csv", "a/b", tmp_path / output, home=home, options=CsvOptions(layout=layout))
    paths = sorted((tmp_path / output).glob("*")) if output == "folder" else [tmp_path / output]
    assert [str(path) for path in paths] == sorted(carried.written)
    other = Home(tmp_path / "other")
    report = bring("csv", paths, project="a/b", home=other)
    assert report.failures == []
    found = other.project("a/b")
    for run in store.runs():
        same = found.run(run.id)
        assert (same.name, same.group) == (run.name, run.group)
        # What CSV cannot hold is left out, and told below.
        lost = {"md", "img", "tab", "word", "empty"}
        kept = [
            (step, time_ns, {name: value for name, value in values.items() if name not in lost})
            for step, time_ns, values in store.rows(run.id)
        ]
        assert repr([row for row in kept if row[2]]) == repr(list(found.rows(run.id)))
        if layout == "long":
            assert list(found.rows(run.id, "system")) == list(store.rows(run.id, "system"))
    assert carried.lost.pop("an image, a table or another medium") == 3
    assert carried.lost.pop("a text that reads as a number or a truth value") == 1
    assert carried.lost.pop("a text that says nothing, such as an empty one") == 1
    assert carried.lost.pop("heron: a status other than finished") == 1
    assert carried.lost.pop("a version of an artifact") == 1
    assert carried.lost.pop("which artifacts a run used") == 1
    assert carried.lost.pop("an event 'odd'") == 1
    assert carried.lost.pop("otter/1: the energy that was measured") == 1
    assert (carried.lost.pop("a value of a system metric (--layout long has them)", None) is None) == (layout == "long")
    assert set(carried.lost) == {
        f"otter/1: {what}"
        for what in ("config", "summary", "tags, notes and job type", "alerts", "definitions of metrics")
    }


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_csv_keeps_blanks_of_names_and_texts(layout: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    values = {" loss": 1.5, "loss": 2.5, "loss\n": 3.5, "note": "  two\r\n lines ", "Step ": 7}
    with trackio.init(project="p", name=" otter ") as run:
        run.log(values)
    with trackio.init(project="p", name="without") as empty:
        pass
    carried = send("csv", "p", tmp_path / "p.csv", options=CsvOptions(layout=layout))
    assert carried.lost == {"without: that there was such a run, as it has no values": 1}
    other = Home(tmp_path / "other")
    assert not bring("csv", [tmp_path / "p.csv"], project="p", home=other).failures
    assert [row[2] for row in other.project("p").rows(run.id)] == [row[2] for row in Home().project("p").rows(run.id)]
    assert empty.id not in {one.id for one in other.project("p").runs()}


def test_csv_is_what_a_spreadsheet_reads(tmp_path: Path, home: Home) -> None:
    send("csv", "a/b", tmp_path / "p.csv", home=home, runs=["otter/1"])
    with (tmp_path / "p.csv").open(newline="") as file:
        header, first, second, *_ = csv.reader(file)
    found, then = dict(zip(header, first, strict=True)), dict(zip(header, second, strict=True))
    assert header[:5] == ["run", "run_id", "group", "step", "timestamp"]
    assert (found["loss"], found["big"], found["flag"], found["metric:step"]) == ("0.1", str(2**60 + 1), "true", "5")
    assert (then["loss"], then["up"], then["down"], then["flag"]) == ("NaN", "Infinity", "-Infinity", "")


def test_runs_of_one_name_go_to_files_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    for name in ("a/b", "a:b", "A_B", ".."):
        with trackio.init(project="p", name=name) as run:
            run.log({"x": 1})
    send("csv", "p", tmp_path / "out", home=Home(tmp_path / "home"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "A_B (3).csv",
        "a_b (2).csv",
        "a_b.csv",
        "run.csv",
    ]


@pytest.mark.parametrize(
    ("form", "output"), [("json", "p.txt"), ("json", "."), ("csv", "taken"), ("parquet", "taken"), ("csv", "d.csv")]
)
def test_an_output_that_can_be_none_is_wrong_usage(form: str, output: str, tmp_path: Path, home: Home) -> None:
    (tmp_path / "taken").write_text("mine")
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(UsageError):
        send(form, "a/b", tmp_path / output, home=home)
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize(
    ("form", "output"), [("json", "p.json"), ("json", "p.jsonl"), ("csv", "p.csv"), ("parquet", "p")]
)
def test_a_run_without_rows_can_go_too(form: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    with trackio.init(project="p", name="empty", config={"lr": 1}):
        pass
    send(form, "p", tmp_path / output, home=Home(tmp_path / "home"))
    other = Home(tmp_path / "other")
    report = bring(form, [tmp_path / output], home=other)
    assert [run.name for run in report.runs] == ([] if form == "csv" else ["empty"])


def test_a_project_without_runs_has_nothing_to_export(tmp_path: Path) -> None:
    Home(tmp_path / "home").create("p")
    with pytest.raises(TrackioError, match="no runs"):
        send("json", "p", tmp_path / "p.json", home=Home(tmp_path / "home"))


def test_a_mixture_of_numbers_and_texts_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    with trackio.init(project="p", name="mixed") as run:
        run.log({"x": 1.5, "y": 2**60, "z": 1})
        run.log({"x": "diverged", "y": 0.5, "z": 1.5})
    home = Home(tmp_path / "home")
    assert send("csv", "p", tmp_path / "p.csv", home=home).lost == {"a text among the numbers of a metric": 1}
    assert sorted(send("parquet", "p", tmp_path / "p", home=home).lost) == [
        "mixed: numbers among the texts of x, which became text",
        "mixed: the last digits of integers among the floats of y",
    ]
    assert send("json", "p", tmp_path / "p.json", home=home).lost == {}
    other = Home(tmp_path / "other")
    bring("json", [tmp_path / "p.json"], home=other)
    assert list(other.project("p").rows(run.id)) == list(home.project("p").rows(run.id))
