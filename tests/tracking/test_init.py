"""How runs begin, go on and end."""

from __future__ import annotations

import contextlib
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import trackio
from tests.remote.serving import wait_for
from tests.tracking.conftest import Script, points
from trackio import context_vars
from trackio.errors import InvalidName, RunFinished, UnknownRun, UsageError
from trackio.store.home import Home
from trackio.store.project import ProjectStore


def test_everything_said_at_the_start_is_recorded(project: ProjectStore) -> None:
    run = trackio.init("p", "brave", {"lr": 0.1}, id="my/id", group="g", tags=["a", "b"], notes="why", job_type="train")
    assert (run.id, run.name, run.project, run.group, run.tags) == ("my/id", "brave", "p", "g", ("a", "b"))
    assert (run.notes, run.job_type, run.step, run.starting_step, run.resumed) == ("why", "train", 0, 0, False)
    run.finish()
    record = project.run("my/id")
    assert (record.name, record.group, record.tags, record.notes) == ("brave", "g", ("a", "b"), "why")
    assert (record.job_type, record.config, record.status) == ("train", {"lr": 0.1}, "finished")


def test_a_run_shows_as_running_before_anything_is_logged(project: ProjectStore) -> None:
    trackio.init(project="p", name="fresh")
    project.catch_up()
    assert [(run.name, run.status) for run in project.runs()] == [("fresh", "running")]


def test_names_made_up_are_readable_and_differ(project: ProjectStore) -> None:
    names = set()
    for _ in range(5):
        with trackio.init(project="p") as run:
            names.add(run.name)
            assert re.fullmatch(r"[a-z]+-[a-z]+-\d+", run.name)
    assert len(names) == 5


def test_runs_may_share_a_name(project: ProjectStore) -> None:
    for loss in (1.0, 2.0):
        with trackio.init(project="p", name="same") as run:
            run.log({"loss": loss})
    assert [run.name for run in project.runs()] == ["same", "same"]
    assert points(project, run="same") == [(0, 2.0)]


HOSTILE = ["a/b", "../../etc", "🦦", "x" * 300, "<script>", "\x00", "\u202e", "lone \udc80", " padded "]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_is_a_project_a_run_and_an_id(name: str, home: Home) -> None:
    with trackio.init(project=name, name=name, id=name, group=name, notes=name, tags=[name]) as run:
        run.log({name: 1.0})
    clean = name.replace("\udc80", "\ufffd")
    store = home.project(name)
    assert home.projects() == [clean]
    record = store.runs()[0]
    assert {record.name, record.id, record.group, record.notes, *record.tags} == {clean}
    assert points(store, clean) == [(0, 1.0)]
    inside = [path for path in home.path.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(home.path) for path in inside)


@pytest.mark.parametrize("given", [{"id": ""}, {"name": 3}, {"project": 3}])
def test_what_is_no_name_and_an_empty_id_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidName):
        trackio.init(**{"project": "p", **given})
    assert trackio.run is None


def test_an_empty_project_or_name_says_nothing() -> None:
    run = trackio.init(project="", name=" ", config="")
    assert (run.project, dict(run.config)) == ("uncategorized", {})
    assert run.name.strip()


@pytest.mark.parametrize("name", ["", " ", None])
def test_a_run_that_is_given_no_name_keeps_the_one_it_has(name: Any, project: ProjectStore) -> None:
    with trackio.init(project="p", name="first") as run:
        run.name = name
    project.catch_up()
    assert (run.name, project.runs()[0].name) == ("first", "first")


def test_tags_that_are_none_are_refused_and_an_empty_group_is_none() -> None:
    with pytest.raises(UsageError, match="tags are a list of words"):
        trackio.init(project="p", tags=5)  # type: ignore[arg-type]
    assert trackio.init(project="p", group=" ").group is None


