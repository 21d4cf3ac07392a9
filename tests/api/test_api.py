"""Finding projects and runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api import made
from trackio.api import Api
from trackio.errors import UnknownProject, UnknownRun, UsageError

HOSTILE = ["../../etc", "a/b", "x\x00y", "line\nbreak", "\u202erevo", "<script>", "🚀", "a" * 300, "CON", "."]


@pytest.fixture
def api(tmp_path: Path) -> Api:
    made.project(
        tmp_path,
        "mnist",
        made.run("a1", name="otter", group="adam", config={"lr": 0.1, "optim": {"name": "adam"}}),
        made.run("b2", name="heron", group="sgd", config={"lr": 0.01}, start_ns=made.START_NS + made.SECOND_NS),
        made.run(
            "c3",
            [{"loss": 9.0}, {"loss": 7.0}],
            name="otter",
            config={"lr": 1},
            start_ns=made.START_NS + 2 * made.SECOND_NS,
        ),
    )
    made.project(tmp_path, "team/vision", made.run("d4", name="seed/1"))
    return Api(tmp_path)


def test_projects_come_by_name(api: Api) -> None:
    assert [project.name for project in api.projects()] == ["mnist", "team/vision"]


def test_a_home_that_is_not_there_has_no_projects(tmp_path: Path) -> None:
    assert Api(tmp_path / "none").projects() == []


def test_an_unknown_project_suggests_the_nearest(api: Api) -> None:
    with pytest.raises(UnknownProject, match=r"No project named 'mnits'.*Nearest: mnist\."):
        api.project("mnits")


def test_a_run_is_found_by_id_and_else_as_the_newest_of_its_name(api: Api) -> None:
    project = api.project("mnist")
    assert [project.run(key).id for key in ("a1", "heron", "otter")] == ["a1", "b2", "c3"]


def test_an_unknown_run_suggests_the_nearest(api: Api) -> None:
    with pytest.raises(UnknownRun, match="Nearest: heron"):
        api.project("mnist").run("herno")


@pytest.mark.parametrize(
    ("path", "found"),
    [("mnist/a1", "a1"), ("me/mnist/a1", "a1"), ("team/vision/seed/1", "d4"), ("me/team/vision/seed/1", "d4")],
)
def test_a_path_leads_to_a_run_though_names_have_slashes(api: Api, path: str, found: str) -> None:
    assert api.run(path).id == found


@pytest.mark.parametrize(
    ("path", "error"), [("mnist/x", UnknownRun), ("none/a1", UnknownProject), ("mnist", UsageError)]
)
def test_a_path_that_leads_nowhere_says_where_it_ends(api: Api, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        api.run(path)


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({}, ["a1", "b2", "c3"]),
        ({"group": "sgd"}, ["b2"]),
        ({"status": "running"}, []),
        ({"filters": {"config.lr": {"$lt": 0.5}}}, ["a1", "b2"]),
        ({"filters": {"config.optim.name": "adam"}}, ["a1"]),
        ({"order": "-summary.loss"}, ["c3", "a1", "b2"]),
        ({"order": "config.lr"}, ["b2", "a1", "c3"]),
        ({"order": "-created_at"}, ["c3", "b2", "a1"]),
    ],
)
def test_runs_can_be_chosen_and_ordered(api: Api, options: dict[str, Any], ids: list[str]) -> None:
    assert [run.id for run in api.project("mnist").runs(**options)] == ids


def test_runs_come_by_path_as_with_wandb(api: Api) -> None:
    found = api.runs("me/mnist", filters={"state": "finished", "display_name": "otter"}, order="-created_at")
    assert [run.id for run in found] == ["c3", "a1"]


def test_metrics_of_a_project_are_those_of_all_runs(api: Api) -> None:
    assert api.project("mnist").metrics() == ["loss", "acc"]
    assert api.project("mnist").system_metrics() == []


def test_a_query_gives_a_frame(api: Api) -> None:
    frame = api.project("mnist").query("SELECT run, max(step) AS last FROM logs GROUP BY run ORDER BY run")
    assert frame.to_dict("list") == {"run": ["heron", "otter"], "last": [9, 9]}


def test_a_query_cannot_write(api: Api) -> None:
    with pytest.raises(UsageError, match="not authorized"):
        api.project("mnist").query("DELETE FROM runs")
    assert len(api.project("mnist").runs()) == 3


@pytest.mark.parametrize("sql", ["", "  ", "-- nothing", ";"])
def test_an_empty_query_is_refused(api: Api, sql: str) -> None:
    with pytest.raises(UsageError, match="The query is empty"):
        api.project("mnist").query(sql)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_come_back_as_given(tmp_path: Path, name: str) -> None:
    made.project(tmp_path, name, made.run("id-" + name, [{name: 1.5}], name=name, group=name, config={name: name}))
    (project,) = Api(tmp_path).projects()
    run = project.run(name)
    assert (project.name, run.name, run.group, run.config) == (name, name, name, {name: name})
    assert run.history()[name].tolist() == [1.5]
    assert [path for path in tmp_path.iterdir() if path.name != "projects"] == []
