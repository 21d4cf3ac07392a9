"""Alerts of real runs, from the call to the chat: printed, recorded, sent, and raised by themselves."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.alerts.conftest import APPRISE, CHECKOUT, SECRET, Hook, Reply, Script, raised, until
from tests.system.driver import FakeDriver
from trackio.errors import UsageError
from trackio.store.home import Home
from trackio.times import nanoseconds
from trackio.tracking import background

SLOW = "import trackio.tracking.background as b; b.INTERVAL_SECONDS = 0.02\n"
"""Code that has the background look often."""


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "INTERVAL_SECONDS", 0.02)


# Sending


def test_an_alert_is_sent_with_what_is_known_of_it(hook: Hook, home: Home) -> None:
    with trackio.init(project="p", name="n", webhook_url=hook.url()) as run:
        run.log({"loss": 1.0}, step=7)
        run.alert("hot", "87 degrees", level="error", data={"gpu": 3, "hf_token": SECRET})
        (asked,) = hook.wait()
    (alert,) = raised(home)
    sent = asked.json
    assert (sent["project"], sent["run"], sent["run_id"], sent["url"]) == ("p", "n", run.id, run.url)
    assert (sent["level"], sent["title"], sent["text"], sent["step"]) == ("error", "hot", "87 degrees", 7)
    assert sent["data"] == {"gpu": 3, "hf_token": "(hidden)"}
    assert nanoseconds(sent["timestamp"]) == alert.time_ns
    assert alert.data == {"gpu": 3, "hf_token": SECRET}


def test_arguments_go_before_settings_and_these_before_the_environment(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKIO_WEBHOOK_URL", hook.url("/environment"))
    monkeypatch.setenv("TRACKIO_WEBHOOK_MIN_LEVEL", "ERROR")
    settings = trackio.Settings(webhook_url=hook.url("/settings"), webhook_min_level="info")
    for given in ({}, {"settings": settings}, {"webhook_url": hook.url("/argument"), "webhook_min_level": "warn"}):
        with trackio.init(project="p", **given) as run:
            run.alert("one", level="info")
            run.alert("two", level="warn")
            run.alert("three", level="error")
    paths = [(one.path, one.json["title"]) for one in hook.wait(6)]
    assert paths == [
        ("/environment", "three"),
        ("/settings", "one"),
        ("/settings", "two"),
        ("/settings", "three"),
        ("/argument", "two"),
        ("/argument", "three"),
    ]


def test_an_alert_may_go_elsewhere_whatever_its_level(hook: Hook) -> None:
    with trackio.init(project="p", webhook_url=hook.url("/all"), webhook_min_level="error") as run:
        run.alert("mine", level="info", webhook_url=[hook.url("/mine"), hook.url("/ours")])
        trackio.alert("none", webhook_url="")
        run.alert("all", level="error")
    assert sorted((one.path, one.json["title"]) for one in hook.wait(3)) == [
        ("/all", "all"),
        ("/mine", "mine"),
        ("/ours", "mine"),
    ]
    assert len(hook.requests) == 3


@APPRISE
def test_apprise_is_told_like_any_other(hook: Hook) -> None:
    with trackio.init(project="p", name="n", webhook_url=hook.url(scheme="json")) as run:
        run.alert("hot")
    (asked,) = hook.wait()
    assert (asked.json["title"], asked.json["message"]) == ("WARN: hot", "p · n · WARN")


def test_data_may_stand_where_the_original_has_it(home: Home) -> None:
    with trackio.init(project="p") as run:
        trackio.alert("a", "b", "info", {"c": 1})
        run.alert("d", None, None, 60)
        run.alert("d")
    assert [(one.level, one.title, one.text, one.data) for one in raised(home)] == [
        ("info", "a", "b", {"c": 1}),
        ("warn", "d", "", None),
    ]


@pytest.mark.parametrize(
    "given", [{"webhook_url": "SECRET"}, {"webhook_min_level": "loud"}, {"alerts_on": "fire"}, {"alerts_on": 5.5}]
)
def test_what_cannot_be_stops_init_before_there_is_a_run(given: dict[str, Any], home: Home) -> None:
    with pytest.raises(UsageError) as caught:
        trackio.init(project="p", **given)
    assert "SECRET" not in str(caught.value)
    assert trackio.run is None
    assert home.projects() == []


@pytest.mark.parametrize("given", [{"alerts_on": "0"}, {"alerts_on": ""}, {"alerts_on": False}, {"webhook_url": ""}])
def test_what_says_no_asks_for_nothing(given: dict[str, Any], home: Home) -> None:
    run = trackio.init(project="p", **given)
    run.alert("a")
    run.finish()
    assert home.project("p").events(run.id, "alert_rules") == []


def test_a_run_that_records_nothing_tells_nobody(hook: Hook) -> None:
    with trackio.init(project="p", mode="disabled", webhook_url=hook.url(), alerts_on="nan,crash") as run:
        run.alert("a", webhook_url=hook.url())
        run.alert_on(nan=True)
        run.log({"a": float("nan")})
        run.finish(1)
    assert hook.requests == []


def test_offline_nobody_is_told(hook: Hook, home: Home, caplog: pytest.LogCaptureFixture) -> None:
    with trackio.init(project="p", mode="offline", webhook_url=hook.url()) as run:
        run.alert("a")
        run.alert("b", webhook_url=hook.url())
    assert hook.requests == []
    assert [one.title for one in raised(home)] == ["a", "b"]
    assert caplog.text.count("mode='offline' leaves the network alone") == 1


# Secrets


def test_an_address_stands_nowhere(hook: Hook, home: Home, script: Script, tmp_path: Path) -> None:
    urls = [hook.url(), hook.url(scheme="slack+http"), hook.url(scheme="json"), f"http://127.0.0.1:1/{SECRET}"]
    code = f"""
