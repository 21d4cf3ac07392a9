"""``SQLiteStorage``, as callers of the original use it."""

from __future__ import annotations

import pytest

import trackio
from trackio.sqlite_storage import SQLiteStorage


@pytest.fixture
def logged() -> str:
    """The id of a run with five rows."""
    with trackio.init(project="p", name="n", config={"lr": 0.1}) as run:
        for step in range(5):
            run.log({"loss": 5.0 - step, "text": "x"}, step=step * 10)
        run.log_system({"watts": 70.0})
        run.alert("first", "a")
        run.alert("second", "b", level="error")
    return run.id


def test_rows_come_with_step_and_timestamp(logged: str) -> None:
    rows = SQLiteStorage.get_logs("p", "n")
    assert [(row["step"], row["loss"], row["text"]) for row in rows] == [(n * 10, 5.0 - n, "x") for n in range(5)]
    assert rows[0]["timestamp"].startswith("20")
    assert SQLiteStorage.get_logs("p", logged) == rows
    assert [row["step"] for row in SQLiteStorage.get_logs("p", "n", max_points=3)] == [0, 20, 40]
    assert SQLiteStorage.get_system_logs("p", "n")[0]["watts"] == 70.0


def test_projects_runs_and_configs_are_listed(logged: str) -> None:
    assert SQLiteStorage.get_projects() == ["p"]
    assert SQLiteStorage.get_runs("p") == ["n"]
    assert SQLiteStorage.get_run_config("p", "n") == {"lr": 0.1}
    assert SQLiteStorage.get_all_run_configs("p") == {"n": {"lr": 0.1}}
    assert SQLiteStorage.get_max_steps_for_runs("p") == {"n": 40}
    assert (SQLiteStorage.get_last_step("p", "n"), SQLiteStorage.get_run_status("p", "n")) == (40, "finished")
    assert SQLiteStorage.get_all_metrics_for_run("p", "n") == ["loss", "text"]
    assert [point["value"] for point in SQLiteStorage.get_metric_values("p", "n", "loss")] == [5.0, 4.0, 3.0, 2.0, 1.0]


def test_alerts_come_newest_first(logged: str) -> None:
    assert [alert["title"] for alert in SQLiteStorage.get_alerts("p")] == ["second", "first"]
    assert [alert["title"] for alert in SQLiteStorage.get_alerts("p", run_name="n", level="warn")] == ["first"]
    assert SQLiteStorage.get_alerts("p", since="2100-01-01") == []


def test_what_is_not_there_answers_with_nothing(logged: str) -> None:
    assert SQLiteStorage.get_logs("none", "n") == SQLiteStorage.get_logs("p", "none") == []
    assert SQLiteStorage.get_runs("none") == SQLiteStorage.get_alerts("p", run_name="none") == []
    assert SQLiteStorage.get_run_config("p", "none") is None
    assert SQLiteStorage.get_run_status("none", "n") is SQLiteStorage.get_last_step("none", "n") is None
    assert SQLiteStorage.get_all_metrics_for_run("p", "none") == SQLiteStorage.get_metric_values("p", "none", "x") == []
