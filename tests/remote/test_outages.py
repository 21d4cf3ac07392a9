"""Whatever happens between a run and its server, nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.remote.answering import Answering
from tests.remote.comparing import assert_same
from tests.remote.conftest import Script, command, ended
from tests.remote.misbehaving import Misbehaving, between
from tests.remote.serving import TOKEN, Serving, free_port, wait_for, wait_until_removed
from trackio.store import layout, outbox
from trackio.store.home import Home

QUIET: dict[str, Any] = {"auto_log_cpu": False, "auto_log_gpu": False}


def test_a_server_that_comes_late_gets_everything(
    home: Home, own_server: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    own_server.kill()
    run = trackio.init(project="p", server_url=own_server.url_with_token, **QUIET)
    for step in range(100):
        run.log({"loss": step})
    wait_for(lambda: "cannot be reached" in caplog.text)
    assert caplog.text.count("cannot be reached: connection refused") == 1
    own_server.start()
    run.log({"loss": 100})
    run.finish()
    assert_same(home.project("p"), own_server.project(), run.id)
    assert outbox.marks(home.project("p").directory) == []


def test_a_server_that_is_killed_again_and_again_loses_and_doubles_nothing(home: Home, own_server: Serving) -> None:
    run = trackio.init(project="p", server_url=own_server.url_with_token, **QUIET)
    step = 0
    for _ in range(4):
        for _ in range(200):
            run.log({"loss": step * 0.5, "text": f"step {step}"})
            step += 1
        reached = step - 1
        wait_for(lambda reached=reached: own_server.last_step(run.id) >= reached - 150)
        own_server.kill()
        run.log({"loss": -1.0})
        step += 1
        own_server.start()
    run.finish()
    assert_same(home.project("p"), own_server.project(), run.id)
    assert own_server.project().run(run.id).row_count == step


def test_what_the_end_does_not_wait_for_is_said_and_sent_by_sync(
    home: Home, own_server: Serving, script: Script
) -> None:
    own_server.kill()
    said = ended(
        script(
            f"with trackio.init(project='p q', id='r', server_url={own_server.url!r}) as run: run.log({{'loss': 1.0}})",
            TRACKIO_SYNC_SECONDS="0.3",
        )
    )
    host = f"127.0.0.1:{own_server.port}"
    assert f"kB are still to be sent to {host}; `trackio sync --project 'p q'` sends them." in said
    store = home.project("p q")
    store.catch_up()
    # It is folded here all the same, and its journal stays.
    assert len(store.values("r", "loss")) == 1
    assert len(list(layout.journals(store.directory).iterdir())) == 1
    own_server.start()
    assert f"Sent run {store.run('r').name} of p q." in command("sync", "--project", "p q", TRACKIO_WRITE_TOKEN=TOKEN)
    assert_same(store, own_server.project("p q"), "r")


def test_sync_says_what_it_could_not_send_and_fails(home: Home, script: Script) -> None:
    port = free_port()
    ended(
        script(
            f"with trackio.init(project='p', id='r', server_url='http://127.0.0.1:{port}') as run: run.log({{'a': 1}})",
            TRACKIO_SYNC_SECONDS="0",
        )
    )
    code = (
        "import sys, trackio.remote.delivery as d\nd.PATIENCE_SECONDS = 0.2\n"
        "from trackio.cli.main import main\nsys.exit(main(['sync', '--project', 'p', '--json']))"
    )
    process = script(code)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    name = home.project("p").run("r").name
    assert f"of run {name} are still to be sent to 127.0.0.1:{port}: connection refused." in err
    assert err.count("connection refused") == 1
    assert '"sent":[],"left":[{"run":"r","name":"' in out.replace(" ", "")


def test_sync_is_done_where_the_server_has_everything(home: Home, own_server: Serving, script: Script) -> None:
    given = {"TRACKIO_SERVER_URL": own_server.url, "TRACKIO_WRITE_TOKEN": TOKEN}
    ended(script("with trackio.init(project='p q', id='r') as run: run.log({'a': 1})", **given))
    assert command("sync", "--project", "p q", **given) == "Nothing of p q waits for a server.\n"


@pytest.mark.parametrize("seed", range(3))
def test_a_way_that_loses_repeats_delays_mangles_and_cuts_changes_nothing(
    seed: int, home: Home, server: Serving, tmp_path: Path
) -> None:
    project = f"way-{seed}"
    (tmp_path / "weights.bin").write_bytes(os.urandom(100_000))
    with between(server.port, seed, share=0.35) as way:
        url = f"{way.url}/?write_token={TOKEN}"
        with trackio.init(project=project, server_url=url, settings={"sync_timeout": 100}, **QUIET) as run:
            for part in range(6):
                for step in range(50):
                    run.log({"loss": step * 0.1, "part": part})
                run.log({"picture": trackio.Table(columns=["a"], data=[[part]])})
                count = len(way.asked)
                wait_for(lambda count=count: len(way.asked) > count)
            artifact = trackio.Artifact("model", "model")
            artifact.add_file(str(tmp_path / "weights.bin"))
            run.log_artifact(artifact)
        assert isinstance(way.answer, Misbehaving)
        assert len(way.answer.faults) > 2
    assert_same(home.project(project), server.project(project), run.id)
    assert server.project(project).run(run.id).row_count == 6 * 51


def test_a_process_that_is_killed_leaves_what_sync_sends(home: Home, own_server: Serving, script: Script) -> None:
    process = script(
        f"run = trackio.init(project='p', id='r', server_url={own_server.url_with_token!r})\n"
        "for step in range(1000): run.log({'loss': step})\n"
        "print('logged', flush=True)\ninput()\n"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "logged\n"
    process.kill()
    process.wait()
    own_server.kill()
    own_server.start()
    assert re.search("Sent run [a-z]+-[a-z]+-.* of p.", command("sync", "--project", "p", TRACKIO_WRITE_TOKEN=TOKEN))
    there = own_server.project()
    assert [one[3] for one in there.values("r", "loss")] == list(range(1000))
    home.project("p").fold()
    assert home.project("p").run("r").status == "crashed"
    wait_until_removed(home.project("p").directory)


def test_a_later_run_sends_what_a_dead_one_left(home: Home, server: Serving, script: Script) -> None:
    ended(
        script(
            f"import os\nrun = trackio.init(project='later', id='dead', server_url={server.url!r})\n"
            "for step in range(10): run.log({'loss': step})\nos._exit(0)\n",
            TRACKIO_SYNC_SECONDS="0",
        )
    )
    # It had no token.
    with trackio.init(project="later", id="next", server_url=server.url_with_token, **QUIET) as run:
        run.log({"loss": 1.0})
        wait_for(lambda: server.last_step("dead", "later") == 9)
    assert_same(home.project("later"), server.project("later"), "next")


def test_a_wrong_token_is_told_once_with_what_to_do(
    home: Home, server: Serving, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with trackio.init(project="wrong", server_url=server.url, write_token="n0t-it", **QUIET) as run:
        run.log({"loss": 1.0})
        wait_for(lambda: "Set TRACKIO_WRITE_TOKEN" in caplog.text)
        run.log({"loss": 1.0})
    assert caplog.text.count("The write token is wrong") == 1
    assert "n0t-it" not in caplog.text
    # There is no use in waiting for it.
    assert "still to be sent" in capfd.readouterr().err
    assert "wrong" not in Home(server.home).projects()
    said = command("sync", "--project", "wrong", "--write-token", "n0t-it-either", code=1)
    assert "The write token is wrong" in said
    assert "n0t-it" not in said
    assert "Sent run" in command("sync", "--project", "wrong", "--server-url", server.url_with_token)
    assert_same(home.project("wrong"), server.project("wrong"), run.id)


def test_what_keeps_several_runs_is_told_once(home: Home, server: Serving, script: Script) -> None:
    begin = f"trackio.init(project='many', mode='offline', server_url={server.url!r}, auto_log_gpu=False, "
    named = ((f"r{number}", name) for number, name in enumerate(("otter", "heron", "otter", "\033[1m", "a", "b", "c")))
    ended(script("\n".join(f"{begin}id={run!r}, name={name!r}).finish()" for run, name in named)))
    said = command("sync", "--project", "many", "--write-token", "n0t-it", code=1)
    assert re.search(
        r"of 7 runs \(otter \(r0\), heron, otter \(r2\), \\x1b\[1m, a and 2 more\) are still to be sent", said
    )
    assert said.count("The write token is wrong") == 1
    assert "Sent 7 runs of many." in command("sync", "--project", "many", "--write-token", TOKEN)


def test_a_server_that_has_moved_gets_what_waits(home: Home, server: Serving, script: Script) -> None:
    code = (
        f"with trackio.init(project='moved', id='r', server_url='http://127.0.0.1:{free_port()}') as run:\n"
        "    run.log({'loss': 1.0})\n"
    )
    ended(script(code, TRACKIO_SYNC_SECONDS="0"))
    command("sync", "--project", "moved", "--server-url", server.url_with_token)
    assert_same(home.project("moved"), server.project("moved"), "r")


def test_a_token_goes_to_no_server_that_it_may_not_be_of(home: Home, script: Script) -> None:
    for run in ("a", "b"):
        with Answering(lambda _asked: (503, {}, b"")) as other:
            code = f"trackio.init(project='p', id={run!r}, server_url={other.url!r}, auto_log_gpu=False).finish()"
            ended(script(code, TRACKIO_SYNC_SECONDS="0"))
    said = command("sync", "--project", "p", "--write-token", TOKEN, code=2)
    assert "Name one with --server-url" in said


def test_the_environments_token_is_for_the_environments_server(home: Home, script: Script) -> None:
    with Answering(lambda _asked: (401, {}, b"{}")) as other:
        ended(
            script(
                f"trackio.init(project='p', mode='offline', server_url={other.url!r}, auto_log_gpu=False).finish()",
                TRACKIO_SYNC_SECONDS="0",
            )
        )
        command(
            "sync", "--project", "p", code=1, TRACKIO_SERVER_URL="http://127.0.0.1:1", TRACKIO_WRITE_TOKEN="elsewhere"
        )
        assert other.asked
        assert all("x-trackio-token" not in one.headers for one in other.asked)


def test_a_server_that_says_slow_down_is_asked_no_sooner(home: Home, server: Serving) -> None:
    refused: list[str] = []

    def answer(asked: Any) -> Any:
        if len(refused) < 3 and asked.method == "POST":
            refused.append(asked.path)
            return 429, {"Retry-After": "0"}, b'{"error": "Slow down."}'
        return Misbehaving(server.port, 0, share=0.0)(asked)

    with Answering(answer) as way:
        url = f"{way.url}/?write_token={TOKEN}"
        with trackio.init(project="slow", server_url=url, **QUIET) as run:
            run.log({"loss": 1.0})
    assert len(refused) == 3
    assert_same(home.project("slow"), server.project("slow"), run.id)


def test_a_proxy_that_takes_little_at_a_time_gets_little_at_a_time(home: Home, server: Serving, tmp_path: Path) -> None:
    most = 200_000
    (tmp_path / "large.bin").write_bytes(os.urandom(1_000_000))

    def answer(asked: Any) -> Any:
        if len(asked.body) > most:
            return 413, {}, b"<html>nginx"
        return Misbehaving(server.port, 0, share=0.0)(asked)

    with Answering(answer) as way:
        url = f"{way.url}/?write_token={TOKEN}"
        with trackio.init(project="little", server_url=url, **QUIET) as run:
            run.log({"text": os.urandom(150_000).hex()})
            for _ in range(20):
                run.log({"text": os.urandom(20_000).hex()})
            run.save(str(tmp_path / "large.bin"), base_path=str(tmp_path))
    assert_same(home.project("little"), server.project("little"), run.id)


def test_a_row_longer_than_any_request_arrives(home: Home, server: Serving) -> None:
    with trackio.init(project="long", server_url=server.url_with_token, **QUIET) as run:
        run.log({"text": "x" * 11_000_000, "loss": 1.0})
        run.log({"loss": 2.0})
    assert_same(home.project("long"), server.project("long"), run.id)


@pytest.mark.parametrize(("where", "rows"), [(0.5, 99), (0.0, 100)])
def test_a_damaged_stretch_arrives_as_what_it_is(
    where: float, rows: int, home: Home, server: Serving, script: Script
) -> None:
    project = f"hurt-{rows}"
    ended(
        script(
            "import os\n"
            f"run = trackio.init(project={project!r}, id='r', server_url={server.url!r}, auto_log_cpu=False)\n"
            "for step in range(100): run.log({'loss': step})\nos._exit(0)\n"
        )
    )
    (path,) = layout.journals(home.project(project).directory).iterdir()
    data = bytearray(path.read_bytes())
    data[int(len(data) * where)] ^= 0xFF
    path.write_bytes(bytes(data) + b"\xa7torn")
    command("sync", "--project", project, "--write-token", TOKEN)
    here, there = home.project(project), server.project(project)
    here.catch_up()
    assert len(there.values("r", "loss")) == rows
    assert there.values("r", "loss") == here.values("r", "loss")


def test_a_missing_file_costs_itself_alone(home: Home, server: Serving, caplog: pytest.LogCaptureFixture) -> None:
    with trackio.init(project="lost", mode="offline", server_url=server.url_with_token, **QUIET) as run:
        run.log({"table": trackio.Table(columns=["a"], data=[[1]]), "loss": 1.0})
    store = home.project("lost")
    (name,) = store.blobs.names()
    store.blobs.remove(name)
    said = command("sync", "--project", "lost", "--write-token", TOKEN)
    assert f"File {name} is missing on this machine; it is not sent, and all else is." in said
    assert len(server.project("lost").values(run.id, "loss")) == 1


def test_a_run_is_sent_from_a_machine_where_home_cannot_be_written(
    home: Home, server: Serving, script: Script, tmp_path: Path
) -> None:
    # As root may write anywhere, a file stands in the way.
    home.path.write_text("no folder")
    said = ended(
        script(
            f"with trackio.init(project='nohome', id='r', server_url={server.url_with_token!r}) as run:\n"
            "    for step in range(10): run.log({'loss': step})\n",
            TMPDIR=str(tmp_path),
        )
    )
    assert "so the run is kept in" in said
    assert [one[3] for one in server.project("nohome").values("r", "loss")] == list(range(10))


def test_a_full_disk_costs_no_row_that_can_still_be_put_elsewhere(home: Home, server: Serving, script: Script) -> None:
    said = ended(
        script(
            "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            f"run = trackio.init(project='full', id='r', server_url={server.url_with_token!r}, auto_log_cpu=False)\n"
            "for step in range(10): run.log({'loss': step})\n"
            "size = run._writer.size\nresource.setrlimit(resource.RLIMIT_FSIZE, (size, -1))\n"
            "for step in range(10, 20): run.log({'loss': step})\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))\n"
            "run.finish()\n"
        )
    )
    assert "cannot be written" in said
    assert [one[3] for one in server.project("full").values("r", "loss")] == list(range(20))


def test_a_script_that_is_interrupted_does_not_wait_long(home: Home, script: Script) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = script(
            "import trackio.tracking.sending as s; s.LEAVING_SECONDS = 0.1\n"
            f"run = trackio.init(project='p', server_url='http://127.0.0.1:{silent.getsockname()[1]}')\n"
            "run.log({'loss': 1.0})\nprint('logged', flush=True)\ninput()\n",
            TRACKIO_SYNC_SECONDS="100000",
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert "still to be sent" in err


def test_two_that_sync_at_once_send_everything_once(home: Home, server: Serving) -> None:
    with trackio.init(project="twice", mode="offline", server_url=server.url_with_token, **QUIET) as run:
        for step in range(2000):
            run.log({"loss": step})
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "trackio", "sync", "--project", "twice", "--write-token", TOKEN],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]
    for one in both:
        one.wait(timeout=60)
    command("sync", "--project", "twice", "--server-url", server.url_with_token)
    assert_same(home.project("twice"), server.project("twice"), run.id)


def test_a_server_hears_now_and_then_from_a_run_that_logs_nothing(
    home: Home, server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackio.remote.shipment.HEARTBEAT_SECONDS", 0.1)
    with (
        Answering(Misbehaving(server.port, 0, share=0.0)) as way,
        trackio.init(project="quiet", server_url=f"{way.url}/?write_token={TOKEN}", **QUIET),
    ):
        wait_for(lambda: sum(one.method == "POST" and not one.body for one in way.asked) >= 3)


def test_a_server_that_lost_what_it_had_gets_it_again(home: Home, own_server: Serving) -> None:
    run = trackio.init(project="p", server_url=own_server.url_with_token, **QUIET)
    for step in range(10):
        run.log({"loss": step})
    wait_for(lambda: own_server.last_step(run.id) == 9)
    own_server.kill()
    shutil.rmtree(own_server.home)
    own_server.start()
    run.log({"loss": 10})
    run.finish()
    assert_same(home.project("p"), own_server.project(), run.id)


def test_a_run_in_a_signal_handler_ends_and_is_sent(home: Home, server: Serving, script: Script) -> None:
    process = script(
        "import signal, sys, threading\npause = threading.Event()\n"
        f"run = trackio.init(project='signal', id='r', server_url={server.url_with_token!r})\n"
        "def leave(*_):\n    run.finish(exit_code=1)\n    sys.exit(143)\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        "print('ready', flush=True)\n"
        "step = 0\nwhile True:\n    run.log({'loss': step}); step += 1; pause.wait(0.001)\n"
    )
    assert process.stdout is not None
    process.stdout.readline()
    wait_for(lambda: server.last_step("r", "signal") > 0)
    process.terminate()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 143, err
    assert_same(home.project("signal"), server.project("signal"), "r")


def test_a_run_begun_while_the_interpreter_ends_is_sent(home: Home, server: Serving, script: Script) -> None:
    ended(
        script(
            "import atexit\n"
            "def last():\n"
            f"    with trackio.init(project='end', id='r', server_url={server.url_with_token!r}) as run:\n"
            "        run.log({'loss': 1.0})\n"
            "atexit.register(last)\n"
        )
    )
    assert server.last_step("r", "end") == 0