import logging, pickle, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
import trackio.alerts.delivery as delivery, trackio.tracking.process as process
delivery.MOST_SECONDS, process.EXIT_SECONDS = 0.1, 60
run = trackio.init(project="p", webhook_url={",".join(urls)!r}, save_code=True)
run.alert("hot", webhook_url="http://127.0.0.1:1/{SECRET}")
run.alert("hotter")
print(repr(run), dict(run.config), run.settings, run.settings.to_dict(), run.outlets, run.summary, run.url)
print(vars(run.settings), pickle.dumps(run))
try: run.alert("x", webhook_url="{SECRET}")
except trackio.Error as error: print(error)
try: trackio.init(project="p", webhook_url="https://{SECRET} x")
except trackio.Error as error: print(error)
raise ValueError("the end")
"""
    hook.replies += [Reply(404, body=b'{"error": "no hook %s"}' % SECRET.encode())] * 3
    done = script(code, check=False, TRACKIO_WEBHOOK_URL=f"http://127.0.0.1:1/{SECRET}")
    assert "ValueError: the end" in done.stderr
    assert len(hook.requests) == 3
    # The traceback shows the line of the script itself.
    told = [line for line in (done.stdout + done.stderr).splitlines() if SECRET in line]
    assert told == []
    kept = [path for path in home.path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert kept == []


# The terminal


def test_alerts_are_coloured_on_a_terminal_and_nowhere_else(script: Script, home: Home) -> None:
    code = (
        "import trackio; run = trackio.init(project='p', name='n'); run.alert('hot', 'x'); run.alert('i', level='info')"
    )
    plain = "trackio: WARN: run 'n': hot: x\ntrackio: INFO: run 'n': i\n"
    colours = "trackio: \x1b[1;33mWARN\x1b[0m: run 'n': hot: x\ntrackio: \x1b[1;34mINFO\x1b[0m: run 'n': i\n"
    for more, expected in (
        ({}, colours),
        ({"NO_COLOR": "1"}, plain),
        ({"TERM": "dumb"}, plain),
        ({"NO_COLOR": ""}, colours),
    ):
        assert on_a_terminal(code, **more) == expected
    assert script(code).stderr == plain


def on_a_terminal(code: str, **environment: str) -> str:
    """What code prints on the standard error when that is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 4096):
            said += piece
    except OSError:
        # The other end is closed.
        pass
    os.close(ours)
    assert process.wait() == 0
    return said.decode().replace("\r\n", "\n")


def test_what_a_terminal_would_obey_is_spelt_out(capsys: pytest.CaptureFixture[str], home: Home) -> None:
    with trackio.init(project="p", name="n\x1b[2J") as run:
        run.alert("a\x1b[31m\nb\u202e", "one\x07\ntwo\r\x9b31m")
    assert capsys.readouterr().err == (
        "trackio: WARN: run 'n\\x1b[2J': a\\x1b[31m\\nb\\u202e: one\\x07\ntrackio: two\\r\\x9b31m\n"
    )
    # Recorded as it was said.
    assert raised(home)[0].title == "a\x1b[31m\nb\u202e"