@pytest.mark.parametrize(("value", "message"), [(None, "Set TRACKIO_DIR"), ("~nobody-there/x", "nobody-there")])
def test_a_user_without_a_home_is_told_what_to_set(
    value: str | None, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", unknown)
    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.delenv("TRACKIO_DIR")
    if value is not None:
        monkeypatch.setenv("TRACKIO_DIR", value)
    with pytest.raises(UsageError, match=message):
        trackio.init(project="p")


def test_a_home_in_a_folder_that_was_deleted_says_what_to_set(script: Script) -> None:
    done = script(
        "import os; os.chdir(os.environ['TMPDIR']); os.rmdir(os.getcwd())\n"
        "os.environ['TRACKIO_DIR'] = 'here'\n"
        "trackio.init(project='p')",
        check=False,
    )
    assert "UsageError: TRACKIO_DIR='here' lies in the working folder, which was deleted." in done.stderr


def test_without_a_project_the_environment_names_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in [
        ("WANDB_PROJECT", "theirs"),
        ("WANDB_NAME", "n"),
        ("WANDB_RUN_ID", "i"),
        ("WANDB_RUN_GROUP", "g"),
        ("WANDB_TAGS", "a, b"),
        ("WANDB_NOTES", "why"),
        ("WANDB_JOB_TYPE", "eval"),
    ]:
        monkeypatch.setenv(variable, value)
    run = trackio.init()
    assert (run.project, run.name, run.id, run.group, run.tags) == ("theirs", "n", "i", "g", ("a", "b"))
    assert (run.notes, run.job_type) == ("why", "eval")
    monkeypatch.setenv("TRACKIO_PROJECT", "ours")
    assert trackio.init(id="other").project == "ours"


def test_a_run_without_any_project_has_one_all_the_same() -> None:
    assert trackio.init().project == "uncategorized"


def test_a_second_init_finishes_the_run_before(project: ProjectStore) -> None:
    first = trackio.init(project="p")
    second = trackio.init(project="p")
    assert (first.status, second.status) == ("finished", "running")
    assert trackio.run is second


def test_a_run_that_another_init_has_ended_goes_on_when_the_script_logs_to_it(
    project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    first = trackio.init(project="p", name="first", config={"lr": 0.1})
    first.log({"loss": 0.0})
    second = trackio.init(project="p", name="second")
    assert first.status == "finished"
    first.log({"loss": 1.0})
    first.config["late"] = True
    first.summary["best"] = 7
    trackio.log({"loss": 2.0})
    assert (first.status, trackio.run) == ("running", second)
    assert caplog.text.count("run 'first' was ended when another began, and goes on beside it now") == 1
    project.catch_up()
    assert project.run("first").status == "running"
    second.finish()
    assert trackio.run is first
    first.finish(exit_code=2)
    assert points(project, run="first") == [(0, 0.0), (1, 1.0)]
    assert points(project, run="second") == [(0, 2.0)]
    record = project.run("first")
    assert (record.status, record.exit_code) == ("failed", 2)
    assert (record.config, record.summary["best"]) == ({"lr": 0.1, "late": True}, 7)
    with pytest.raises(RunFinished):
        first.log({"loss": 3.0})


def test_a_run_that_was_to_be_ended_stays_so() -> None:
    first = trackio.init(project="p")
    trackio.init(project="p", reinit=True)
    with pytest.raises(RunFinished):
        first.log({"loss": 1.0})


def test_a_bare_init_means_the_run_that_there_is_but_for_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    first = trackio.init(project="p", config={"lr": 0.1})
    assert trackio.init() is first
    assert trackio.init(config={"lr": 0.2}) is not first
    second = trackio.run
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setattr(sys, "ps1", "In : ", raising=False)
    assert trackio.init() is not second


@pytest.mark.parametrize("reinit", ["return_previous", False])
def test_a_second_init_may_give_the_run_before(reinit: Any) -> None:
    first = trackio.init(project="p")
    assert trackio.init(project="p", reinit=reinit) is first


def test_several_runs_go_on_side_by_side_when_asked(project: ProjectStore) -> None:
    runs = [trackio.init(project="p", name=f"r{n}", reinit="create_new") for n in range(3)]
    for run in runs:
        run.log({"loss": 1.0})
    trackio.log({"loss": 2.0})
    trackio.finish()
    assert trackio.run is runs[1]
    for run in runs:
        run.finish()
    assert trackio.run is None
    project.catch_up()
    assert [run.row_count for run in project.runs()] == [1, 1, 2]


def test_what_is_current_is_known_to_others() -> None:
    run = trackio.init(project="p")
    assert context_vars.current_run.get() is run
    assert context_vars.current_project.get() == "p"
    assert context_vars.current_space_id.get() is None
    trackio.finish()
    assert context_vars.current_run.get() is None
    assert context_vars.current_project.get() == "p"


def test_finishing_twice_or_without_a_run_has_no_effect(project: ProjectStore) -> None:
    trackio.finish()
    run = trackio.init(project="p")
    trackio.finish()
    trackio.finish()
    run.finish(exit_code=1)
    assert run.status == "finished"


# Resuming


def test_resume_continues_at_the_next_step(project: ProjectStore) -> None:
    with trackio.init(project="p", name="n", config={"lr": 0.1, "old": 1}, group="g") as first:
        first.log({"loss": 1.0}, step=4)
        first.summary["best"] = 1
    with trackio.init(project="p", name="n", config={"lr": 0.2}, resume="must") as run:
        assert (run.id, run.resumed, run.step, run.starting_step, run.group) == (first.id, True, 5, 5, "g")
        assert dict(run.config) == {"lr": 0.2, "old": 1}
        assert dict(run.summary) == {"loss": 1.0, "best": 1}
        run.log({"loss": 0.5})
    assert points(project) == [(4, 1.0), (5, 0.5)]
    (record,) = project.runs()
    assert record.config == {"lr": 0.2, "old": 1}
    assert record.summary == {"loss": 0.5, "best": 1}
    assert (record.group, record.status, record.name) == ("g", "finished", "n")


@pytest.mark.parametrize(
    ("given", "joins"),
    [
        ({"name": "n"}, False),
        ({"name": "n", "resume": None}, False),
        ({"name": "n", "resume": False}, False),
        ({"name": "n", "resume": "never"}, False),
        ({"name": "n", "resume": "allow"}, True),
        ({"name": "n", "resume": True}, True),
        ({"name": "n", "resume": "auto"}, True),
        ({"name": "n", "resume": "must"}, True),
        ({"id": "i"}, True),
        ({"id": "i", "resume": "allow"}, True),
        ({"id": "i", "resume": "must"}, True),
        ({"id": "n", "resume": "allow"}, False),
        ({"name": "other", "resume": "allow"}, False),
        ({"id": "other", "resume": "never"}, False),
        ({"resume": "allow"}, False),
        ({"resume": "auto"}, False),
    ],
)
def test_a_run_goes_on_when_it_is_asked_for(given: dict[str, Any], joins: bool, project: ProjectStore) -> None:
    with trackio.init(project="p", name="n", id="i"):
        pass
    with trackio.init(project="p", **given) as run:
        assert run.resumed is joins
    assert len(project.runs()) == (1 if joins else 2)


def test_must_without_such_a_run_tells_the_nearest() -> None:
    with trackio.init(project="p", name="brave-otter"):
        pass
    with pytest.raises(UnknownRun, match="Nearest: brave-otter"):
        trackio.init(project="p", name="brave-ottr", resume="must")
    with pytest.raises(UnknownRun):
        trackio.init(project="never seen", name="n", resume="must")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"resume": "must"}, "needs the id or the name"),
        ({"resume": "perhaps"}, "Use 'never', 'allow', 'must' or 'auto'"),
        ({"resume": "never", "id": "taken"}, "there is a run with the id 'taken'"),
    ],
)
def test_what_cannot_be_resumed_says_so(given: dict[str, Any], message: str) -> None:
    with trackio.init(project="p", id="taken"):
        pass
    with pytest.raises(UsageError, match=re.escape(message)):
        trackio.init(project="p", **given)


