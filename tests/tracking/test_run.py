"""What a run in progress answers, and what may be said of it later."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import trackio
from trackio.errors import RunFinished, UsageError
from trackio.store.home import Home
from trackio.store.listening import announce
from trackio.store.project import ProjectStore

WANDB = """
id name project entity group job_type tags notes url path dir config summary step starting_step resumed disabled offline
start_time settings sweep_id sweep_url project_url config_static get_url get_project_url project_name log finish join
alert watch unwatch define_metric mark_preempting status to_html display pin_config_keys write_logs set_tags add_tags
log_metrics log_params log_system
"""


@pytest.mark.parametrize("name", WANDB.split())
def test_a_run_has_every_name_that_scripts_ask_of_it(name: str) -> None:
    assert hasattr(trackio.init(project="p"), name)


def test_a_run_knows_what_it_is(home: Home) -> None:
    run = trackio.init(project="my p", name="n/1", id="i d", entity="team")
    assert run.path == "team/my p/i d"
    assert run.url == run.get_url() == "http://127.0.0.1:7860/?project=my%20p&run=i%20d"
    assert run.project_url == run.get_project_url() == "http://127.0.0.1:7860/?project=my%20p"
    withdraw = announce(home.path, "http://127.0.0.1:7861")
    assert run.url == "http://127.0.0.1:7861/?project=my%20p&run=i%20d"
    withdraw()
    assert (run.project_name(), run.sweep_id, run.sweep_url, run.get_sweep_url()) == ("my p", None, None, None)
    assert (run.settings.run_id, run.settings.project, run.settings.run_name) == ("i d", "my p", "n/1")
    assert (run.resumed, run.disabled, run.offline) == (False, False, False)
    assert 1.6e9 < run.start_time < 1e11


def test_its_folder_is_made_when_it_is_asked_for(home: Home, tmp_path: Path) -> None:
    run = trackio.init(project="p", id="../x")
    assert not run.folder.exists()
    assert Path(run.dir).is_dir()
    assert Path(run.dir).is_relative_to(home.path)
    elsewhere = trackio.init(project="p", dir=tmp_path / "there")
    assert Path(elsewhere.dir).is_relative_to(tmp_path / "there")
    assert elsewhere.directory.is_relative_to(home.path), "dir is of the script's files, not of the record"


def test_status_is_a_word_and_a_call(project: ProjectStore) -> None:
    run = trackio.init(project="p")
    assert (run.status, json.dumps(run.status)) == ("running", '"running"')
    assert (run.status().sync_items_total, run.status().sync_items_pending, run.status().sync_time) == (0, 0, None)


def test_tags_are_set_and_added(project: ProjectStore) -> None:
    run = trackio.init(project="p", tags=["a"])
    run.add_tags("b", ["c", "a"])
    assert run.tags == ("a", "b", "c")
    run.tags += ("d",)
    run.set_tags(["x"], "y")
    run.finish()
    project.catch_up()
    assert project.runs()[0].tags == ("x", "y")


def test_items_log_and_give_the_summary(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run["loss"] = 1.0
        run.log_metrics({"acc": 0.5}, step=4)
        run.log_params({"lr": 0.1})
        assert (run["loss"], run["acc"], run.step, run.config.lr) == (1.0, 0.5, 5, 0.1)
        with pytest.raises(KeyError):
            run["missing"]


def test_what_is_kept_as_events_is_there_for_readers(project: ProjectStore) -> None:
    with trackio.init(project="p", id="i") as run:
        run.mark_preempting()
        run.pin_config_keys(["lr"])
        run.write_logs("a line")
    project.catch_up()
    assert len(project.events("i", "preempting")) == 1
    assert project.events("i", "pin_config_keys")[0]["keys"] == ["lr"]
    assert project.events("i", "output")[0]["text"] == "a line"


def test_a_run_shows_itself_in_a_notebook_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trackio.init(project="p", id="i", name="<b>")
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert run.display() is False
    shown: list[Any] = []
    notebook = SimpleNamespace(
        get_ipython=object, display=SimpleNamespace(display=shown.append, HTML=lambda text: text)
    )
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    assert run.display(height=300) is True
    assert shown == [run.to_html(300)]
    assert "height:300px" in shown[0]
    assert "&lt;b&gt;" in run.to_html(hidden=True)


@pytest.mark.parametrize(
    ("status", "recorded"),
    [("failed", "failed"), ("FAILED", "failed"), ("crashed", "failed"), ("completed", "finished"), ("x", "finished")],
)
def test_other_trackers_words_for_the_end_are_understood(status: str, recorded: str, project: ProjectStore) -> None:
    trackio.init(project="p").finish(status=status)
    project.catch_up()
    assert project.runs()[0].status == recorded


@pytest.mark.parametrize(
    ("given", "recorded"), [(0, 0), (3, 3), (True, 1), ("2", 2), ("failed", 1), (1.0, 1), (object(), 1)]
)
def test_an_exit_code_is_a_number_whatever_it_was_given_as(given: Any, recorded: int, project: ProjectStore) -> None:
    trackio.init(project="p").finish(exit_code=given)
    project.catch_up()
    record = project.runs()[0]
    assert (record.exit_code, record.status) == (recorded, "failed" if recorded else "finished")


def test_what_comes_after_the_end_says_so() -> None:
    run = trackio.init(project="p", name="n", config={"lr": 0.1})
    run.summary["best"] = 1
    run.finish()
    calls: list[tuple[str, Callable[[], object]]] = [
        ("log()", lambda: run.log({"a": 1})),
        ("alert()", lambda: run.alert("t")),
        ("define_metric()", lambda: run.define_metric("a")),
        ("mark_preempting()", run.mark_preempting),
        ("a change to the run", lambda: run.add_tags("x")),
        ("a change to the run's config", lambda: run.config.update({"lr": 0.2})),
        ("a change to the run's config", lambda: run.config.pop("lr")),
        ("a change to the run's summary", lambda: run.summary.update({"best": 2})),
        ("a change to the run's summary", lambda: run.summary.pop("best")),
    ]
    for name, call in calls:
        with pytest.raises(RunFinished, match=re.escape(f"{name} came after run 'n' finished")):
            call()
    assert (dict(run.config), dict(run.summary)) == ({"lr": 0.1}, {"best": 1})
    assert (run.name, run.tags, run.path, run.summary.get("a")) == ("n", (), f"p/{run.id}", None)


# Alerts


def test_alerts_are_recorded_and_printed_once(project: ProjectStore, capsys: pytest.CaptureFixture[str]) -> None:
    with trackio.init(project="p", name="n") as run:
        run.alert("first")
        run.log({"loss": 1.0}, step=7)
        run.alert(title="hot", text="87 degrees", level=trackio.AlertLevel.WARN, data={"gpu": 3})
        trackio.alert("broken", "badly", level="error")
    project.catch_up()
    found = [(one.level, one.title, one.text, one.step, one.data) for one in project.alerts()]
    assert found == [
        ("warn", "first", "", None, None),
        ("warn", "hot", "87 degrees", 7, {"gpu": 3}),
        ("error", "broken", "badly", 7, None),
    ]
    assert capsys.readouterr().err.splitlines() == [
        "trackio: WARN: run 'n': first",
        "trackio: WARN: run 'n': hot: 87 degrees",
        "trackio: ERROR: run 'n': broken: badly",
    ]


@pytest.mark.parametrize(("wait", "count"), [(None, 3), (0, 3), (60, 1), (timedelta(minutes=5), 1)])
def test_alerts_of_one_title_wait_as_long_as_told(wait: Any, count: int, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        for _ in range(3):
            run.alert("same", wait_duration=wait)
        run.alert("other", wait_duration=wait)
    project.catch_up()
    assert [one.title for one in project.alerts()] == ["same"] * count + ["other"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"title": " "}, "needs a title"),
        ({"title": "t", "level": "loud"}, "Use 'INFO', 'WARN' or 'ERROR'"),
        ({"title": "t", "wait_duration": "soon"}, "neither a number of seconds nor a timedelta"),
    ],
)
def test_alerts_that_cannot_be_say_so(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        trackio.init(project="p").alert(**given)


def test_levels_are_those_of_wandb() -> None:
    assert [(level.name, level.value) for level in trackio.AlertLevel] == [
        ("INFO", "INFO"),
        ("WARN", "WARN"),
        ("ERROR", "ERROR"),
    ]


def test_arguments_come_in_wandbs_order() -> None:
    wandb = {
        "alert": ["title", "text", "level", "wait_duration"],
        "define_metric": ["name", "step_metric", "step_sync", "hidden", "summary", "overwrite"],
        "watch": ["models", "criterion", "log", "log_freq", "idx", "log_graph"],
    }
    for name, order in wandb.items():
        assert list(inspect.signature(getattr(trackio, name)).parameters)[: len(order)] == order
        assert list(inspect.signature(getattr(trackio.Run, name)).parameters)[1 : len(order) + 1] == order


def test_a_folder_that_cannot_be_made_is_a_temporary_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    run = trackio.init(project="p", dir=tmp_path / "file")
    assert Path(run.dir).is_dir()
    assert run.dir == run.dir
    assert caplog.text.count("run.dir cannot be") == 1