# By themselves


@pytest.mark.usefixtures("often")
def test_nan_is_told_while_the_run_goes_on(hook: Hook, home: Home) -> None:
    run = trackio.init(project="p", webhook_url=hook.url(), alerts_on="nan")
    run.log({"loss": 1.0})
    run.log({"loss": float("nan")})
    (asked,) = hook.wait()
    assert (asked.json["title"], asked.json["level"], asked.json["step"]) == ("NaN in loss", "error", 1)
    run.log({"loss": float("nan"), "acc": float("inf")})
    assert hook.wait(2)[1].json["title"] == "Infinity in acc"
    run.finish()
    assert [one.title for one in raised(home)] == ["NaN in loss", "Infinity in acc"]
    assert home.project("p").events(run.id, "alert_rules")[0]["nan"] is True


def test_nan_right_before_the_end_is_told(home: Home) -> None:
    with trackio.init(project="p") as run:
        run.alert_on(nan=True)
        run.log({"loss": float("nan")})
    with trackio.init(project="p") as run:
        run.log({"loss": float("nan")})
    assert [one.title for one in raised(home)] == ["NaN in loss"]


@pytest.mark.usefixtures("often")
def test_silence_is_told_and_that_logging_goes_on(home: Home) -> None:
    run = trackio.init(project="p")
    trackio.alert_on(silence_minutes=0.002)
    until(lambda: [one.title for one in raised(home)] == ["Nothing logged for 0.12 s"])
    run.log({"loss": 1.0})
    until(lambda: [one.title for one in raised(home)][1:2] == ["Logging goes on"])
    run.alert_on(silence_minutes=False)
    run.finish()
    rules = home.project("p").events(run.id, "alert_rules")
    assert [one["silence_minutes"] for one in rules] == [0.002, None]


@pytest.mark.usefixtures("often")
def test_memory_of_a_gpu_is_told_from_what_is_logged_of_the_machine(home: Home) -> None:
    run = trackio.init(project="p", alerts_on={"gpu_memory": 0.9})
    run.take_system({"system/gpu/0/memory_percent": 97.25})
    until(lambda: raised(home))
    run.finish()
    (alert,) = raised(home)
    assert (alert.title, alert.text) == ("Memory of GPU 0 is 97% full", "97.2% of the memory of GPU 0 is in use.")


def test_memory_is_what_the_driver_tells_the_sampler(driver: FakeDriver, script: Script, home: Home) -> None:
    driver.add(memory_total=80_000_000_000, memory_used=78_000_000_000)
    driver.add(memory_total=80_000_000_000, memory_used=8_000_000_000)
    code = """
import threading, time
from trackio.store.home import Home
run = trackio.init(project="p", gpu_log_interval=0.2, alerts_on="gpu_memory=0.95")
end, pause = time.monotonic() + 60, threading.Event()
while time.monotonic() < end and not Home().project("p").alerts():
    pause.wait(0.05)
run.finish()
"""
    script(code, **driver.environment)
    assert [(one.title, one.data["gpu"]) for one in raised(home)] == [("Memory of GPU 0 is 98% full", "0")]


