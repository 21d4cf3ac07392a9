"""What happens beside the training: heartbeat, folding, metrics of the machine."""

from __future__ import annotations

import os
import threading
from typing import NamedTuple

import pytest

import trackio
from tests.tracking.conftest import Script, points
from trackio.context_vars import Shared
from trackio.store import layout
from trackio.store.project import ProjectStore
from trackio.system import probes
from trackio.tracking import background


def test_a_beat_touches_the_journal(project: ProjectStore) -> None:
    run = trackio.init(project="p")
    (journal,) = layout.journals(project.directory).iterdir()
    os.utime(journal, (0, 0))
    run.tend(is_beat=False)
    assert journal.stat().st_mtime == 0
    run.tend(is_beat=True)
    assert journal.stat().st_mtime > 0


def test_rows_reach_the_database_while_the_run_goes_on(script: Script) -> None:
    script(
        "import time\n"
        "from trackio.store.home import Home\n"
        "from trackio.tracking import background; background.INTERVAL_SECONDS = 0.01\n"
        "run = trackio.init(project='p')\n"
        "run.log({'loss': 1.0})\n"
        "store, until = Home().project('p'), time.monotonic() + 20\n"
        "while not (store.runs() and store.runs()[0].row_count): assert time.monotonic() < until"
    )


def test_the_thread_ends_with_the_last_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "INTERVAL_SECONDS", 0.001)
    run = trackio.init(project="p")
    thread = next(thread for thread in threading.enumerate() if thread.name == "trackio")
    run.finish()
    thread.join(20)
    assert not thread.is_alive()
    with trackio.init(project="p"):
        assert any(thread.name == "trackio" for thread in threading.enumerate())


def test_where_no_thread_can_be_started_a_run_is_recorded_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, project: ProjectStore
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with trackio.init(project="p") as run:
            run.log({"loss": 1.0})
            run.log({"loss": 2.0})
    assert points(project) == [(0, 1.0), (1, 2.0)]
    assert caplog.text.count("shows up with its end only") == 1
    with trackio.init(project="p"):
        assert any(thread.name == "trackio" for thread in threading.enumerate())


def test_the_machine_is_sampled() -> None:
    read = probes.machine()
    found = read()
    assert {"system/cpu_percent", "system/memory_percent", "system/process_rss_megabytes"} <= set(found)
    assert all(value >= 0 for value in found.values())
    assert found["system/process_rss_megabytes"] > 5


class Times(NamedTuple):
    """What psutil tells of all processors; a guest's time is inside the user's."""

    user: float
    idle: float
    iowait: float
    guest: float


def test_the_load_is_that_since_the_same_probe_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Times(user=10.0, idle=100.0, iowait=5.0, guest=3.0)
    monkeypatch.setattr("psutil.cpu_times", lambda: now)
    first, second = probes.machine(), probes.machine()
    now = Times(user=40.0, idle=160.0, iowait=15.0, guest=20.0)
    assert first()["system/cpu_percent"] == pytest.approx(30)
    assert first()["system/cpu_percent"] == 0
    assert second()["system/cpu_percent"] == pytest.approx(30)


@pytest.mark.parametrize(("is_on", "expected"), [(True, True), (None, True), (False, False)])
def test_sampling_is_on_unless_refused(
    is_on: bool | None, expected: bool, monkeypatch: pytest.MonkeyPatch, project: ProjectStore
) -> None:
    logged = threading.Event()
    asked: list[str] = []

    def machine() -> probes.Probe:
        asked.append("machine")
        logged.set()
        return lambda: {"system/cpu_percent": 1.0}

    monkeypatch.setattr(probes, "machine", machine)
    run = trackio.init(project="p", auto_log_cpu=is_on, cpu_log_interval=0.001, auto_log_gpu=False)
    if expected:
        assert logged.wait(20)
    run.finish()
    assert bool(asked) is expected


def test_a_probe_that_breaks_is_told_and_the_training_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, project: ProjectStore
) -> None:
    broken = threading.Event()

    def machine() -> probes.Probe:
        def read() -> dict[str, float]:
            broken.set()
            raise RuntimeError("no sensor")

        return read

    monkeypatch.setattr(probes, "machine", machine)
    run = trackio.init(project="p", cpu_log_interval=0.001, auto_log_gpu=False)
    assert broken.wait(20)
    run.log({"loss": 1.0})
    run.finish()
    assert caplog.text.count("no sensor") == 1


def test_a_shared_variable_is_its_contexts_own_or_the_latest() -> None:
    shared: Shared[str] = Shared("x")
    assert shared.get() is None
    assert shared.get("default") == "default"
    shared.set("main")
    seen: list[str | None] = []

    def work() -> None:
        seen.append(shared.get())
        token = shared.set("thread")
        seen.append(shared.get())
        shared.reset(token)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["main", "thread"]
    assert shared.get() == "main"
