"""Measured energy in the store: what is kept, how it is read back, and what is not believed."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.energy.recorded import BOOT, H200, PACKAGE, Recorded, steady
from tests.store.journals import ELSEWHERE, Written
from trackio import journal
from trackio.energy.records import NONE
from trackio.store import edits, schema
from trackio.store.database import writing
from trackio.store.home import Home
from trackio.store.project import ProjectStore


def test_what_a_process_measured_is_read_back_as_it_was(project: ProjectStore) -> None:
    rows = [(0, 9000, 200, 90.0), (1, None, 210, None), (2, 9400, None, 0.0)]
    run = Recorded(project, "r").session(
        [(H200, rows), (PACKAGE, steady(2, 100))], missing={"dram": "not there"}, marks=[(1, "half")]
    )
    run.write()
    (found,) = project.measurements("r")
    assert (found.boot, found.session.end_ns - found.session.start_ns, found.is_ended) == (BOOT, 2 * 10**9, True)
    assert [(device.kind, device.name, device.index) for device in found.devices] == [
        ("gpu", "NVIDIA H200", 0),
        ("cpu", "AMD EPYC 9654", None),
    ]
    gpu = found.readings[0]
    assert gpu.counter_mj.tolist() == [9_000_000, NONE, 9_400_000]
    assert gpu.power_mw.tolist() == [200_000, 210_000, NONE]
    assert str(gpu.utilization_percent.tolist()) == "[90.0, nan, 0.0]"
    assert (gpu.time_ns - gpu.clock_ns).tolist() == [(gpu.time_ns - gpu.clock_ns)[0]] * 3
    assert found.missing == {"dram": "not there"}
    assert [(mark.name, mark.clock_ns - found.session.start_ns) for mark in found.marks] == [("half", 10**9)]


def test_a_session_that_was_killed_ends_with_its_last_sample(project: ProjectStore) -> None:
    Recorded(project, "r").session([(H200, steady(5, 300))], end=9, is_killed=True).write()
    (found,) = project.measurements("r")
    assert found.session.end_ns - found.session.start_ns == 5 * 10**9
    assert not found.is_ended


def test_a_process_that_could_measure_nothing_says_why(project: ProjectStore) -> None:
    Recorded(project, "r").session([], start=0, end=8, missing={"gpu": "no NVIDIA driver"}).write()
    (found,) = project.measurements("r")
    assert (found.devices, found.readings, found.missing) == ((), (), {"gpu": "no NVIDIA driver"})
    assert found.session.end_ns - found.session.start_ns == 8 * 10**9


def test_events_read_from_the_tables_make_the_same_tables(project: ProjectStore, tmp_path: Path) -> None:
    marks = [(1, "a"), (7.5, "nothing was read then")]
    Recorded(project, "r").session([(H200, steady(9, 300)), (PACKAGE, steady(9, 90))], marks=marks).write()
    edits.edit(project, "r", [("energy_note", {"session": "r-1", "device": 0, "note": "shared"})])
    other = Home(tmp_path / "other").create("demo")
    told = list(project.energy_events("r"))
    path = Written(other, "r", writer={"edited": True})
    for event in told:
        path.add(journal.frame(journal.EVENT, journal.encode(event)))
    other.fold()
    assert list(other.energy_events("r")) == told
    assert other.measurements("r")[0].devices == project.measurements("r")[0].devices
    assert other.measurements("r")[0].devices[0].notes == ("shared",)


SESSION: dict[str, Any] = {"session": "s", "boot": "b", "clock_ns": 0, "devices": [dict(H200)]}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("energy_begin", {**SESSION, "session": "t", "devices": "none"}),
        ("energy_begin", {**SESSION, "session": "t", "devices": [{"id": "x", "kind": "tpu", "name": "x"}]}),
        ("energy_begin", {**SESSION, "session": "t", "devices": [{**H200, "colour": "green"}]}),
        ("energy_begin", {**SESSION, "session": 7}),
        ("energy_begin", {**SESSION, "session": "t", "clock_ns": -1}),
        ("energy_begin", {**SESSION, "session": "t", "missing": {"gpu": 5}}),
        ("energy", {"session": "s", "clock_ns": 1, "rows": [[1, 5, 5, 5.0]]}),
        ("energy", {"session": "s", "clock_ns": 1, "rows": [[0, -5, 5, 5.0]]}),
        ("energy", {"session": "s", "clock_ns": 1, "rows": [[0, 1 << 63, 5, 5.0]]}),
        ("energy", {"session": "s", "clock_ns": 1, "rows": [[0, 5.5, 5, 5.0]]}),
        ("energy", {"session": "s", "clock_ns": 1, "rows": [[0, 5, 5, "much"]]}),
        ("energy", {"session": "another", "clock_ns": 1, "rows": []}),
        ("energy", {"session": "s", "clock_ns": 1, "rows": [], "mark": 5}),
        ("energy_note", {"session": "s", "device": 4, "note": "shared"}),
        ("energy_end", {"session": "s"}),
    ],
    ids=str,
)
def test_what_is_not_as_expected_is_kept_whole_among_the_events(
    project: ProjectStore, name: str, fields: dict[str, Any]
) -> None:
    edits.edit(project, "r", [("energy_begin", SESSION), (name, fields)])
    (kept,) = project.events("r", name)
    assert {key: kept[key] for key in fields} == fields
    assert len(project.measurements("r")) == 1


def test_a_deleted_run_takes_its_measurements_along(project: ProjectStore) -> None:
    Recorded(project, "r").session([(H200, steady(5, 300))], marks=[(1, "m")]).write()
    project.delete_run("r")
    for table in ("energy_sessions", "energy_samples", "energy_marks"):
        assert project.query(f"SELECT count(*) FROM {table}")[1] == [(0,)]


def test_readings_are_open_to_sql(project: ProjectStore) -> None:
    Recorded(project, "r", name="first").session([(H200, steady(1, 300))]).write()
    _, rows = project.query("SELECT run, product, counter_joules, power_watts, timestamp FROM energy_readings")
    assert rows == [
        ("first", "NVIDIA H200", 1_000_000.0, 300.0, "2025-11-20T12:00:00.000Z"),
        ("first", "NVIDIA H200", 1_000_300.0, 300.0, "2025-11-20T12:00:01.000Z"),
    ]


def test_energy_alone_changes_a_run_in_progress_every_ten_seconds(project: ProjectStore) -> None:
    writer = Written(project, "r").row(0, loss=1.0).event("energy_begin", **SESSION)
    project.fold()
    revisions = [project.revision()]
    for second in range(25):
        writer.event("energy", session="s", clock_ns=second, rows=[[0, second, None, None]])
        project.fold()
        revisions.append(project.revision())
    assert len(project.measurements("r")[0].readings[0].clock_ns) == 25
    assert len(dict.fromkeys(revisions)) == 3
    writer.event("energy", session="s", clock_ns=30, rows=[], mark="told at once")
    project.fold()
    assert project.revision() != revisions[-1]


def test_a_run_that_was_killed_was_last_heard_of_with_its_last_sample(project: ProjectStore) -> None:
    writer = Written(project, "r", writer=ELSEWHERE).row(0, loss=1.0).event("energy_begin", **SESSION)
    project.fold()
    for second in range(5):
        writer.event("energy", session="s", clock_ns=second, rows=[[0, second, None, None]])
    project.fold()
    assert (project.run("r").status, project.run("r").updated_ns) == ("running", writer.time_ns - 6 * 10**9)
    os.utime(writer.path, (0, 0))
    project.fold()
    assert (project.run("r").status, project.run("r").updated_ns) == ("crashed", writer.time_ns - 10**9)


def test_settings_of_a_project_are_kept_and_forgotten(project: ProjectStore) -> None:
    assert project.settings() == {}
    before = project.revision()
    project.save_settings({"location": "FRA", "pue": 1.2})
    assert project.settings() == {"location": "FRA", "pue": 1.2}
    assert project.revision() != before
    project.save_settings({"location": None})
    assert project.settings() == {"pue": 1.2}


def _of_schema(path: Path, steps: int) -> None:
    with sqlite3.connect(path, isolation_level=None) as db:
        for step in schema.MIGRATIONS[:steps]:
            for statement in step:
                db.execute(statement)
        db.execute(
            "INSERT INTO runs (id, name, created_ns, updated_ns, status) VALUES ('old', 'old', 1, 1, 'finished')"
        )
        db.execute(f"PRAGMA user_version = {steps}")
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    db.close()


@pytest.mark.parametrize("steps", [1, 2])
def test_a_database_of_an_older_trackio_is_brought_up_to_date_by_reading_it(project: ProjectStore, steps: int) -> None:
    _of_schema(project.path, steps)
    assert project.measurements("old") == []
    assert [run.id for run in project.runs()] == ["old"]
    with writing(project.path) as db:
        assert schema.version(db, project.path) == schema.CURRENT


def test_an_older_database_is_read_where_nothing_may_be_written(
    project: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _of_schema(project.path, 1)

    def refuse(path: Path) -> None:
        if str(path) != ":memory:":
            raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr("trackio.store.project.writing", refuse)
    assert project.measurements("old") == []
    assert project.settings() == {}
    assert [run.id for run in project.runs()] == ["old"]


def test_which_runs_measured_is_known_without_reading_their_samples(project: ProjectStore) -> None:
    Recorded(project, "much").session([(H200, steady(5, 300))]).write()
    Recorded(project, "one").session([(H200, steady(0, 300))]).write()
    Recorded(project, "nothing").session([], start=0, end=8, missing={"gpu": "no NVIDIA driver"}).write()
    Recorded(project, "before").log(1, loss=1.0).write()
    assert project.measured() == {"much": True, "one": False, "nothing": False}