def test_memory_that_nobody_measures_is_said(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        trackio.init(project="p", auto_log_gpu=False, alerts_on="gpu_memory=0.9").alert_on(nan=True)
    assert caplog.text.count("looks at the metrics of GPUs, which are switched off") == 2


ENDS = [
    ("raise ValueError('bad')", 1, "ValueError: bad"),
    ("import sys; sys.exit(3)", 3, "Run failed"),
    ("with run: raise SystemExit(3)", 3, "Run failed"),
    ("run.finish(exit_code=4)", 0, "Run failed"),
    ("with run: raise KeyError('k')", 1, "KeyError: 'k'"),
    ("try: 1 / 0\nfinally: run.finish()", 1, "ZeroDivisionError: division by zero"),
    ("pass", 0, None),
    ("import sys; sys.exit(0)", 0, None),
    ("run.finish()", 0, None),
    ("try: 1 / 0\nexcept ZeroDivisionError: pass", 0, None),
]


@pytest.mark.parametrize(("code", "exit_code", "title"), ENDS)
def test_a_bad_end_is_told_before_the_process_ends(  # noqa: PLR0917 - a case, and what it needs
    code: str, exit_code: int, title: str | None, hook: Hook, home: Home, script: Script
) -> None:
    done = script(
        f"run = trackio.init(project='p', alerts_on='crash')\n{code}", check=False, TRACKIO_WEBHOOK_URL=hook.url()
    )
    assert done.returncode == exit_code
    expected = [] if title is None else [title]
    assert [one.json["title"] for one in hook.requests] == expected
    assert [(one.title, one.level) for one in raised(home)] == [(one, "error") for one in expected]


def test_the_end_waits_for_a_busy_server_and_not_for_ever(hook: Hook, script: Script) -> None:
    hook.replies += [Reply(503), Reply(200)]
    code = "run = trackio.init(project='p'); run.alert('a')"
    script(code, TRACKIO_WEBHOOK_URL=hook.url())
    assert len(hook.requests) == 2
    quick = "import trackio.tracking.process as p; p.FINISH_SECONDS = p.EXIT_SECONDS = 0.01\n"
    script(f"{quick}{code}", TRACKIO_WEBHOOK_URL=f"http://127.0.0.1:1/{SECRET}")


def test_log_does_not_wait_for_a_server_that_does_not_answer(hook: Hook, home: Home) -> None:
    held = threading.Event()
    hook.replies.append(Reply(held=held))
    with trackio.init(project="p", webhook_url=hook.url()) as run:
        run.alert("a")
        hook.wait()
        for step in range(1000):
            run.log({"loss": float(step)})
            run.alert("b", level="info")
        held.set()
    assert len(raised(home)) == 1001


def test_alerts_in_a_signal_handler_and_in_children_of_a_fork_are_sent(hook: Hook, script: Script, home: Home) -> None:
    code = """
import os, signal, threading
run = trackio.init(project="p")
signal.signal(signal.SIGALRM, lambda *_: run.alert("from a handler"))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
for number in range(50):
    run.alert("a")
    run.log({"x": 1.0})
signal.setitimer(signal.ITIMER_REAL, 0)
pids = []
for number in range(3):
    pid = os.fork()
    if pid == 0:
        run.alert(f"child {number}")
        raise SystemExit
    pids.append(pid)
for pid in pids:
    os.waitpid(pid, 0)
"""
    script(code, TRACKIO_WEBHOOK_URL=hook.url())
    titles = [one.json["title"] for one in hook.requests]
    assert titles.count("a") == 50
    assert sorted(title for title in titles if title.startswith("child")) == ["child 0", "child 1", "child 2"]
    assert len(titles) == len(raised(home))


def test_a_child_of_multiprocessing_that_fails_tells_of_it(hook: Hook, script: Script, tmp_path: Path) -> None:
    path = tmp_path / "main.py"
    path.write_text(
        "import multiprocessing, trackio\n"
        "def work():\n    trackio.init(project='p', alerts_on='crash')\n    raise ValueError('in a child')\n"
        "if __name__ == '__main__':\n    child = multiprocessing.get_context('spawn').Process(target=work)\n"
        "    child.start(); child.join()\n"
    )
    subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "TRACKIO_WEBHOOK_URL": hook.url()},
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert [one.json["title"] for one in hook.requests] == ["ValueError: in a child"]


def test_where_nothing_can_be_written_alerts_are_sent_all_the_same(hook: Hook, script: Script, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code = "with trackio.init(project='p', alerts_on='nan,silence=5') as run: run.alert('a')"
    done = script(code, TRACKIO_DIR=str(tmp_path / "file"), TRACKIO_WEBHOOK_URL=hook.url())
    assert "cannot be written" in done.stderr
    assert [one.json["title"] for one in hook.requests] == ["a"]


def test_what_is_not_asked_for_is_not_loaded(script: Script) -> None:
    code = """
import sys
with trackio.init(project="p") as run:
    run.log({"a": 1.0})
print(*[name for name in ("urllib3", "apprise", "requests", "trackio.alerts.delivery", "trackio.alerts.vigil")
        if name in sys.modules])
"""
    assert script(code).stdout == "\n"


def test_sigterm_leaves_the_tale_to_whoever_looks(hook: Hook, home: Home) -> None:
    code = "import trackio, time; trackio.init(project='p', alerts_on='crash'); print('on', flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "TRACKIO_WEBHOOK_URL": hook.url()},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"on\n"
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    process.stdout.close()
    assert hook.requests == raised(home) == []
