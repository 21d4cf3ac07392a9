"""What ``init`` takes: every argument of wandb's and the original's, settings, and the environment."""

from __future__ import annotations

import argparse
import copy
import inspect
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.tracking.conftest import CHECKOUT, Script, points
from trackio import context_vars
from trackio.errors import UsageError
from trackio.store.home import Home
from trackio.store.project import ProjectStore
from trackio.tracking import terminal
from trackio.tracking.faults import Faults

ARGUMENTS = """
entity project dir id name notes tags config config_exclude_keys config_include_keys allow_val_change group job_type
mode force reinit resume resume_from fork_from save_code tensorboard sync_tensorboard monitor_gym settings anonymous

auto_log_gpu gpu_log_interval auto_log_cpu cpu_log_interval space_id dataset_id bucket_id server_url private webhook_url
write_token webhook_min_level alerts_on embed

workspace api_key base_url run_name metadata
"""
"""wandb's, the original's, and those that ZenML looks for."""


@pytest.fixture(autouse=True)
def nothing_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_once", Faults())
    monkeypatch.setattr(terminal, "_told", set())


@pytest.mark.parametrize("name", ARGUMENTS.split())
def test_every_argument_is_named_in_the_signature(name: str) -> None:
    parameters = inspect.signature(trackio.init).parameters
    assert name in parameters
    assert not any(one.kind is one.VAR_KEYWORD for one in parameters.values())


