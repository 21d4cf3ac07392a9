"""Runs that were killed: whoever looks at them tells of it, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import trackio
from tests.alerts.conftest import CHECKOUT, Hook, raised
from trackio import journal
from trackio.alerts import crashes
from trackio.alerts.crashes import Watch, note_crashes
from trackio.alerts.places import Outlets, outlets
from trackio.store import layout
from trackio.store.home import Home

BEGIN = "import trackio, time\nrun = trackio.init(project='p', name='n', id='a1', resume='allow', alerts_on='crash')\n"
Killed = Callable[..., None]


@pytest.fixture
def killed(home: Home) -> Killed:
    """Runs code until it has printed a line, and kills it."""

    def run(code: str = "run.log({'loss': 1.0}, step=7)", *, begin: str = BEGIN, sign: int = signal.SIGKILL) -> None:
        process = subprocess.Popen(
            [sys.executable, "-c", f"{begin}{code}\nprint('on', flush=True)\ntime.sleep(60)"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        process.send_signal(sign)
        process.wait(30)
        process.stdout.close()

    return run


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_was_killed_is_told_of_once(sign: int, home: Home, killed: Killed) -> None:
    killed(sign=sign)
    store = home.project("p")
    (alert,) = note_crashes(store)
    assert (alert.run_id, alert.run_name, alert.level, alert.title, alert.step) == (
        "a1",
        "n",
        "error",
        "Run crashed",
        7,
    )
    assert alert.data == {"rule": "crash"}
    assert note_crashes(store) == note_crashes(store) == []
    assert raised(home) == [alert]
    run = store.run("a1")
    assert run.status == "crashed"
    # The run did not go on until somebody looked.
    assert run.updated_ns < alert.time_ns
    assert list(layout.journals(store.directory).iterdir()) == []


def test_the_journal_that_notes_it_is_known_for_good(home: Home, killed: Killed) -> None:
    killed()
    store = home.project("p")
    assert len(note_crashes(store)) == 1
    (name,) = [path for (path,) in store.query("SELECT name FROM journals WHERE state = 'closed'")[1]]
    # Another server that had looked before the first one wrote finds the journal known.
    assert store.has_journal(name)
    assert not store.has_journal("none.journal")


def test_each_crash_of_a_run_that_is_resumed_is_told_of(home: Home, killed: Killed) -> None:
    killed()
    assert len(note_crashes(home.project("p"))) == 1
    killed("run.log({'loss': 2.0})")
    (second,) = note_crashes(home.project("p"))
    assert second.step == 8
    with trackio.init(project="p", id="a1", resume="must"):
        pass
    assert note_crashes(home.project("p")) == []
    assert len(raised(home)) == 2


@pytest.mark.parametrize(
    "begin",
    [
        "import trackio, time\nrun = trackio.init(project='p')\n",
        f"{BEGIN}run.alert_on(crash=False)\n",
        "import trackio, time\nrun = trackio.init(project='p', alerts_on='nan')\n",
        f"{BEGIN}run.finish()\nrun = trackio.init(project='p', id='b2')\n",
    ],
)
def test_a_run_that_did_not_ask_is_not_told_of(begin: str, home: Home, killed: Killed) -> None:
    killed(begin=begin)
    assert note_crashes(home.project("p")) == []


def test_a_run_that_goes_on_is_not_told_of(home: Home) -> None:
    with trackio.init(project="p", alerts_on="crash") as run:
        run.log({"loss": 1.0})
        assert note_crashes(home.project("p")) == []


def test_a_process_elsewhere_is_given_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    store = home.create("p")
    path = layout.journal(store.directory, "far", "0a")
    elsewhere = {"host": "elsewhere", "boot": "x", "namespace": "y", "pid": 1, "started": "1"}
    now_ns = time.time_ns()
    path.write_bytes(
        journal.header("far", "p", now_ns, elsewhere)
        + journal.frame(journal.EVENT, journal.event("alert_rules", now_ns, crash=True))
    )
    # Its status is crashed after a minute; it may yet be heard of again.
    for seconds, count in ((0, 0), (61, 0), (299, 0), (301, 1), (302, 0)):
        os.utime(path, ns=(now_ns, now_ns - seconds * 10**9))
        found = note_crashes(store)
        assert len(found) == count, seconds
        if found:
            assert (found[0].title, found[0].step) == ("Run is lost", None)
            assert "5 minutes" in (found[0].text or "")


def test_of_many_that_look_at_once_one_tells(home: Home, killed: Killed) -> None:
    killed()
    code = (
        "import sys\nfrom trackio.store.home import Home\nfrom trackio.alerts.crashes import note_crashes\n"
        "sys.stdin.readline()\nprint(sum(len(note_crashes(Home().project('p'))) for _ in range(20)))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert sorted(said) == ["0\n", "0\n", "0\n", "1\n"]
    assert len(raised(home)) == 1


def test_a_home_that_is_only_read_is_left_to_others(
    home: Home, killed: Killed, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed()
    store = home.project("p")
    store.catch_up()

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(crashes, "_write", refuse)
    assert note_crashes(store) == []
    monkeypatch.undo()
    monkeypatch.setenv("TRACKIO_DIR", str(home.path))
    assert len(note_crashes(store)) == 1


# Watching


def test_a_watch_tells_those_who_want_to_hear_of_it(home: Home, killed: Killed, hook: Hook) -> None:
    watch = Watch(home, outlets(hook.url(), "warn"), lambda project, run: f"https://host.example/{project}/{run}")
    assert watch.look() == []
    killed()
    (alert,) = watch.look()
    (asked,) = hook.wait()
    assert (asked.json["title"], asked.json["run"], asked.json["run_id"]) == ("Run crashed", "n", "a1")
    assert (asked.json["project"], asked.json["url"]) == ("p", "https://host.example/p/a1")
    assert watch.look() == []
    # As after a restart.
    assert Watch(home, outlets(hook.url(), None)).look() == []
    watch.stop()
    assert len(hook.requests) == 1
    assert alert.title == "Run crashed"


def test_a_watch_looks_by_itself_until_it_is_stopped(
    home: Home, killed: Killed, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crashes, "LOOK_SECONDS", 0.02)
    watch = Watch(home, outlets(hook.url(), None))
    watch.start()
    killed()
    assert hook.wait()[0].json["title"] == "Run crashed"
    watch.stop()


def test_a_project_without_news_is_not_opened(home: Home, killed: Killed, monkeypatch: pytest.MonkeyPatch) -> None:
    killed()
    watch = Watch(home, Outlets())
    looked: list[str] = []
    note = crashes.note_crashes
    monkeypatch.setattr(crashes, "note_crashes", lambda store: looked.append(store.name) or note(store))
    assert [len(watch.look()) for _ in range(4)] == [1, 0, 0, 0]
    assert len(looked) <= 2
    killed(begin="import trackio, time\nrun = trackio.init(project='p', id='b2')\n")
    watch.look()
    assert len(looked) <= 4
    assert looked[-1] == "p"


def test_a_home_that_cannot_be_listed_for_a_while_is_looked_at_again(
    home: Home, killed: Killed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    killed()
    watch = Watch(home, Outlets())
    with monkeypatch.context() as patch:

        def fail(_self: Home) -> list[str]:
            raise OSError(24, "Too many open files")

        patch.setattr(Home, "projects", fail)
        assert [watch.look() for _ in range(3)] == [[], [], []]
    assert caplog.text.count("Too many open files") == 1
    assert [alert.run_id for alert in watch.look()] == ["a1"]


def test_a_project_that_cannot_be_read_hides_no_other(
    home: Home, killed: Killed, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    broken = home.create("broken")
    broken.path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    killed()
    watch = Watch(home, Outlets())
    assert [alert.run_id for alert in watch.look()] == ["a1"]
    assert [alert.run_id for alert in watch.look()] == []
    assert caplog.text.count("may go untold") == 1
