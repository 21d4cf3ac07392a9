"""Scripts that read runs through ``wandb.Api()`` read them here."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.api import made
from trackio import references
from trackio.api import Api
from trackio.errors import NotFound, UnknownMetric, UnknownRun, UsageError
from trackio.records import Scalar


@pytest.fixture
def api(tmp_path: Path) -> Api:
    rows = [{"loss": 1.0 / (1 + k), "k": k} for k in range(10)]
    made.project(
        tmp_path,
        "p",
        made.run("a", rows, name="first", config={"lr": 0.1, "deep": {"x": 1}}),
        made.run("b", [{"acc": 0.5}, {"loss": 3.0, "acc": 0.6}], name="second"),
    )
    return Api(tmp_path)


@pytest.mark.parametrize(
    "path", ["p/a", "p/first", "entity/p/a", "p/runs/a", "/entity/p/a", "/p/a/", "entity/p/runs/first"]
)
def test_a_path_finds_its_run(api: Api, path: str) -> None:
    assert api.run(path).id == "a"


def test_a_default_project_stands_for_a_missing_one(tmp_path: Path, api: Api) -> None:
    given = Api(tmp_path, overrides={"project": "p", "entity": "me"})
    assert given.run("a").id == "a"
    assert [run.id for run in given.runs()] == ["a", "b"]
    assert (given.default_entity, given.settings["project"]) == ("me", "p")
    with pytest.raises(UsageError, match="Name a project"):
        api.runs()
    with pytest.raises(UsageError, match="project/run"):
        api.run("a")
    with pytest.raises(UnknownRun):
        given.run("nope")


def test_history_has_the_columns_that_scripts_ask_for(api: Api) -> None:
    run = api.run("p/a")
    history = run.history()
    assert history["_step"].tolist() == list(range(10))
    assert history["_runtime"].tolist() == [float(k) for k in range(10)]
    assert history["_timestamp"].iloc[0] == pytest.approx(made.START_NS / 1e9)
    assert run.history(keys=["loss", "_step"])[["_step", "loss"]].shape == (10, 2)


def test_samples_are_even_and_hold_both_ends(api: Api) -> None:
    run = api.run("p/a")
    assert run.history(samples=4)["_step"].tolist() == [0, 3, 6, 9]
    assert run.history(4)["_step"].tolist() == [0, 3, 6, 9]
    assert len(run.history(samples=100)) == 10
    assert len(run.history(samples=0)) == 0


def test_history_without_pandas_is_a_list_of_rows(api: Api) -> None:
    rows = api.run("p/b").history(pandas=False)
    assert [set(row) - {"step", "timestamp", "_timestamp", "_runtime"} for row in rows] == [
        {"acc", "_step"},
        {"acc", "loss", "_step"},
    ]
    assert [row["loss"] for row in api.run("p/b").history(keys=["loss"], pandas=False)] == [3.0]


def test_histories_of_all_runs_are_one_table(api: Api) -> None:
    found = api.runs("p").histories(keys=["loss"], format="pandas")
    assert found.groupby("run_id").size().to_dict() == {"a": 10, "b": 1}
    assert api.runs("p").histories(keys=["acc"])[0]["run_id"] == "b"
    with pytest.raises(UsageError, match="format"):
        api.runs("p").histories(format="xml")


def test_a_summary_exports_as_scripts_do_it(api: Api) -> None:
    run = api.run("p/a")
    assert run.summary._json_dict["loss"] == pytest.approx(0.1)
    assert run.summary.loss == run.summary["loss"]
    assert {k: v for k, v in run.config.items() if not k.startswith("_")} == {"lr": 0.1, "deep": {"x": 1}}
    assert (run.lastHistoryStep, run.state, run.path[-1]) == (9, "finished", "a")
    assert run.url.endswith("?project=p&run=a")


def test_what_is_changed_is_recorded_by_update(tmp_path: Path, api: Api) -> None:
    run = api.run("p/a")
    run.name, run.notes = "renamed", "seen"
    run.tags.append("best")
    run.config["lr"] = 0.2
    run.config["deep"]["x"] = 2
    del run.summary["k"]
    run.summary["score"] = 7
    run.update()
    again = Api(tmp_path).run("p/a")
    assert (again.name, again.notes, again.tags, again.status) == ("renamed", "seen", ["best"], "finished")
    assert again.config == {"lr": 0.2, "deep": {"x": 2}}
    assert (again.summary["score"], again.last_step) == (7, 9)
    assert not list((tmp_path / "projects" / "p" / "journals").iterdir())


def test_updating_nothing_records_nothing(api: Api) -> None:
    run = api.run("p/a")
    before = run.record.revision
    run.update()
    assert run.record.revision == before


def test_what_cannot_be_recorded_is_said_and_nothing_is(api: Api) -> None:
    run = api.run("p/a")
    run.config["bad"] = object()
    with pytest.raises(UsageError, match="cannot be recorded"):
        run.update()
    assert "bad" not in run.refresh().config
    with pytest.raises(UsageError, match="tags"):
        run.tags = "one"  # type: ignore[assignment]


def test_numbers_that_json_lacks_survive_an_update(api: Api) -> None:
    run = api.run("p/a")
    run.summary["worst"] = math.inf
    run.update()
    assert run.summary["worst"] in (math.inf, "Infinity")


def test_a_deleted_run_is_gone(api: Api) -> None:
    api.run("p/a").delete()
    assert [run.id for run in api.runs("p")] == ["b"]


def test_paths_lead_to_runs_and_projects(api: Api) -> None:
    assert api.from_path("p/a").name == "first"
    assert api.from_path("entity/p").name == "p"
    assert api.project("entity/p").name == "p"
    api.create_project("fresh")
    assert api.runs("fresh") == []
    with pytest.raises(NotFound, match="sweep"):
        api.sweep("e/p/nope")


def test_rows_of_another_run_that_are_logged_anew_stand_at_their_own_step_and_time(tmp_path: Path) -> None:
    rows = [{"_step": 7, "_timestamp": 1.5, "_runtime": 2.5, "loss": 0.5}]
    store = made.project(tmp_path, "p", made.run("r", rows, steps=[3]))
    run = Api(tmp_path).project("p").run("r")
    (row,) = run.scan_history()
    assert (row["_step"], row["_timestamp"], row["loss"]) == (3, made.START_NS / 1e9, 0.5)
    frame = run.history()
    assert frame.columns.is_unique
    assert frame[["_step", "metric:_step", "metric:_timestamp"]].to_numpy().tolist() == [[3, 7, 1.5]]
    assert store.run("r").summary["_step"] == 7


def test_a_few_values_logged_as_one_come_back_as_a_list_and_a_medium_as_its_reference(tmp_path: Path) -> None:
    html = {"_type": "trackio.html", "file": "0" * 64 + ".html", "size": 3}
    array = {"_type": "trackio.array", "_value": [1, 2.5]}
    logged: dict[str, Scalar] = {"a": references.encode(array), "h": references.encode(html), "t": "text"}
    made.project(tmp_path, "p", made.run("r", [logged, logged]))
    run = Api(tmp_path).project("p").run("r")
    expected = {"a": [1, 2.5], "h": html, "t": "text"}
    assert dict(run.summary) == expected
    for row in run.scan_history():
        assert {name: row[name] for name in expected} == expected
    assert run.history(pandas=False)[1].items() >= expected.items()
    assert run.history()["a"].tolist() == [[1, 2.5], [1, 2.5]]
    run.summary["mine"] = 1
    run.update()
    assert run._store.own_summary("r") == {"mine": 1}


def test_a_run_that_lacks_a_metric_of_others_has_no_rows_of_it_and_a_name_that_none_has_is_an_error(api: Api) -> None:
    frames = [run.history(keys=["acc", "_step"]) for run in api.runs("p")]
    assert [len(frame) for frame in frames] == [0, 2]
    assert [frame["acc"].tolist() for frame in frames] == [[], [0.5, 0.6]]
    assert [len(run.history(keys=["acc"], pandas=False)) for run in api.runs("p")] == [0, 2]
    assert [len(list(run.scan_history(keys=["acc"]))) for run in api.runs("p")] == [0, 2]
    for read in (lambda run: run.history(keys=["ac"]), lambda run: run.scan_history(keys=["ac"])):
        with pytest.raises(UnknownMetric, match="Nearest: acc"):
            read(api.run("p/a"))


def test_a_run_answers_by_the_names_that_scripts_have_for_what_it_knows(api: Api) -> None:
    run = api.run("p/a")
    assert (run.display_name, run.exitcode, run.entity, run.user, run.metadata) == ("first", 0, "", None, None)
    assert (run.heartbeat_at, run.load().id) == (run.updated_at, "a")
    assert run.rawconfig == run.config
    assert json.loads(run.json_config)["lr"] == {"value": 0.1}
    assert run.summary_metrics == dict(run.summary)
    assert run.url.replace("&", "&amp;") in run.to_html(hidden=True)