@pytest.mark.parametrize(
    "given",
    [
        {"bucket_id": "u/b"},
        {"dataset_id": "u/d"},
        {"force": True},
        {"monitor_gym": True},
        {"sync_tensorboard": True},
        {"tensorboard": True},
        {"settings": {"base_url": "http://127.0.0.1:1"}},
        {"anonymous": "must"},
    ],
)
def test_what_has_no_meaning_here_says_once_what_happens_instead(
    given: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        trackio.init(project="p", **given).finish()
    assert len(caplog.records) == 1
    assert "has no effect" in caplog.text


@pytest.mark.parametrize(
    "given", [{"force": False}, {"private": True}, {"embed": False}, {"entity": "team"}, {"save_code": False}, {}]
)
def test_what_harms_nothing_says_nothing(given: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with trackio.init(project="p", **given):
        pass
    assert not caplog.records


def test_the_space_is_known_to_others_and_goes_again_with_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody shall look for the Space.
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    run = trackio.init(project="p", space_id="user/space")
    assert (context_vars.current_space_id.get(), run._space_id) == ("user/space", "user/space")
    trackio.init(project="p")
    assert context_vars.current_space_id.get() is None


@pytest.mark.parametrize("space_id", ["charts", "not a name", "a/b/c"])
def test_what_is_no_id_of_a_space_is_told_and_the_run_stays_here(
    home: Home, space_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    with trackio.init(project="p", space_id=space_id) as run:
        run.log({"loss": 1.0})
    [said] = caplog.messages
    assert repr(space_id) in said
    assert "owner" in said
    assert home.project("p").runs()[0].row_count == 1


def test_no_secret_is_recorded_or_shown(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_WRITE_TOKEN", "SECRET-1")
    monkeypatch.setenv("TRACKIO_API_KEY", "SECRET-2")
    monkeypatch.setenv("TRACKIO_SYNC_SECONDS", "0.01")
    with trackio.init(
        project="p",
        server_url="http://me:SECRET-3%3F@127.0.0.1:1/?write_token=SECRET-3#SECRET-3",
        webhook_url="http://127.0.0.1:1/SECRET-4",
        api_key="SECRET-5",
        settings=trackio.Settings(api_key="SECRET-6", http_proxy="http://me:SECRET-7@127.0.0.1:1"),
    ) as run:
        run.log({"loss": 1.0})
        shown = f"{run.settings!r} {run.settings.to_dict()} {run.config} {run.url} {run!r}"
    kept = b"".join(path.read_bytes() for path in home.path.rglob("*") if path.is_file())
    assert "SECRET" not in shown
    assert b"SECRET" not in kept


# Config


FILES = [
    ("c.yaml", "lr:\n  value: 0.5\n  desc: rate\nepochs:\n  value: 7\nwandb_version: 1\n", {"lr": 0.5, "epochs": 7}),
    ("c.yaml", "lr: 0.5\nopt:\n  name: sgd\n", {"lr": 0.5, "opt": {"name": "sgd"}}),
    ("c.json", '{"lr": 0.5, "layers": [1, 2]}', {"lr": 0.5, "layers": [1, 2]}),
    ("c.yaml", "", {}),
]


@pytest.mark.parametrize(("name", "text", "expected"), FILES)
@pytest.mark.parametrize("kind", [str, Path])
def test_config_may_be_a_file(name: str, text: str, expected: object, kind: Any, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert dict(trackio.init(project="p", config=kind(tmp_path / name)).config) == expected


@pytest.mark.parametrize(("text", "message"), [(None, "does not exist"), ("a: [", "cannot be read"), ("- 1", "list")])
def test_a_config_file_that_cannot_be_read_says_why(text: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=message):
        trackio.init(project="p", config=str(path))
    assert trackio.run is None


def test_files_and_the_environment_stand_under_what_the_script_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config-defaults.yaml").write_text("a: {value: 1}\nb: {value: 1}\nc: {value: 1}\nd: {value: 1}\n")
    Path("more.yaml").write_text("b: 2\nc: 2\nd: 2\n")
    monkeypatch.setenv("WANDB_CONFIG_PATHS", "more.yaml")
    monkeypatch.setenv("WANDB_CONFIG", json.dumps({"c": 3, "d": {"value": 3}}))
    assert dict(trackio.init(project="p", config={"d": 4}).config) == {"a": 1, "b": 2, "c": 3, "d": 4}


class Broken(Mapping[str, Any]):
    """Gives one setting, fails at another, and then has no more to say."""

    def __getitem__(self, name: str) -> Any:
        if name == "bad":
            raise ZeroDivisionError
        return 1

    def __iter__(self) -> Iterator[str]:
        yield "good"
        yield "bad"
        yield "fine"
        raise RuntimeError("changed")

    def __len__(self) -> int:
        return 3


def test_a_config_whose_own_code_fails_costs_what_it_fails_to_give(caplog: pytest.LogCaptureFixture) -> None:
    run = trackio.init(project="p", config=Broken())
    assert dict(run.config) == {"good": 1, "fine": 1}
    assert "'bad' cannot be read" in caplog.text
    run.config.update(Broken())


class Flags:
    """As absl has them."""

    def flag_values_dict(self) -> dict[str, Any]:
        return {"lr": 0.1, "--verbose": True}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (argparse.Namespace(lr=0.1), {"lr": 0.1}),
        ([("lr", 0.1)], {"lr": 0.1}),
        (Flags(), {"lr": 0.1, "verbose": True}),
        (argparse.Namespace(FLAGS=Flags()), {"lr": 0.1, "verbose": True}),
        ({"--lr": 0.1}, {"lr": 0.1}),
    ],
)
def test_config_comes_in_many_forms(config: Any, expected: object) -> None:
    assert dict(trackio.init(project="p", config=config).config) == expected


def test_settings_of_the_config_are_chosen_by_name() -> None:
    config = {"a": 1, "b": 2}
    assert dict(trackio.init(project="p", config=config, config_exclude_keys=["a"]).config) == {"b": 2}
    assert dict(trackio.init(project="p", config=config, config_include_keys=["a"]).config) == {"a": 1}
    with pytest.raises(UsageError, match="not both"):
        trackio.init(project="p", config=config, config_include_keys=["a"], config_exclude_keys=["b"])


def test_metadata_becomes_part_of_the_config(project: ProjectStore) -> None:
    trackio.init(project="p", metadata={"step": "train"}, run_name="n", workspace="w").finish()
    record = project.run("n")
    assert record.config == {"metadata": {"step": "train"}}


def test_locked_settings_stay(caplog: pytest.LogCaptureFixture) -> None:
    run = trackio.init(project="p", config={"lr": 0.1})
    run.config.update_locked({"lr": 0.5}, user="sweep")
    run.config.lr = 0.7
    run.config.update({"lr": 0.5, "more": 1})
    assert dict(run.config) == {"lr": 0.5, "more": 1}
    assert "'lr' is set by sweep" in caplog.text


def test_what_changed_inside_a_setting_is_recorded_when_asked(project: ProjectStore) -> None:
    with trackio.init(project="p", config={"layers": [1]}) as run:
        run.config["layers"].append(2)
        run.config.persist()
        static = run.config_static
        assert (static.layers, static["layers"], list(static)) == ([1, 2], [1, 2], ["layers"])
        with pytest.raises(AttributeError, match="only read"):
            static.layers = 3
    project.catch_up()
    assert project.runs()[0].config == {"layers": [1, 2]}


# Settings and the environment


ENVIRONMENT: list[tuple[str, str, Callable[[trackio.Run], object], object]] = [
    ("ENTITY", "team", lambda run: run.entity, "team"),
    ("MODE", "offline", lambda run: run.offline, True),
    ("MODE", "disabled", lambda run: run.disabled, True),
    ("MODE", "dryrun", lambda run: run.offline, True),
    ("DISABLED", "true", lambda run: run.disabled, True),
    ("DISABLED", "false", lambda run: run.disabled, False),
    ("NAME", "n", lambda run: run.name, "n"),
    ("RUN_ID", "i", lambda run: run.id, "i"),
    ("TAGS", "a, b,", lambda run: run.tags, ("a", "b")),
    ("RESUME", "allow", lambda run: run.resumed, False),
    ("SWEEP_ID", "s", lambda run: run.sweep_id, "s"),
]


@pytest.mark.parametrize("prefix", ["TRACKIO_", "WANDB_"])
@pytest.mark.parametrize("said", ENVIRONMENT, ids=lambda said: f"{said[0]}={said[1]}")
def test_the_environment_says_what_the_script_does_not(
    prefix: str, said: tuple[str, str, Any, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, value, read, expected = said
    monkeypatch.setenv(prefix + name, value)
    assert read(trackio.init(project="p")) == expected


def test_our_variables_stand_over_those_of_wandb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_NAME", "theirs")
    monkeypatch.setenv("TRACKIO_NAME", "ours")
    assert trackio.init(project="p").name == "ours"


def test_projects_lie_where_wandb_is_told_when_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRACKIO_DIR")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "there"))
    trackio.init(project="p", name="n").finish()
    assert Home(tmp_path / "there" / "trackio").project("p").run("n").status == "finished"
    assert Home().projects() == ["p"]


def test_arguments_stand_over_settings_over_setup_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GROUP", "NOTES", "JOB_TYPE", "ENTITY"):
        monkeypatch.setenv(f"WANDB_{'RUN_' if name == 'GROUP' else ''}{name}", "environment")
    found = trackio.setup(trackio.Settings(run_notes="setup", run_job_type="setup", entity="setup"))
    assert found.settings.run_notes == "setup"
    try:
        given = trackio.Settings(run_job_type="settings", entity="settings", some="thing")
        run = trackio.init(project="p", entity="argument", settings=given)
    finally:
        trackio.teardown()
    assert (run.group, run.notes, run.job_type, run.entity) == ("environment", "setup", "settings", "argument")
    assert run.is_finished


def test_a_setting_that_nobody_has_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        trackio.Settings(run_nmae="x", x_anything=1, _private=2)
    assert len(caplog.records) == 1
    assert "Settings have no 'run_nmae', so it has no effect. Nearest: run_name" in caplog.text


def test_settings_are_read_copied_and_pickled() -> None:
    found = trackio.Settings(mode="offline", run_id="i")
    assert (found.mode, found.run_id, found.silent, found.console, found.x_any) == ("offline", "i", False, "off", None)
    assert copy.deepcopy(found) == copy.copy(found) == pickle.loads(pickle.dumps(found)) == found
    assert not hasattr(found, "no_such_setting")


@pytest.mark.parametrize("given", [5, "text", ["a"]])
def test_settings_are_settings_or_a_dict(given: Any) -> None:
    with pytest.raises(UsageError, match="takes Settings or a dict"):
        trackio.init(project="p", settings=given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mode": "perhaps"}, "mode='perhaps' is unknown"),
        ({"reinit": "perhaps"}, "reinit='perhaps' is unknown"),
        ({"resume": "allow", "fork_from": "a?_step=1"}, "Pass only one"),
        ({"fork_from": "a"}, "is no moment of a run"),
        ({"resume_from": "a?_step=x"}, "is no moment of a run"),
    ],
)
def test_options_that_cannot_be_right_say_so(given: dict[str, Any], message: str) -> None:
    trackio.init(project="p")
    with pytest.raises(UsageError, match=message):
        trackio.init(project="p", **given)


# Disabled runs


def test_a_disabled_run_answers_everything_and_leaves_no_file(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with trackio.init(mode="disabled", config={"lr": 0.1}, tags=["a"]) as run:
        assert trackio.run is run
        assert isinstance(run, trackio.Run)
        trackio.log({"loss": 1.0, "nested": {"a": 2}}, step=3)
        run.log(None)
        run.config.epochs = 3
        run.summary["best"] = 4
        run.name = "other"
        run.define_metric("loss", summary="min")
        run.alert("title", "text")
        run.watch(object())
        run.unwatch()
        run.mark_preempting()
        assert (run.summary["loss"], run.summary["nested"]["a"], run.config.epochs) == (1.0, 2, 3)
        assert (run.disabled, run.name, run.project, bool(run.url)) == (True, "other", "uncategorized", True)
    run.log({"late": 1})
    trackio.finish()
    assert trackio.run is None
    assert not home.path.exists()
    assert capsys.readouterr().err == ""


def test_a_disabled_run_keeps_takes_up_and_brings_back_nothing_and_asks_for_no_file(
    home: Home, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with trackio.init(mode="disabled") as run:
        assert (run.save("no/such/*.file"), run.restore("model.pt"), run.log_code()) == ([], None, None)
        assert run.log_artifact("no/such/folder").wait().name == "disabled"
        assert run.log_model("no/such/model.pt", name="m").type == "model"
        assert run.use_artifact("team/p/data:latest", type="dataset").type == "dataset"
        assert list(Path(run.use_model("m:latest")).iterdir()) == []
        assert run.link_model("no/such/model.pt", "best").type == "model"
    assert not home.path.exists()
    assert (capsys.readouterr().err, caplog.text) == ("", "")


# Several runs


def test_finish_previous_ends_all_that_this_thread_began() -> None:
    runs = [trackio.init(project="p", reinit="create_new") for _ in range(3)]
    last = trackio.init(project="p", reinit="finish_previous")
    assert [run.status for run in runs] == ["finished"] * 3
    assert trackio.run is last


def test_an_unnamed_run_after_another_is_finished_with_the_script(script: Script, project: ProjectStore) -> None:
    script(
        "trackio.init(project='p', name=None, resume='allow').log({'loss': 1.0}); trackio.finish()\n"
        "trackio.init(project='p', name=None, resume='allow').log({'eval/loss': 1.0})"
    )
    project.catch_up()
    assert [run.status for run in project.runs()] == ["finished", "finished"]


def test_a_named_run_goes_on_after_its_end(project: ProjectStore) -> None:
    for key in ("loss", "eval/loss"):
        trackio.init(project="p", name="n", resume="allow").log({key: 1.0})
        trackio.finish()
    (record,) = project.runs()
    assert record.summary == {"loss": 1.0, "eval/loss": 1.0}


def test_a_run_survives_copies_and_goes_to_another_process_as_itself(script: Script, project: ProjectStore) -> None:
    run = trackio.init(project="p", id="shared")
    assert copy.copy(run) is run
    assert copy.deepcopy({"run": run})["run"] is run
    assert pickle.loads(pickle.dumps(run)) is run
    assert pickle.loads(pickle.dumps(run.config)) == {}
    run.log({"loss": 1.0})
    script(f"import pickle; run = pickle.loads({pickle.dumps(run)!r}); run.log({{'other': 2.0}}); run.finish()")
    assert points(project, "other") == [(1, 2.0)]


# Beginning at a moment of another run


def test_a_fork_has_what_the_other_had_up_to_its_step(project: ProjectStore) -> None:
    with trackio.init(project="p", id="parent", config={"lr": 0.1, "seed": 1}) as parent:
        parent.define_metric("loss", summary="min")
        for step in range(5):
            parent.log({"loss": float(5 - step), "text": "x", "flag": True, "count": step})
    with trackio.init(project="p", name="fork", config={"seed": 2}, fork_from="parent?_step=2") as run:
        assert (run.step, run.summary["loss"]["min"], run.id != "parent") == (3, 3.0, True)
        run.log({"loss": 9.0})
    record = project.run("fork")
    assert points(project, run="fork") == [(0, 5.0), (1, 4.0), (2, 3.0), (3, 9.0)]
    assert (record.config, record.summary["loss"]) == ({"lr": 0.1, "seed": 2}, {"min": 3.0})
    assert [value for _, value in points(project, "flag", "fork")] == [True] * 3
    assert points(project, run="parent")[-1] == (4, 1.0)


def test_a_fork_inherits_nothing_of_what_its_parent_used(project: ProjectStore) -> None:
    with trackio.init(project="p", id="parent") as parent:
        parent.log({"loss": 1.0})
        device = {"id": "GPU-1", "kind": "gpu", "name": "NVIDIA H200"}
        parent.record("energy_begin", session="the parent's", boot="b", clock_ns=0, devices=[device])
        for second in range(3):
            rows = [[0, second * 300_000, 300_000, 97.0]]
            parent.record("energy", session="the parent's", clock_ns=second * 10**9, rows=rows)
    with trackio.init(project="p", name="fork", fork_from="parent?_step=0") as run:
        run.log({"loss": 0.5})
    assert "the parent's" in [one.id for one in project.measurements("parent")]
    assert "the parent's" not in [one.id for one in project.measurements(run.id)]
    assert project.events(run.id, "energy_begin") == []


def test_a_fork_of_no_run_begins_at_its_step_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    assert trackio.init(project="p", fork_from="never?_step=6").step == 7
    assert "without what came before" in caplog.text


def test_resuming_from_a_step_goes_on_there_and_takes_nothing_back(
    project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    with trackio.init(project="p", id="i") as first:
        for step in range(5):
            first.log({"loss": float(step)})
    with trackio.init(project="p", resume_from="i?_step=1") as run:
        assert (run.id, run.step, run.resumed) == ("i", 2, True)
        run.log({"loss": 7.0})
    assert points(project)[-2:] == [(4, 4.0), (2, 7.0)]
    assert "nothing that was logged is taken back" in caplog.text


def test_the_file_of_the_script_is_kept_when_asked(project: ProjectStore, tmp_path: Path) -> None:
    program = tmp_path / "train.py"
    program.write_text("import trackio\ntrackio.init(project='p', id='i', save_code=True)\n")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    subprocess.run([sys.executable, str(program)], env=environment, check=True)
    project.catch_up()
    (event,) = project.events("i", "file")
    assert event["name"] == "train.py"
    assert project.blobs.read(event["file"]) == program.read_bytes()
