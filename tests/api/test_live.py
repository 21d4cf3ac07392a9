"""Runs that are still going, with what their machine said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import trackio
from trackio.tracking.run import Run


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    run = trackio.init("p", "otter", {"lr": 0.1}, tags=["best"], notes="hm", auto_log_cpu=False, auto_log_gpu=False)
    yield run
    run.finish()


def test_a_run_in_progress_is_read_as_far_as_it_is(live: Run) -> None:
    live.log({"loss": 1.0})
    project = trackio.Api().project("p")
    read = project.run("otter")
    assert (read.status, read.finished_at, read.tags, read.notes) == ("running", None, ["best"], "hm")
    assert read.metric("loss").value.tolist() == [1.0]
    live.log({"loss": 0.5, "n": 3})
    assert read.metric("loss").value.tolist() == [1.0, 0.5]
    assert read.history()["n"].tolist()[1] == 3
    assert [run.id for run in project.runs(status="running")] == [live.id]


def test_a_run_that_was_read_is_as_it_was_until_refreshed(live: Run) -> None:
    read = trackio.Api().project("p").run("otter")
    live.log({"loss": 1.0})
    live.finish()
    assert (read.status, read.num_logs) == ("running", 0)
    assert (read.refresh().status, read.num_logs) == ("finished", 1)


def test_an_error_in_the_script_marks_the_run_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    with pytest.raises(ZeroDivisionError), trackio.init("p", auto_log_cpu=False, auto_log_gpu=False):
        _ = 1 / 0
    (run,) = trackio.Api().project("p").runs()
    assert run.status == "failed"


def test_what_the_machine_said_is_apart_from_metrics(live: Run) -> None:
    live.log({"loss": 1.0})
    live.log_system({"cpu/percent": 12.5})
    live.finish()
    project = trackio.Api().project("p")
    run = project.run("otter")
    assert (run.metrics(), run.system_metrics(), project.system_metrics()) == (
        ["loss"],
        ["cpu/percent"],
        ["cpu/percent"],
    )
    assert run.metric("cpu/percent", "system").value.tolist() == [12.5]
    assert run.history(kind="system")["cpu/percent"].tolist() == [12.5]
    assert run.summary == {"loss": 1.0}
