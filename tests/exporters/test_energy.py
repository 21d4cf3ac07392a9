"""Measured energy goes where its run goes, once, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.energy.recorded import H200, PACKAGE, Recorded, steady
from tests.exporters.same import measured
from trackio.exporters.formats import send
from trackio.importers.formats import bring
from trackio.store import edits
from trackio.store.home import Home
from trackio.store.project import ProjectStore

READINGS = 12


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def store(home: Home) -> ProjectStore:
    """A run of two sessions, the first of them killed, and one that could measure nothing."""
    project = home.create("p")
    run = Recorded(project, "r1", name="otter")
    run.session([(H200, [(0, 5, None, None), (1, None, 200, 4.5), (2, 405, 200, 97.0)])], is_killed=True)
    run.session([(H200, steady(3, 300, start=10)), (PACKAGE, steady(4, 90, start=10))], marks=[(11, "a"), (12.5, "b")])
    run.log(1, loss=0.5).write()
    Recorded(project, "r2", name="heron").session([], start=0, end=8, missing={"gpu": "no NVIDIA driver"}).write()
    return project


FORMS = [("json", "p.json"), ("json", "p.jsonl"), ("parquet", "p")]


@pytest.mark.parametrize(("form", "output"), FORMS)
def test_the_very_readings_come_back_once(
    form: str, output: str, tmp_path: Path, home: Home, store: ProjectStore
) -> None:
    assert send(form, "p", tmp_path / output, home=home).lost == {}
    other = Home(tmp_path / "other")
    for outcome in ("new", "unchanged"):
        report = bring(form, [tmp_path / output], home=other)
        assert (report.failures, report.notes) == ([], {})
        assert {run.outcome for run in report.runs} == {outcome}
        for run in ("r1", "r2"):
            assert measured(other.project("p"), run) == measured(store, run)
    assert other.project("p").query("SELECT count(*) FROM energy_readings")[1] == [(READINGS,)]
    assert other.project("p").query("SELECT count(*) FROM events WHERE event LIKE 'energy%'")[1] == [(0,)]


@pytest.mark.parametrize(("form", "output"), [*FORMS, ("trackio", ".")])
def test_what_a_run_measured_since_comes_with_the_next_import(
    form: str, output: str, tmp_path: Path, home: Home, store: ProjectStore
) -> None:
    other = Home(tmp_path / "other")
    source = home.path if form == "trackio" else tmp_path / output
    for session in ("first", "second"):
        # As a resume on another machine brings it.
        begun = {"session": session, "boot": session, "clock_ns": 5, "devices": [dict(H200)]}
        sample = {"session": session, "clock_ns": 6, "rows": [[0, 5, 5, None]]}
        edits.edit(store, "r1", [("energy_begin", begun), ("energy", sample)])
        if form != "trackio":
            send(form, "p", source, home=home)
        assert bring(form, [source], home=other).failures == []
        assert measured(other.project("p"), "r1") == measured(store, "r1")
    assert len(other.project("p").measurements("r1")) == 4


def test_pandas_reads_the_energy_of_an_exported_run(tmp_path: Path, home: Home, store: ProjectStore) -> None:
    carried = send("parquet", "p", tmp_path / "p", home=home)
    assert str(tmp_path / "p" / "energy" / "otter.parquet") in carried.written
    frame = pd.read_parquet(tmp_path / "p" / "energy" / "otter.parquet")
    assert len(frame) == READINGS
    assert frame.groupby("product", observed=True)["power_mw"].mean().to_dict() == {
        "AMD EPYC 9654": 90_000,
        "NVIDIA H200": pytest.approx((2 * 200_000 + 4 * 300_000) / 6),
    }
    assert store.measurements("r1")[1].readings[1].time_ns[-1] == frame["timestamp"].iloc[-1].value


def test_a_folder_that_is_written_again_keeps_no_energy_of_runs_before(tmp_path: Path, store: ProjectStore) -> None:
    send("parquet", "p", tmp_path / "p", home=Home(store.directory.parents[1]))
    other = Home(tmp_path / "other")
    Recorded(other.create("p"), "r9", name="otter").log(0, loss=1.0).write()
    send("parquet", "p", tmp_path / "p", home=other)
    assert [path.name for path in (tmp_path / "p" / "energy").iterdir()] == ["heron.parquet"]


class TestFilesThatWereMoved:
    @pytest.fixture
    def folder(self, tmp_path: Path, home: Home, store: ProjectStore) -> Path:
        send("parquet", store.name, tmp_path / "p", home=home)
        return tmp_path / "p"

    def test_energy_of_another_run_is_not_taken(self, folder: Path, tmp_path: Path) -> None:
        (folder / "energy" / "otter.parquet").replace(folder / "energy" / "heron.parquet")
        other = Home(tmp_path / "other")
        assert bring("parquet", [folder], home=other).failures == []
        assert [other.project("p").measurements(run) for run in ("r1", "r2")] == [[], []]

    def test_energy_without_its_run_is_told(self, folder: Path, tmp_path: Path) -> None:
        (folder / "otter.parquet").unlink()
        report = bring("parquet", [folder], home=Home(tmp_path / "other"))
        assert [str(failure.path) for failure in report.failures] == [str(folder / "energy" / "otter.parquet")]
        assert [run.name for run in report.runs] == ["heron"]

    @pytest.mark.parametrize("damage", ["bytes", "metadata", "columns"])
    def test_damage_costs_that_run_and_is_named(self, damage: str, folder: Path, tmp_path: Path) -> None:
        path = folder / "energy" / "otter.parquet"
        if damage == "bytes":
            path.write_bytes(b"nonsense")
        else:
            metadata = {b"trackio.energy": b'{"run": "r1", "events": [{"event": "finish", "time_ns": 1}]}'}
            told = pq.read_schema(path).metadata if damage == "columns" else metadata
            pq.write_table(pa.table({"x": [1]}).replace_schema_metadata(told), path)
        report = bring("parquet", [folder], home=Home(tmp_path / "other"))
        assert {str(failure.path) for failure in report.failures} == {str(path)}
        assert [run.name for run in report.runs] == ["heron"]


def test_lines_of_an_export_tell_what_was_measured(tmp_path: Path, home: Home, store: ProjectStore) -> None:
    send("json", store.name, tmp_path / "p.jsonl", home=home, runs=["otter"])
    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    told = [line for line in lines if line["type"] == "energy"]
    assert [line["event"] for line in told[:2]] == ["energy_begin", "energy"]
    assert told[1]["rows"] == [[0, 5000, None, None]]
    assert [line["mark"] for line in told if "mark" in line] == ["a", "b"]


@pytest.mark.parametrize("form", ["csv"])
def test_what_has_no_place_for_energy_says_so(form: str, tmp_path: Path, home: Home, store: ProjectStore) -> None:
    lost = send(form, store.name, tmp_path / "p.csv", home=home).lost
    assert [what for what in lost if "energy" in what] == ["otter: the energy that was measured"]
