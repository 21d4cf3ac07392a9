"""Journals are folded exactly once, whatever state they were left in."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.store.journals import ELSEWHERE, GONE, Written
from trackio import journal
from trackio.errors import NewerDatabase, StoreError
from trackio.store import fold, layout
from trackio.store.home import Home
from trackio.store.liveness import identity, started
from trackio.store.project import ProjectStore


def test_what_is_written_between_two_looks_is_added_once(project: ProjectStore) -> None:
    written = Written(project).rows(range(3))
    assert _steps(project) == [0, 1, 2]
    assert _steps(project) == [0, 1, 2]
    written.rows([3])
    assert _steps(project) == [0, 1, 2, 3]


def test_a_finished_journal_is_removed_when_it_is_folded(project: ProjectStore) -> None:
    written = Written(project).rows(range(3)).finish()
    assert _steps(project) == [0, 1, 2]
    assert not written.path.exists()
    assert project.runs()[0].status == "finished"


def test_a_journal_that_came_back_after_it_was_folded_adds_nothing(project: ProjectStore) -> None:
    written = Written(project).rows(range(3)).finish()
    kept = written.path.read_bytes()
    project.catch_up()
    written.path.write_bytes(kept)
    assert _steps(project) == [0, 1, 2]
    assert not written.path.exists()


def test_a_journal_longer_than_a_chunk_is_read_whole(project: ProjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "CHUNK_BYTES", 64)
    monkeypatch.setattr(fold, "TRANSACTION_BYTES", 200)
    Written(project).rows(range(50)).event("config", values={"text": "x" * 1000}).rows(range(50, 60)).finish()
    assert _steps(project) == list(range(60))
    assert project.runs()[0].config == {"text": "x" * 1000}


def test_a_bounded_fold_leaves_the_rest_for_later(project: ProjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "CHUNK_BYTES", 1024)
    Written(project).rows(range(200))
    project.fold(most_bytes=2000)
    assert 0 < project.runs()[0].row_count < 200
    assert _steps(project) == list(range(200))


def test_a_torn_last_record_waits_for_a_writer_that_lives(project: ProjectStore) -> None:
    written = Written(project).rows([0])
    whole = written.path.read_bytes()
    written.rows([1])
    rest = written.path.read_bytes()[len(whole) :]
    written.path.write_bytes(whole + rest[:7])
    assert _steps(project) == [0]
    written.add(rest[7:])
    assert _steps(project) == [0, 1]
    assert project.damaged_bytes() == 0


def test_a_torn_last_record_of_a_killed_writer_is_set_aside(
    project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    written = Written(project, writer=GONE).rows([0, 1]).add(b"\xa7\x10\x00")
    with caplog.at_level(logging.WARNING, logger="trackio"):
        assert _steps(project) == [0, 1]
    assert project.runs()[0].status == "crashed"
    assert project.damaged_bytes() == 3
    assert [path.read_bytes() for path in layout.set_aside(project.directory).iterdir()] == [b"\xa7\x10\x00"]
    assert "3 bytes of a journal could not be read" in caplog.text
    assert not written.path.exists()


def test_damage_in_the_middle_is_set_aside_and_reported_and_the_rest_is_kept(
    project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    written = Written(project).rows([0, 1])
    size = written.path.stat().st_size
    written.rows([2]).rows([3])
    data = bytearray(written.path.read_bytes())
    data[size + 12] ^= 0xFF
    written.path.write_bytes(data)
    with caplog.at_level(logging.WARNING, logger="trackio"):
        assert _steps(project) == [0, 1, 3]
        assert _steps(project) == [0, 1, 3]
    assert caplog.text.count("could not be read") == 1
    assert len(list(layout.set_aside(project.directory).iterdir())) == 1


def test_a_journal_of_noise_harms_no_other(project: ProjectStore) -> None:
    noise = layout.journals(project.directory) / "noise.w.journal"
    noise.write_bytes(os.urandom(5000))
    os.utime(noise, (0, 0))
    Written(project).rows([0]).finish()
    assert _steps(project) == [0]
    assert project.damaged_bytes() == 5000
    assert not noise.exists()


def test_a_journal_just_begun_is_left_to_its_writer(project: ProjectStore) -> None:
    fresh = layout.journals(project.directory) / "fresh.w.journal"
    fresh.write_bytes(b"")
    project.catch_up()
    assert fresh.exists()
    assert project.runs() == []


def test_a_silent_writer_on_another_machine_crashed_until_it_is_heard_of_again(project: ProjectStore) -> None:
    written = Written(project, writer=ELSEWHERE).rows([0])
    project.catch_up()
    assert project.runs()[0].status == "running"
    _age(written.path, seconds=120)
    project.catch_up()
    assert project.runs()[0].status == "crashed"
    assert written.path.exists()
    written.rows([1])
    assert _steps(project) == [0, 1]
    assert project.runs()[0].status == "running"


def test_a_process_that_vanished_shows_as_crashed_without_a_new_record(project: ProjectStore) -> None:
    helper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    writer = {**identity(), "pid": helper.pid, "started": started(helper.pid)}
    Written(project, writer=writer).rows([0])
    project.catch_up()
    assert project.runs()[0].status == "running"
    before = project.revision()
    helper.kill()
    helper.communicate()
    project.catch_up()
    assert project.runs()[0].status == "crashed"
    assert project.revision() != before


def test_two_writers_of_one_run_lose_and_double_nothing(project: ProjectStore) -> None:
    one, two = Written(project, name="one"), Written(project, name="two")
    for step in range(10):
        one.row(step, loss=1.0)
        two.row(step, loss=2.0)
        if step % 3 == 0:
            project.catch_up()
    one.finish()
    project.catch_up()
    assert project.runs()[0].status == "running"
    two.finish()
    project.catch_up()
    (run,) = project.runs()
    assert (run.status, run.row_count) == ("finished", 20)
    points = project.values("r", "loss")
    assert [row for row, *_ in points] == list(range(20))
    assert sorted(value for *_, value in points) == [1.0] * 10 + [2.0] * 10


def test_a_resumed_run_that_is_killed_crashed_though_it_finished_before(project: ProjectStore) -> None:
    Written(project, name="one").rows([0]).finish()
    project.catch_up()
    Written(project, name="two", writer=GONE, created_ns=10**12).rows([1])
    project.catch_up()
    assert project.runs()[0].status == "crashed"


def test_a_rank_killed_early_does_not_mark_a_run_that_finished_later(project: ProjectStore) -> None:
    Written(project, name="one", writer=GONE).rows([0])
    Written(project, name="two", created_ns=10**12).rows([0]).finish()
    project.catch_up()
    assert project.runs()[0].status == "finished"


def test_runs_are_numbered_in_the_order_they_were_begun(project: ProjectStore) -> None:
    for created, run in ((3, "a"), (1, "c"), (2, "b")):
        Written(project, run, created_ns=created * 10**9)
    project.catch_up()
    assert [(run.id, run.order) for run in project.runs()] == [("c", 0), ("b", 1), ("a", 2)]


def test_events_of_a_later_version_are_kept(project: ProjectStore) -> None:
    Written(project).event("definition", metric="loss", goal="min")
    project.catch_up()
    _, rows = project.query("SELECT event, json_extract(body, '$.goal') FROM events")
    assert rows == [("definition", "min")]


NONSENSE: list[dict[str, Any]] = [
    {"event": "run", "name": None},
    {"event": "run", "name": 3},
    {"event": "run", "tags": "text"},
    {"event": "run", "notes": {"a": 1}},
    {"event": "config", "values": [1]},
    {"event": "config", "remove": [{}]},
    {"event": "alert", "step": "x"},
    {"event": 7},
    {"event": None},
    {},
    {"event": "lone \udc80", "time_ns": "x"},
    {"event": "other", "time_ns": 1 << 70},
]


@pytest.mark.parametrize("body", NONSENSE, ids=str)
def test_an_event_that_says_nonsense_is_kept_and_stops_nothing(body: dict[str, Any], project: ProjectStore) -> None:
    Written(project).add(journal.frame(journal.EVENT, journal.encode(body))).rows([0]).finish()
    assert _steps(project) == [0]
    assert project.query("SELECT count(*) FROM events")[1] == [(1,)]
    assert project.runs()[0].status == "finished"


def test_config_and_summary_stay_readable_to_json_functions(project: ProjectStore) -> None:
    Written(project).event("config", values={"lr": 0.1, "bad": [float("nan"), {"a": float("-inf")}]})
    project.catch_up()
    assert project.query("SELECT json_extract(config, '$.lr') FROM runs")[1] == [(0.1,)]
    assert project.runs()[0].config == {"lr": 0.1, "bad": ["NaN", {"a": "-Infinity"}]}


def test_a_journal_of_a_newer_trackio_is_left_alone_and_harms_no_other(project: ProjectStore) -> None:
    path = layout.journals(project.directory) / "later.w.journal"
    header = {"format": 3, "run": "later", "project": "demo", "created_ns": 1, "writer": GONE}
    path.write_bytes(journal.frame(journal.HEADER, journal.encode(header)) * 2 + b"of another kind")
    os.utime(path, (0, 0))
    Written(project).rows([0]).finish()
    assert _steps(project) == [0]
    assert [run.id for run in project.runs()] == ["r"]
    assert path.exists()
    before = project.revision()
    project.catch_up()
    assert project.revision() == before


def test_schemas_are_remembered_between_looks_and_forgotten_at_the_end(project: ProjectStore) -> None:
    written = Written(project).row(0, a=1.0)
    project.catch_up()
    written.row(1, b=1.0)
    project.catch_up()
    written.row(2, a=3.0)
    project.catch_up()
    assert [value for *_, value in project.values("r", "a")] == [1.0, 3.0]
    written.finish()
    project.catch_up()
    assert project.query("SELECT count(*) FROM journal_schemas")[1] == [(0,)]


def test_alerts_are_kept_in_order(project: ProjectStore) -> None:
    Written(project).event("alert", level="warn", title="Slow", step=3, data={"x": 1}).event("alert", title="Done")
    project.catch_up()
    assert [(a.level, a.title, a.step, a.data) for a in project.alerts("r")] == [
        ("warn", "Slow", 3, {"x": 1}),
        ("info", "Done", None, None),
    ]


def test_the_journal_layout_survives_values_of_every_kind(project: ProjectStore) -> None:
    Written(project).row(0, a=float("nan"), b=(1 << 63) - 1, c=True, d="text \x00 🦦", e=-0.0).finish()
    project.catch_up()
    found = {metric.name: project.values("r", metric.name)[0][3] for metric in project.metrics("r")}
    assert str(found) == str({"a": float("nan"), "b": (1 << 63) - 1, "c": True, "d": "text \x00 🦦", "e": -0.0})


def test_a_database_of_a_newer_trackio_is_refused_and_left_untouched(project: ProjectStore) -> None:
    Written(project).rows([0]).finish()
    project.catch_up()
    with sqlite3.connect(project.path) as db:
        db.execute("PRAGMA user_version = 99")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    before = project.path.read_bytes()
    waiting = Written(project, name="more").rows([1])
    for attempt in (project.catch_up, project.runs, project.fold):
        with pytest.raises(NewerDatabase, match="pip install -U trackio"):
            attempt()
    assert project.path.read_bytes() == before
    assert waiting.path.exists()


def test_a_database_of_another_program_is_refused(project: ProjectStore) -> None:
    with sqlite3.connect(project.path) as db:
        db.execute("CREATE TABLE theirs (x)")
        db.execute("PRAGMA application_id = 7")
    db.close()
    Written(project).rows([0])
    with pytest.raises(StoreError, match="another program"):
        project.catch_up()


def test_a_damaged_database_is_told_and_the_journals_stay(project: ProjectStore) -> None:
    project.path.write_bytes(b"this is no database" * 100)
    written = Written(project).rows([0])
    with pytest.raises(StoreError, match="damaged"):
        project.catch_up()
    assert written.path.exists()


def test_a_home_that_cannot_be_written_is_read_as_it_is(project: ProjectStore) -> None:
    Written(project, "old").rows([0]).finish()
    project.catch_up()
    Written(project, "new").rows([0])
    # What SQLite needs beside the database cannot be made: stands for a read-only disk, also for root.
    for suffix in ("-wal", "-shm"):
        beside = project.path.with_name(project.path.name + suffix)
        beside.unlink(missing_ok=True)
        beside.mkdir()
    project.catch_up()
    assert [run.id for run in project.runs()] == ["old"]
    assert [step for _, step, _, _ in project.values("old", "loss")] == [0]


def test_many_processes_may_fold_at_once(project: ProjectStore, tmp_path: Path) -> None:
    for run in range(6):
        Written(project, f"r{run}").rows(range(300)).finish()
    code = "import sys; from trackio.store.home import Home; Home(sys.argv[1]).project('demo').fold()"
    helpers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(4)]
    assert [helper.wait() for helper in helpers] == [0] * 4
    assert [run.row_count for run in project.runs()] == [300] * 6
    assert project.query("SELECT count(*), count(DISTINCT metric) FROM points")[1] == [(1800, 6)]


def test_a_project_where_nothing_was_folded_is_empty(tmp_path: Path) -> None:
    project = Home(tmp_path).create("fresh")
    assert (project.runs(), project.metrics("x"), project.series("x")) == ([], [], {})
    assert project.unsealed() == []
    assert not project.path.exists()


def test_the_first_and_last_steps_follow_the_calls_and_not_the_shapes(project: ProjectStore) -> None:
    Written(project).row(5, a=1.0, b=1.0).row(1, a=2.0).row(9, a=3.0, b=3.0).row(2, a=4.0).finish()
    project.catch_up()
    (metric,) = [metric for metric in project.metrics("r") if metric.name == "a"]
    assert (metric.first_step, metric.last_step, metric.last, metric.count) == (5, 2, 4.0, 4)
    assert project.runs()[0].last_step == 9


def _steps(project: ProjectStore) -> list[int]:
    project.catch_up()
    return [step for _, step, _, _ in project.values("r", "loss")]


def _age(path: Path, *, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_disk_that_is_full_is_told_by_its_name(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    script = """
import sys, resource
from pathlib import Path
from tests.store.journals import Written
from trackio.store.home import Home

project = Home(Path(sys.argv[1])).create("p")
Written(project).rows(range(3))
few = resource.RLIMIT_FSIZE
resource.setrlimit(few, (8192, resource.RLIM_INFINITY))
for _ in range(3):
    project.catch_up()
resource.setrlimit(few, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
project.catch_up()
Written(project, run="q").rows(range(3))
resource.setrlimit(few, (8192, resource.RLIM_INFINITY))
project.catch_up()
"""
    assert resource.RLIMIT_FSIZE
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    # Once, and again when it happens anew: a page that is open looks every second.
    assert done.stderr.count("could not be brought up to date (disk I/O error)") == 2
