"""Runs that are sent to a server are there what they are here."""

from __future__ import annotations

import math
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackio
from tests.remote.comparing import assert_same
from tests.remote.conftest import Script, command, ended
from tests.remote.serving import TOKEN, Serving, free_port, wait_for, wait_until_removed
from trackio.errors import UnknownRun, UsageError
from trackio.store import outbox
from trackio.store.home import Home

QUIET: dict[str, Any] = {"auto_log_cpu": False, "auto_log_gpu": False}


def test_everything_that_a_run_records_arrives(home: Home, server: Serving, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("saved")
    (tmp_path / "weights.bin").write_bytes(os.urandom(300_000))
    with trackio.init(
        project="p",
        name="all of it",
        group="g",
        tags=["a", "b"],
        notes="# Notes",
        config={"lr": 0.1, "deep": {"er": [1, None, "x"]}},
        server_url=server.url_with_token,
        cpu_log_interval=0.1,
    ) as run:
        run.define_metric("val/*", step_metric="epoch", summary="max,last")
        for step in range(20):
            run.log({"loss": 1 / (step + 1), "epoch": step // 5, "val/acc": step / 20})
        image = trackio.Image(np.zeros((8, 8, 3), np.uint8), caption="black")
        run.log({"image": image, "table": trackio.Table(columns=["a", "b"], data=[[1, image], [2, None]])})
        run.log({"histogram": trackio.Histogram(list(range(100))), "array": np.arange(5), "text": "wörds"})
        run.alert("High", "it is", level="WARN", data={"x": 1})
        run.mark("half")
        run.save(str(tmp_path / "notes.txt"), base_path=str(tmp_path))
        artifact = trackio.Artifact("model", "model", metadata={"k": 1})
        artifact.add_file(str(tmp_path / "weights.bin"))
        run.log_artifact(artifact, aliases=["best"])
        run.summary["note"] = "good"
        run.config["late"] = 7
    assert_same(home.project("p"), server.project(), run.id)
    assert server.project().run(run.id).status == "finished"


def test_nothing_is_left_behind_when_the_server_has_it_all(home: Home, server: Serving) -> None:
    with trackio.init(project="clean", server_url=server.url_with_token, **QUIET) as run:
        run.log({"loss": 1.0})
    store = home.project("clean")
    store.catch_up()
    assert outbox.marks(store.directory) == []
    wait_until_removed(store.directory)
    assert len(store.values(run.id, "loss")) == 1


def test_a_hundred_thousand_rows_arrive_bit_for_bit(home: Home, server: Serving) -> None:
    odd = [math.nan, math.inf, -math.inf, -0.0, 5e-324, 0.1]
    with trackio.init(project="many", server_url=server.url_with_token, **QUIET) as run:
        for step in range(100_000):
            run.log(
                {
                    "loss": odd[step % 6] if step % 7 == 0 else step * 0.1,
                    "whole": (1 << 63) - 1 - step if step % 2 else -(1 << 63) + step,
                    "flag": step % 3 == 0,
                }
            )
    assert run.step == 100_000
    assert_same(home.project("many"), server.project("many"), run.id)


def test_rows_are_there_while_the_run_goes_on(home: Home, server: Serving) -> None:
    run = trackio.init(project="live", server_url=server.url_with_token, **QUIET)
    run.log({"loss": 1.0})
    wait_for(lambda: server.last_step(run.id, "live") == 0)
    assert server.project("live").run(run.id).status == "running"
    run.log({"loss": 0.5})
    wait_for(lambda: server.last_step(run.id, "live") == 1)
    run.finish(exit_code=3)
    assert server.project("live").run(run.id).exit_code == 3


@pytest.mark.parametrize(
    "said",
    [
        ({"server_url": "{url}/?write_token={token}"}, {}),
        ({"server_url": "{url}"}, {"TRACKIO_WRITE_TOKEN": "{token}"}),
        ({"server_url": "{url}", "write_token": "{token}"}, {}),
        ({}, {"TRACKIO_SERVER_URL": "{url}?write_token={token}"}),
        ({"base_url": "{url}", "api_key": "{token}", "workspace": "w"}, {}),
        ({"base_url": "{url}"}, {"TRACKIO_API_KEY": "{token}"}),
        ({"settings": {"server_url": "{url}", "write_token": "{token}"}}, {}),
        ({"server_url": "{url}/?write_token={token}", "space_id": "nobody/nothing"}, {}),
    ],
)
def test_a_server_is_named_in_every_way_and_its_token_kept_nowhere(
    said: tuple[dict[str, Any], dict[str, str]],
    home: Home,
    server: Serving,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(one) for name, one in value.items()}
        return value.replace("{url}", server.url).replace("{token}", TOKEN)

    given, variables = filled(said[0]), filled(said[1])
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with trackio.init(project="named", **given, **QUIET) as run:
        run.log({"loss": 1.0})
        assert run.url == f"{server.url}/?project=named&run={run.id}"
        shown = f"{run!r} {run.settings!r} {run.settings.to_dict()} {run.config} {run.url} {run.server!r} {vars(run)}"
        kept = [path.read_bytes() for path in home.path.rglob("*") if path.is_file()]
    assert server.last_step(run.id, "named") == 0
    assert "".join(capfd.readouterr()) == ""
    assert TOKEN not in shown
    assert all(TOKEN.encode() not in one for one in kept)


@pytest.mark.parametrize("url", ["localhost:7860", "ftp://host", "http://:80", "http://host:port", "nonsense"])
def test_what_is_no_address_is_told_when_the_run_begins(url: str, home: Home) -> None:
    with pytest.raises(UsageError, match="is no address of HTTP"):
        trackio.init(project="p", server_url=url)
    assert home.projects() == []


def test_a_token_that_is_none_is_told_without_it(home: Home) -> None:
    with pytest.raises(UsageError, match="characters that no token has") as caught:
        trackio.init(project="p", server_url="http://127.0.0.1:1", write_token="a\nb\u00e9")
    assert "\u00e9" not in str(caught.value)


@pytest.mark.parametrize("given", ["soon", -1, "nan"])
def test_a_time_to_wait_is_a_number(given: Any, home: Home) -> None:
    with pytest.raises(UsageError, match="is no number of seconds"):
        trackio.init(project="p", settings={"sync_timeout": given})


def test_a_disabled_run_asks_nobody(home: Home) -> None:
    with trackio.init(project="p", mode="disabled", server_url=f"http://127.0.0.1:{free_port()}") as run:
        run.log({"loss": 1.0})
    assert home.projects() == []


def test_an_offline_run_is_sent_by_sync(home: Home, server: Serving, capfd: pytest.CaptureFixture[str]) -> None:
    with trackio.init(project="off", mode="offline", server_url=server.url_with_token, **QUIET) as run:
        run.log({"loss": 1.0})
    assert "trackio sync --project off" in capfd.readouterr().err
    assert "off" not in Home(server.home).projects()
    (mark,) = outbox.marks(home.project("off").directory)
    assert (mark.url, mark.run) == (server.url, run.id)
    said = command("sync", "--project", "off", "--write-token", TOKEN)
    assert f"Sent run {run.name} of off." in said
    assert_same(home.project("off"), server.project("off"), run.id)
    wait_until_removed(home.project("off").directory)


def test_four_processes_record_one_run(home: Home, server: Serving, script: Script) -> None:
    code = (
        "import sys\n"
        f"run = trackio.init(project='ranks', id='shared', server_url={server.url_with_token!r},"
        " auto_log_cpu=False, auto_log_gpu=False)\n"
        "for step in range(500): run.log({f'loss/{sys.argv[-1]}': step}, step=step)\n"
    )
    ranks = [script(f"import sys; sys.argv.append('{rank}')\n{code}") for rank in range(4)]
    for rank in ranks:
        ended(rank)
    there = server.project("ranks")
    assert {one.name: one.count for one in there.metrics("shared")} == {f"loss/{rank}": 500 for rank in range(4)}
    assert there.run("shared").status == "finished"
    here = home.project("ranks")
    here.catch_up()
    for rank in range(4):
        mine, theirs = (store.values("shared", f"loss/{rank}") for store in (here, there))
        assert [one[1:] for one in mine] == [one[1:] for one in theirs]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_the_child_of_a_fork_sends_its_own(home: Home, server: Serving, script: Script) -> None:
    ended(
        script(
            f"import os\nrun = trackio.init(project='fork', server_url={server.url_with_token!r}, auto_log_gpu=False)\n"
            "import multiprocessing\n"
            "def child():\n    for step in range(50): run.log({'child': step}, step=step)\n"
            "for step in range(50): run.log({'parent': step}, step=step)\n"
            "run.flush()\n"
            "process = multiprocessing.get_context('fork').Process(target=child)\nprocess.start(); process.join()\n"
            "assert process.exitcode == 0\n"
            "run.log({'parent': 50}, step=50)\n"
        )
    )
    (run,) = server.project("fork").runs()
    counts = {one.name: one.count for one in server.project("fork").metrics(run.id)}
    assert counts == {"parent": 51, "child": 50}


def test_a_run_goes_on_where_another_machine_left_it(
    home: Home, server: Serving, script: Script, tmp_path: Path
) -> None:
    begin = f"trackio.init(project='on', id='r1', name='first', resume='allow', server_url={server.url_with_token!r})"
    ended(
        script(
            f"with trackio.init(project='on', id='r1', name='first', config={{'lr': 0.1}}, server_url="
            f"{server.url_with_token!r}) as run:\n    run.log({{'loss': 1.0}}, step=41)\n    run.summary['own'] = 3\n",
            TRACKIO_DIR=str(tmp_path / "other"),
        )
    )
    with trackio.init(
        project="on", id="r1", resume="allow", config={"batch": 8}, server_url=server.url_with_token, **QUIET
    ) as run:
        assert run.resumed
        assert (run.step, run.name, dict(run.config)) == (42, "first", {"lr": 0.1, "batch": 8})
        assert run.summary["own"] == 3
        assert run.summary["loss"] == 1.0
        run.log({"loss": 0.5})
    assert begin
    there = server.project("on")
    assert [one[1] for one in there.values("r1", "loss")] == [41, 42]
    assert there.run("r1").config == {"lr": 0.1, "batch": 8}
    with trackio.init(project="on", name="first", resume="must", server_url=server.url_with_token, **QUIET) as run:
        assert (run.id, run.step) == ("r1", 43)


def test_what_another_machine_added_counts_where_the_run_is_known_too(
    home: Home, server: Serving, script: Script, tmp_path: Path
) -> None:
    given: dict[str, Any] = {"project": "both", "id": "r", "resume": "allow", "server_url": server.url_with_token}
    with trackio.init(**given, **QUIET) as run:
        run.log({"loss": 1.0}, step=5)
    ended(
        script(
            f"with trackio.init(**{given!r}) as run:\n    assert run.step == 6\n    run.log({{'loss': 1}}, step=99)\n",
            TRACKIO_DIR=str(tmp_path / "other"),
        )
    )
    with trackio.init(**given, **QUIET) as run:
        assert run.step == 100


def test_a_run_that_nobody_has_cannot_go_on(home: Home, server: Serving) -> None:
    with pytest.raises(UnknownRun):
        trackio.init(project="p", id="never", resume="must", server_url=server.url_with_token)


def test_a_run_begins_where_nobody_can_say_whether_it_was_there(
    home: Home, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKIO_SYNC_SECONDS", "0")
    url = f"http://127.0.0.1:{free_port()}"
    with trackio.init(project="p", id="r", resume="must", server_url=url, **QUIET) as run:
        run.log({"loss": 1.0})
    assert caplog.text.count("cannot say whether it has run 'r' (connection refused)") == 1
    assert not run.resumed


def test_a_run_forked_from_another_takes_its_past_along(home: Home, server: Serving) -> None:
    with trackio.init(project="forks", id="a", **QUIET) as run:
        for step in range(10):
            run.log({"loss": step})
    with trackio.init(project="forks", fork_from="a?_step=4", server_url=server.url_with_token, **QUIET) as run:
        run.log({"loss": 99})
    assert [one[3] for one in server.project("forks").values(run.id, "loss")] == [0, 1, 2, 3, 4, 99]


def test_a_run_that_was_pickled_is_sent_from_where_it_arrives(
    home: Home, server: Serving, script: Script, tmp_path: Path
) -> None:
    run = trackio.init(project="pickles", server_url=server.url_with_token, **QUIET)
    run.log({"here": 1})
    (tmp_path / "run.pickle").write_bytes(pickle.dumps(run))
    ended(
        script(
            f"import pickle\nrun = pickle.load(open({str(tmp_path / 'run.pickle')!r}, 'rb'))\nrun.log({{'there': 2}})"
        )
    )
    run.finish()
    assert {one.name for one in server.project("pickles").metrics(run.id)} >= {"here", "there"}


def test_the_next_run_does_not_wait_for_the_one_before(home: Home) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    trackio.init(project="p", name="first", server_url=url, settings={"sync_timeout": 1e6}, **QUIET)
    second = trackio.init(project="p", name="second", server_url=url, settings={"sync_timeout": 0}, **QUIET)
    second.finish()
    trackio.tracking.session.process.sending._runs.clear()
    assert len(outbox.marks(home.project("p").directory)) == 2


def test_a_deleted_run_is_not_sent_again(home: Home, server: Serving, caplog: pytest.LogCaptureFixture) -> None:
    run = trackio.init(project="gone", server_url=server.url_with_token, **QUIET)
    run.log({"loss": 1.0})
    wait_for(lambda: server.last_step(run.id, "gone") == 0)
    server.project("gone").delete_run(run.id)
    run.log({"loss": 0.5})
    run.finish()
    assert "was deleted or moved on the server" in caplog.text
    assert server.project("gone").runs() == []
    assert outbox.marks(home.project("gone").directory) == []
    assert len(home.project("gone").values(run.id, "loss")) == 2


def test_names_of_any_kind_arrive(home: Home, server: Serving) -> None:
    project, run_id, name = "Ünïcode/ ?&#%", "id/with spaces & ?", "<b>näme</b>"
    with trackio.init(project=project, id=run_id, name=name, server_url=server.url_with_token, **QUIET) as run:
        run.log({"a/b c?": 1.0})
    assert_same(home.project(project), server.project(project), run.id)