def test_auto_takes_the_newest_run_that_crashed(script: Script, project: ProjectStore) -> None:
    script("import os; r = trackio.init(project='p', name='lost'); r.log({'loss': 1.0}, step=6); os._exit(0)")
    with trackio.init(project="p", name="fine", reinit="create_new"):
        pass
    with trackio.init(project="p", resume="auto") as run:
        assert (run.name, run.step) == ("lost", 7)


# How runs end


def test_the_end_of_the_block_ends_the_run(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        assert trackio.run is run
    assert trackio.run is None
    assert _status(project) == ("finished", 0)


ENDS: list[tuple[BaseException, tuple[str, int]]] = [
    (ValueError("x"), ("failed", 1)),
    (KeyboardInterrupt(), ("failed", 1)),
    (SystemExit(3), ("failed", 3)),
    (SystemExit("message"), ("failed", 1)),
    (SystemExit(0), ("finished", 0)),
    (SystemExit(), ("finished", 0)),
    (StopIteration(), ("finished", 0)),
]


@pytest.mark.parametrize(("error", "end"), ENDS, ids=lambda value: repr(value)[:20])
def test_an_exception_in_the_block_marks_the_run_failed(
    error: BaseException, end: tuple[str, int], project: ProjectStore
) -> None:
    with contextlib.suppress(type(error)), trackio.init(project="p"):
        raise error
    assert _status(project) == end


def test_finish_while_an_exception_is_handled_marks_the_run_failed(project: ProjectStore) -> None:
    trackio.init(project="p")
    try:
        raise ValueError("x")
    except ValueError:
        trackio.finish()
    assert _status(project) == ("failed", 1)


def test_a_run_that_lies_wholly_within_a_handler_is_not_failed(project: ProjectStore) -> None:
    try:
        raise ImportError("no fast library; training all the same")
    except ImportError:
        trackio.init(project="p")
        trackio.finish()
    assert _status(project) == ("finished", 0)


@pytest.mark.parametrize(
    ("given", "end"),
    [
        ({"exit_code": 0}, ("finished", 0)),
        ({"exit_code": 3}, ("failed", 3)),
        ({"status": "failed"}, ("failed", 1)),
        ({}, ("finished", 0)),
    ],
)
def test_finish_may_say_how_it_went(given: dict[str, Any], end: tuple[str, int], project: ProjectStore) -> None:
    trackio.init(project="p").finish(**given)
    assert _status(project) == end


SCRIPTS = [
    ("pass", "finished"),
    ("raise ValueError", "failed"),
    ("raise KeyboardInterrupt", "failed"),
    ("import sys; sys.excepthook = lambda *_: None; raise ValueError", "failed"),
    ("import sys; sys.exit(3)", "failed"),
    ("import sys; sys.exit('no data')", "failed"),
    ("import sys; sys.exit(0)", "finished"),
    ("import sys; sys.exit()", "finished"),
    ("import argparse; argparse.ArgumentParser().parse_args(['--no-such-option'])", "failed"),
    ("import sys\ntry:\n    sys.exit(3)\nexcept SystemExit: run.log({'more': 1.0})", "finished"),
    ("import sys, threading; t = threading.Thread(target=sys.exit, args=(3,)); t.start(); t.join()", "finished"),
    ("try:\n    raise ValueError\nexcept ValueError: pass", "finished"),
    ("import os; os._exit(0)", "crashed"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "crashed"),
]


@pytest.mark.parametrize(("end", "status"), SCRIPTS)
def test_a_script_that_ends_without_finish_shows_how(
    end: str, status: str, script: Script, project: ProjectStore
) -> None:
    script(f"run = trackio.init(project='p'); run.log({{'loss': 1.0}})\n{end}", check=False)
    assert points(project) == [(0, 1.0)]
    assert _status(project)[0] == status


def test_the_code_that_a_script_leaves_with_is_recorded(script: Script, project: ProjectStore) -> None:
    done = script("trackio.init(project='p')\nimport sys; sys.exit(3)", check=False)
    assert done.returncode == 3
    assert _status(project) == ("failed", 3)


def test_a_finished_run_is_sealed_when_the_script_has_ended(script: Script, project: ProjectStore) -> None:
    script("run = trackio.init(project='p')\nfor step in range(10): run.log({'loss': step})")
    # At the latest soon after: a busy machine keeps what seals waiting for longer than the script waits for it.
    wait_for(lambda: project.unsealed() == [])
    assert project.series(project.runs()[0].id)["loss"].value.tolist() == list(range(10))


def _status(project: ProjectStore) -> tuple[str, int | None]:
    project.catch_up()
    record = project.runs()[-1]
    return record.status, record.exit_code
