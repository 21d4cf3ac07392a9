"""What readers ask of a project."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.store.journals import Written
from trackio.errors import UnknownRun, UsageError
from trackio.store import layout
from trackio.store.project import ProjectStore


def test_a_run_tells_what_is_known_of_it(project: ProjectStore) -> None:
    Written(project, created_ns=5 * 10**9).event(
        "run", name="brave", group="g", job_type="eval", tags=["a", "b"], notes="why"
    ).event("config", values={"lr": 0.1, "deep": {"x": [1, None]}}).rows([0, 4]).event(
        "summary", values={"best": 1}
    ).finish("failed")
    project.catch_up()
    run = project.run("brave")
    assert (run.name, run.group, run.job_type, run.tags, run.notes) == ("brave", "g", "eval", ("a", "b"), "why")
    assert run.config == {"lr": 0.1, "deep": {"x": [1, None]}}
    assert run.summary == {"loss": 2.0, "best": 1}
    assert (run.status, run.exit_code, run.row_count, run.last_step, run.order) == ("failed", 1, 2, 4, 0)
    assert run.created_ns == 5 * 10**9
    assert run.finished_ns is not None
    assert run.seconds > 0


def test_config_and_summary_lose_what_is_removed(project: ProjectStore) -> None:
    Written(project).event("config", values={"a": 1, "b": 2}).event("config", values={}, remove=["a", "never"])
    project.catch_up()
    assert project.run("r").config == {"b": 2}


def test_a_run_is_found_by_id_before_name_and_newest_first(project: ProjectStore) -> None:
    for created, (run, name) in enumerate([("x", "same"), ("y", "same"), ("same2", "x")], start=1):
        Written(project, run, created_ns=created * 10**9).event("run", name=name)
    project.catch_up()
    assert project.run("x").id == "x"
    assert project.run("same").id == "y"
    with pytest.raises(UnknownRun, match="Nearest: same"):
        project.run("sane")


def test_metrics_tell_their_range_without_points(project: ProjectStore) -> None:
    Written(project).row(0, loss=2.0).row(1, loss=float("nan")).row(2, loss=float("-inf")).row(3, loss=1.5).row(
        4, note="text"
    ).row(4, "system", cpu=50.0)
    project.catch_up()
    loss, note = project.metrics("r")
    assert (loss.count, loss.minimum, loss.maximum, loss.last, loss.is_numeric) == (4, 1.5, 2.0, 1.5, True)
    assert (note.last, note.is_numeric, note.minimum) == ("text", False, None)
    assert [metric.name for metric in project.metrics("r", "system")] == ["cpu"]
    assert [metric.name for metric in project.metrics("r", None)] == ["loss", "note", "cpu"]
    assert project.metrics_by_run() == {"r": [loss, note]}


def test_a_nan_that_came_last_is_the_last_value(project: ProjectStore) -> None:
    Written(project).row(0, loss=1.0).row(1, loss=float("nan"))
    project.catch_up()
    last = project.metrics("r")[0].last
    assert isinstance(last, float)
    assert math.isnan(last)
    assert math.isnan(project.run("r").summary["loss"])


def test_the_revision_changes_with_every_change_and_only_then(project: ProjectStore) -> None:
    written = Written(project)
    seen = []
    for change in (
        lambda: written.rows([0]),
        lambda: written.event("run", name="other"),
        lambda: written.event("config", values={"a": 1}),
        written.finish,
    ):
        change()
        project.catch_up()
        seen.append(project.revision())
        project.catch_up()
        assert project.revision() == seen[-1]
    assert len(set(seen)) == len(seen)


def test_a_change_of_one_run_leaves_the_revision_of_the_others(project: ProjectStore) -> None:
    one = Written(project, "one").rows([0])
    Written(project, "two", created_ns=2 * 10**9).rows([0])
    project.catch_up()
    before = {run.id: run.revision for run in project.runs()}
    one.rows([1])
    project.catch_up()
    after = {run.id: run.revision for run in project.runs()}
    assert after["one"] > before["one"]
    assert after["two"] == before["two"]


def test_series_hold_numbers_and_values_hold_all(project: ProjectStore) -> None:
    Written(project).row(0, m=1.5).row(1, m="text").row(2, m=True).row(3, m=7)
    project.catch_up()
    series = project.series("r", ["m", "unknown"])["m"]
    assert series.value.tolist() == [1.5, 1.0, 7.0]
    assert series.row.tolist() == [0, 2, 3]
    assert series.step.dtype == np.int64
    assert [value for *_, value in project.values("r", "m")] == [1.5, "text", 1, 7]


def test_a_deleted_run_is_gone_with_its_points_and_the_others_keep_their_order(project: ProjectStore) -> None:
    for number in range(3):
        Written(project, f"r{number}", created_ns=number + 1).rows(range(4)).finish()
    project.catch_up()
    project.seal("r1")
    before = project.revision()
    project.delete_run("r1")
    project.catch_up()
    assert [(run.id, run.order) for run in project.runs()] == [("r0", 0), ("r2", 2)]
    assert project.query("SELECT count(*) FROM points")[1] == [(8,)]
    assert not layout.parquet(project.directory, "r1").exists()
    assert project.revision() != before
    with pytest.raises(UnknownRun):
        project.delete_run("r1")


def test_a_deleted_run_in_progress_does_not_come_back(project: ProjectStore) -> None:
    Written(project).rows([0])
    project.catch_up()
    project.delete_run("r")
    project.catch_up()
    assert project.runs() == []


def test_a_deleted_project_leaves_nothing(project: ProjectStore) -> None:
    Written(project).rows([0])
    project.catch_up()
    project.delete()
    assert not project.directory.exists()


def test_the_view_of_logs_reads_as_people_expect(project: ProjectStore) -> None:
    Written(project, created_ns=0).event("run", name="brave").row(3, **{"val/loss": 0.5})
    project.catch_up()
    columns, rows = project.query("SELECT run, metric, step, timestamp, value FROM logs")
    assert columns == ["run", "metric", "step", "timestamp", "value"]
    assert rows == [("brave", "val/loss", 3, "1970-01-01T00:00:03.000Z", 0.5)]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM runs",
        "UPDATE runs SET name = 'x'",
        "DROP TABLE points",
        "CREATE TABLE t (x)",
        "CREATE TEMP TABLE t (x)",
        "ATTACH DATABASE '/tmp/other.db' AS other",
        "PRAGMA user_version = 9",
        "PRAGMA query_only = OFF",
        "VACUUM INTO '/tmp/copy.db'",
        "SELECT 1; DELETE FROM runs",
        "WITH x AS (SELECT 1) DELETE FROM runs",
        "SELECT load_extension('x')",
        "BEGIN IMMEDIATE",
        "nonsense",
        "",
    ],
)
def test_a_query_that_does_more_than_read_is_refused(sql: str, project: ProjectStore) -> None:
    Written(project).rows([0])
    project.catch_up()
    with pytest.raises(UsageError, match="One SELECT is allowed"):
        project.query(sql)
    assert project.query("SELECT count(*) FROM runs")[1] == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM runs",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT max(i) FROM n",
        "SELECT json_extract(config, '$.lr') FROM runs",
        "SELECT metric, avg(value) OVER (ORDER BY step) FROM logs",
        "SELECT ';' AS semicolon",
    ],
)
def test_any_query_that_reads_is_answered(sql: str, project: ProjectStore) -> None:
    Written(project).rows([0])
    project.catch_up()
    assert project.query(sql)[1]


def test_the_summary_has_truth_values_as_they_were_logged(project: ProjectStore) -> None:
    Written(project).row(0, ok=False, mixed=True).row(1, ok=True, mixed=2)
    project.catch_up()
    for run in (project.run("r"), *project.runs()):
        assert (run.summary["ok"], run.summary["mixed"]) == (True, 2)
        assert type(run.summary["ok"]) is bool
