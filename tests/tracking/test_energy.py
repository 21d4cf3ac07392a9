"""Energy of real runs in processes of their own, on GPUs of a fake driver that the real binding talks to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

import trackio
from tests.system.driver import LOST, FakeDriver, Fault, running
from tests.tracking.conftest import CHECKOUT, PATIENT, Script
from trackio.consumption import run_energy
from trackio.energy.records import Measurement
from trackio.store.project import ProjectStore

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the fake driver is built for Linux")


@pytest.fixture
def gpu(driver: FakeDriver, monkeypatch: pytest.MonkeyPatch) -> FakeDriver:
    """A driver with one GPU, which draws 300 W and counts on; processes that a test starts find it."""
    for name, value in driver.environment.items():
        monkeypatch.setenv(name, value)
    driver.add(power=300_000, load=90, **running(5_000_000))
    return driver


def measured(project: ProjectStore, run: str | None = None) -> list[Measurement]:
    """What was measured for the only run, or for one of this name."""
    project.catch_up()
    return project.measurements(project.run(run).id if run else project.runs()[-1].id)


def joules(project: ProjectStore) -> float:
    project.catch_up()
    energy = run_energy(project, project.runs()[-1].id)
    assert energy is not None
    assert energy.account.joules is not None
    return energy.account.joules


ENDS = {
    "finish": "run.finish()",
    "nothing": "pass",
    "an exception": "raise ValueError('on purpose')",
    "sys.exit": "import sys; sys.exit(3)",
    "a thread that outlives the script": (
        "import threading; threading.Thread(target=lambda: threading.main_thread().join()).start()"
    ),
    "an exception inside with": "\nwith run: raise ValueError('on purpose')",
    "a signal's handler": (
        "\nimport os, signal\nsignal.signal(signal.SIGTERM, lambda *_: (run.finish(), os._exit(0)))\n"
        "os.kill(os.getpid(), signal.SIGTERM)"
    ),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_run_of_a_moment_has_its_energy_however_it_ends(
    end: str, gpu: FakeDriver, script: Script, project: ProjectStore
) -> None:
    script(f"run = trackio.init(project='p'); run.log({{'loss': 1.0}}); {end}", check=False)
    (found,) = measured(project)
    (readings,) = found.readings
    assert found.is_ended
    assert found.session.end_ns == readings.clock_ns[-1]
    assert found.devices[0].id == gpu.uuid(0)
    assert set(readings.power_mw.tolist()) == {300_000}
    # Counters go on every 20 to 100 ms: what lies between two readings is more than that.
    assert readings.clock_ns[-1] - readings.clock_ns[0] >= 100_000_000
    assert readings.counter_mj[-1] > readings.counter_mj[0]
    assert joules(project) > 0
    assert found.missing.keys() == {"cpu", "dram"}


@pytest.mark.parametrize("before", ["pass", "run.mark('a')", "run.log({'loss': 1.0})"])
def test_a_handler_that_comes_in_the_middle_of_a_call_ends_the_measurement_too(
    before: str, gpu: FakeDriver, project: ProjectStore
) -> None:
    code = (
        "import os, signal, trackio\nrun = trackio.init(project='p')\n"
        "signal.signal(signal.SIGTERM, lambda *_: (run.finish(), os._exit(0)))\n"
        # The run's lock is held, as it is in most of a loop that only logs: nobody else can record anything.
        f"{before}\n"
        "with run._lock:\n    os.kill(os.getpid(), signal.SIGTERM)\n    while True: pass"
    )
    subprocess.run(
        [sys.executable, "-c", f"{PATIENT}\n{code}"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        check=True,
        timeout=60,
    )
    (found,) = measured(project)
    assert found.is_ended
    assert len(found.readings[0].clock_ns) >= 2
    assert found.missing.keys() == {"cpu", "dram"}


HANGS = {
    "before it has answered": ("", "nvmlInitWithFlags", 0),
    "later": ("run.mark('read')\n", "nvmlDeviceGetTotalEnergyConsumption", 1),
}


@pytest.mark.parametrize(("before", "function", "readings"), HANGS.values(), ids=HANGS)
def test_a_driver_that_hangs_holds_up_neither_marks_nor_forks_nor_ends(  # noqa: PLR0917 - a table of cases
    before: str, function: str, readings: int, gpu: FakeDriver, script: Script, project: ProjectStore
) -> None:
    hang = f"hang {function}\n"
    script(
        "import os, pathlib\n"
        "state = pathlib.Path(os.environ['LD_LIBRARY_PATH'], 'state')\n"
        f"new = state.with_name('hanging'); new.write_text({hang!r} + state.read_text())\n"
        f"{'' if before else 'new.replace(state)'}\n"
        f"run = trackio.init(project='p')\n{before}"
        f"{'new.replace(state)' if before else ''}\n"
        # Waiting each time would take longer than the script may.
        "s.MARK_SECONDS = s.FORK_SECONDS = s.START_SECONDS = s.ANSWER_SECONDS = 1\n"
        "for number in range(300):\n    run.mark(str(number))\n"
        "for number in range(20):\n"
        "    pid = os.fork()\n    if pid == 0: os._exit(0)\n    os.waitpid(pid, 0)\n"
        "run.finish()"
    )
    (found,) = measured(project)
    assert found.is_ended
    assert len(found.marks) == 300 + readings
    assert [len(one.clock_ns) >= 2 for one in found.readings] == [True] * readings
    assert set(found.missing) == {"cpu", "dram"} | ({"gpu"} if not readings else set())


def test_a_fork_amid_the_search_for_drivers_harms_neither_side(
    gpu: FakeDriver, script: Script, project: ProjectStore
) -> None:
    script(
        "import warnings; warnings.simplefilter('ignore')\n"
        "import os, sys\nrun = trackio.init(project='p')\npids = []\n"
        "for number in range(4):\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n        run.log({'child': 1.0}); sys.exit(0)\n"
        "    pids.append(pid)\n"
        "for pid in pids: os.waitpid(pid, 0)"
    )
    found = measured(project)
    assert len(found) == 5
    assert all(one.is_ended and len(one.readings[0].clock_ns) >= 2 for one in found)


def test_a_killed_process_leaves_all_that_it_read(gpu: FakeDriver, project: ProjectStore) -> None:
    code = "import trackio\nrun = trackio.init(project='p')\nrun.mark('a')\nprint('read', flush=True)\nwhile True: pass"
    writer = subprocess.Popen(
        [sys.executable, "-c", f"{PATIENT}\n{code}"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "read\n"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    (found,) = measured(project)
    assert not found.is_ended
    assert len(found.readings[0].clock_ns) >= 2
    assert found.session.end_ns == found.readings[0].clock_ns[-1]
    assert project.runs()[0].status == "crashed"


FORKS = {
    "logs": ("run.log({'child': 1.0})", 2),
    "marks": ("run.mark('here')", 2),
    "never uses the run": ("pass", 1),
    "finishes": ("run.log({'child': 1.0}); run.finish()", 2),
}


@pytest.mark.parametrize(("child", "sessions"), FORKS.values(), ids=FORKS)
def test_the_child_of_a_fork_has_a_session_of_its_own_when_it_goes_on(
    child: str, sessions: int, gpu: FakeDriver, script: Script, project: ProjectStore
) -> None:
    script(
        "import warnings; warnings.simplefilter('ignore')\n"
        "import os, sys\nrun = trackio.init(project='p'); run.mark('before')\npid = os.fork()\n"
        f"if pid == 0:\n    {child}\n    sys.exit(0)\n"
        "os.waitpid(pid, 0); run.log({'loss': 1.0}); run.finish()"
    )
    found = measured(project)
    assert len(found) == sessions
    assert all(one.is_ended and len(one.readings[0].clock_ns) >= 2 for one in found)
    assert len({one.boot for one in found}) == 1
    assert joules(project) <= 301 * sum((one.session.end_ns - one.session.start_ns) / 1e9 for one in found)


def test_a_child_of_multiprocessing_is_measured_to_its_end(
    gpu: FakeDriver, project: ProjectStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    program = tmp_path_factory.mktemp("program") / "program.py"
    program.write_text(
        "import multiprocessing, trackio\n"
        "def work():\n    run = trackio.init(project='p')\n    run.log({'loss': 1.0})\n"
        "if __name__ == '__main__':\n"
        "    child = multiprocessing.get_context('spawn').Process(target=work)\n    child.start(); child.join()\n"
    )
    subprocess.run([sys.executable, str(program)], env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, check=True)
    (found,) = measured(project)
    assert found.is_ended
    assert len(found.readings[0].clock_ns) >= 2


def test_two_runs_at_once_read_one_counter_and_none_starts_it_anew(
    gpu: FakeDriver, script: Script, project: ProjectStore
) -> None:
    script(
        "first = trackio.init(project='p', name='first')\nfirst.mark('a')\n"
        "second = trackio.init(project='p', name='second', reinit='create_new')\nsecond.mark('b')\n"
        "second.finish()\nfirst.finish()"
    )
    (first,), (second,) = measured(project, "first"), measured(project, "second")
    assert first.session.start_ns < second.session.start_ns
    assert second.session.end_ns < first.session.end_ns
    readings = sorted(
        (clock, counter)
        for one in (first, second)
        for clock, counter in zip(one.readings[0].clock_ns.tolist(), one.readings[0].counter_mj.tolist(), strict=True)
    )
    assert [counter for _, counter in readings] == sorted(counter for _, counter in readings)
    assert readings[0][1] > 5_000_000


def test_ranks_that_share_a_gpu_are_billed_for_it_once(gpu: FakeDriver, project: ProjectStore) -> None:
    code = (
        "import sys, trackio\nrun = trackio.init(project='p', id='shared', resume='allow')\nrun.mark('a')\n"
        "print('in', flush=True); sys.stdin.read(); run.log({'loss': 1.0})"
    )
    started = time.monotonic()
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", f"{PATIENT}\n{code}"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "RANK": str(rank), "WORLD_SIZE": "2"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for rank in ranks:
        assert rank.stdout is not None
        assert rank.stdout.readline() == "in\n"
    for rank in ranks:
        rank.communicate()
        assert rank.returncode == 0
    found = measured(project)
    assert len(found) == 2
    assert {one.devices[0].id for one in found} == {gpu.uuid(0)}
    # Two bills would be twice the time that has passed, at 300 W.
    alone = [float(one.readings[0].counter_mj[-1] - one.readings[0].counter_mj[0]) / 1000 for one in found]
    assert max(alone) - 1 <= joules(project) < sum(alone)
    assert joules(project) <= 301 * (time.monotonic() - started)


def test_a_gpu_that_is_lost_in_the_middle_keeps_what_was_read_of_it(gpu: FakeDriver, project: ProjectStore) -> None:
    code = (
        "import sys, trackio\nrun = trackio.init(project='p')\nrun.mark('a')\n"
        "print('in', flush=True); sys.stdin.readline(); run.mark('b'); run.log({'loss': 1.0})"
    )
    trainer = subprocess.Popen(
        [sys.executable, "-c", f"{PATIENT}\n{code}"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert trainer.stdout is not None
    assert trainer.stdout.readline() == "in\n"
    gpu.set(0, counter=Fault(LOST), power=Fault(LOST), load=Fault(LOST))
    _, told = trainer.communicate("\n")
    assert (trainer.returncode, "Traceback" in told) == (0, False)
    (found,) = measured(project)
    assert "lost" in found.devices[0].notes
    assert len(found.readings[0].clock_ns) >= 2
    assert found.is_ended
    assert [mark.name for mark in found.marks] == ["a", "b"]
    assert found.session.end_ns > found.readings[0].clock_ns[-1]


def test_a_resumed_run_begins_a_session_of_its_own(gpu: FakeDriver, script: Script, project: ProjectStore) -> None:
    for _ in range(2):
        script("trackio.init(project='p', id='again', resume='allow').finish()")
    found = measured(project)
    assert [one.is_ended for one in found] == [True, True]
    assert found[0].session.end_ns < found[1].session.start_ns


def test_a_run_that_gave_way_and_goes_on_begins_again(gpu: FakeDriver, script: Script, project: ProjectStore) -> None:
    script(
        "first = trackio.init(project='p', name='first')\nsecond = trackio.init(project='p', name='second')\n"
        "first.log({'loss': 1.0})\nfirst.finish()\nsecond.finish()"
    )
    found = measured(project, "first")
    assert [(one.is_ended, len(one.readings[0].clock_ns) >= 2) for one in found] == [(True, True), (True, True)]
    assert len(measured(project, "second")) == 1


def test_a_reading_never_brings_a_run_back_that_gave_way(project: ProjectStore) -> None:
    first = trackio.init(project="p")
    trackio.init(project="p")
    assert not first.take("energy", rows=[])
    assert not first.take_system({"system/a": 1.0})
    assert first.is_finished


def test_without_a_driver_it_is_told_why_and_only_that(script: Script, project: ProjectStore) -> None:
    script("run = trackio.init(project='p'); run.mark('a'); run.log({'loss': 1.0})")
    (found,) = measured(project)
    assert (found.devices, found.readings, found.is_ended) == ((), (), True)
    assert found.missing["gpu"] == "no NVIDIA driver was found"
    assert set(found.missing) == {"gpu", "cpu", "dram"}
    assert [mark.name for mark in found.marks] == ["a"]
    assert found.session.end_ns > found.session.start_ns


SWITCHES = {
    "auto_log_gpu=False": ([], {"gpu": "switched off with auto_log_gpu=False"}),
    "auto_log_cpu=False": (["gpu"], dict.fromkeys(("cpu", "dram"), "switched off with auto_log_cpu=False")),
    "auto_log_gpu=True, auto_log_cpu=False": (
        ["gpu"],
        dict.fromkeys(("cpu", "dram"), "switched off with auto_log_cpu=False"),
    ),
}


@pytest.mark.parametrize(("switch", "expected"), SWITCHES.items(), ids=SWITCHES)
def test_what_is_switched_off_is_not_measured_and_says_so(
    switch: str, expected: tuple[list[str], dict[str, str]], gpu: FakeDriver, script: Script, project: ProjectStore
) -> None:
    assert script(f"trackio.init(project='p', {switch}).finish()").stderr == ""
    (found,) = measured(project)
    assert [device.kind for device in found.devices] == expected[0]
    assert {kind: found.missing[kind] for kind in expected[1]} == expected[1]


@pytest.mark.parametrize(
    "switch",
    ["auto_log_gpu=False, auto_log_cpu=False", "settings={'x_disable_stats': True}", "mode='disabled'"],
)
def test_where_all_is_switched_off_no_thread_starts(switch: str, script: Script, project: ProjectStore) -> None:
    told = script(
        f"import threading\nrun = trackio.init(project='p', {switch}); run.mark('a'); run.mark('b')\n"
        "print([thread.name for thread in threading.enumerate() if thread.name == 'trackio-system'])"
    )
    assert told.stdout == "[]\n"
    assert told.stderr.count("measuring is switched off") == ("disabled'" not in switch)
    project.catch_up()
    assert [project.measurements(run.id) for run in project.runs()] in ([], [[]])


def test_a_gpu_that_the_script_insists_on_and_that_is_not_there_is_told_once(script: Script) -> None:
    told = script("trackio.init(project='p', auto_log_gpu=True).finish()").stderr
    assert told.count("auto_log_gpu=True, but no GPU is measured: no NVIDIA driver was found.") == 1
    assert script("trackio.init(project='p').finish()").stderr == ""


@pytest.mark.parametrize("interval", [0, -1, "often", None, float("nan"), float("inf")])
def test_an_interval_that_is_none_is_refused_before_anything_begins(interval: object, project: ProjectStore) -> None:
    with pytest.raises(trackio.UsageError, match=r"gpu_log_interval=.* is no number of seconds above 0"):
        trackio.init(project="p", gpu_log_interval=interval)  # type: ignore[arg-type]
    with pytest.raises(trackio.UsageError, match="x_stats_sampling_interval"):
        trackio.init(project="p", settings={"x_stats_sampling_interval": 0})
    assert trackio.run is None


def test_an_interval_may_be_longer_than_any_run(project: ProjectStore) -> None:
    trackio.init(project="p", cpu_log_interval=1e300, gpu_log_interval=1e-300).finish()
    assert measured(project)[0].is_ended


def test_marks_name_moments_of_the_measurement(gpu: FakeDriver, script: Script, project: ProjectStore) -> None:
    script(
        "run = trackio.init(project='p')\ntrackio.mark('warm up')\ntrackio.mark('epoch \\ud800 ✓')\nrun.finish()\n"
        "try: run.mark('late')\nexcept trackio.errors.RunFinished: print('finished')"
    )
    (found,) = measured(project)
    assert [mark.name for mark in found.marks] == ["warm up", "epoch \ufffd ✓"]
    assert {mark.clock_ns for mark in found.marks} <= set(found.readings[0].clock_ns.tolist())


@pytest.mark.parametrize("name", ["''", "'  '", "5", "None", "'x' * 201", "b'epoch'"])
def test_a_mark_without_a_name_is_told_once(name: str, script: Script, project: ProjectStore) -> None:
    told = script(f"run = trackio.init(project='p')\nfor _ in range(3): run.mark({name})").stderr
    assert told.count("mark() takes a name of up to 200 letters") == 1
    assert measured(project)[0].marks == ()
