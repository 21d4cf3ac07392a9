"""Many processes, ``fork``, ``spawn`` and SIGKILL: no row lost, none doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.remote.serving import wait_for
from tests.tracking.conftest import CHECKOUT, Script, points
from trackio.store.home import Home
from trackio.store.project import ProjectStore


def test_a_row_survives_a_kill_right_after_log_returned(home: Home, project: ProjectStore) -> None:
    code = (
        "import trackio\nrun = trackio.init(project='p')\n"
        "for step in range(10**9):\n    run.log({'loss': step}); print(step)"
    )
    writer = subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) >= 500:
            break
    writer.send_signal(signal.SIGKILL)
    told = [int(line) for line in writer.communicate()[0].splitlines() if line]
    steps = [step for step, _ in points(project)]
    assert steps == list(range(len(steps)))
    assert len(steps) > max([500, *told])
    assert project.runs()[0].status == "crashed"


@pytest.mark.parametrize("run_id", ["None", "'shared'"])
def test_many_processes_log_into_one_project_and_into_one_run(run_id: str, home: Home, project: ProjectStore) -> None:
    code = (
        f"import sys, trackio\nrun = trackio.init(project='p', id={run_id}, resume='allow')\n"
        "for step in range(400):\n    run.log({'loss': float(step), 'rank': int(sys.argv[1])}, step=step)"
    )
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    ranks = [subprocess.Popen([sys.executable, "-c", code, str(rank)], env=environment) for rank in range(6)]
    assert [rank.wait() for rank in ranks] == [0] * 6
    project.catch_up()
    runs = project.runs()
    assert len(runs) == (1 if "shared" in run_id else 6)
    assert {run.status for run in runs} == {"finished"}
    assert sum(run.row_count for run in runs) == 2400
    for rank in range(6):
        _, rows = project.query(
            "SELECT count(*), count(DISTINCT step), sum(step) FROM points JOIN metrics ON metrics.num = metric "
            "WHERE name = 'rank' AND value = ?",
            [rank],
        )
        assert rows == [(400, 400, 79800)]
    assert list((project.directory / "journals").iterdir()) == []


FORKS = {
    "plain fork": """
import os
pid = os.fork()
if pid == 0:
    for step in range(50): run.log({"child": step})
    os._exit(0)
os.waitpid(pid, 0)
""",
    "a child that ends as scripts do": """
import os, sys
pid = os.fork()
if pid == 0:
    for step in range(50): run.log({"child": step})
    sys.exit(0)
os.waitpid(pid, 0)
""",
    "multiprocessing": """
import multiprocessing
def work():
    for step in range(50): trackio.log({"child": step})
child = multiprocessing.get_context("fork").Process(target=work)
child.start(); child.join()
""",
    "a child that changes the config and finishes": """
import os
pid = os.fork()
if pid == 0:
    run.config["child"] = True
    for step in range(50): run.log({"child": step})
    run.finish()
    os._exit(0)
os.waitpid(pid, 0)
""",
    "a grandchild": """
import os
pid = os.fork()
if pid == 0:
    inner = os.fork()
    if inner == 0:
        for step in range(50): run.log({"child": step})
        os._exit(0)
    os.waitpid(inner, 0)
    os._exit(0)
os.waitpid(pid, 0)
""",
    "a fork amid threads that log": """
import os, threading
threads = [threading.Thread(target=lambda: [run.log({"noise": i}) for i in range(2000)]) for _ in range(3)]
for thread in threads: thread.start()
pids = []
for number in range(5):
    pid = os.fork()
    if pid == 0:
        for step in range(10): run.log({"child": number * 10 + step})
        os._exit(0)
    pids.append(pid)
for pid in pids: os.waitpid(pid, 0)
for thread in threads: thread.join()
""",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("fork", FORKS.values(), ids=FORKS)
def test_parent_and_child_of_a_fork_log_into_the_same_run(fork: str, script: Script, project: ProjectStore) -> None:
    script(
        "import warnings; warnings.simplefilter('ignore')\n"
        "run = trackio.init(project='p')\n"
        "for step in range(20): run.log({'loss': step})\n"
        f"{fork}\n"
        "for step in range(20, 40): run.log({'loss': step})\n"
        "assert run.status == 'running'"
    )
    assert [value for _, value in points(project)] == list(range(40))
    assert sorted(value for _, value in points(project, "child")) == list(range(50))  # type: ignore[type-var]
    (run,) = project.runs()
    assert run.status == "finished"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_may_begin_a_run_of_its_own(script: Script, project: ProjectStore) -> None:
    script(
        "import os\nrun = trackio.init(project='p', name='parent'); run.log({'loss': 1.0})\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    with trackio.init(project='p', name='child') as own: own.log({'loss': 2.0})\n"
        "    os._exit(0)\n"
        "os.waitpid(pid, 0); run.log({'loss': 3.0})"
    )
    assert points(project, run="parent") == [(0, 1.0), (1, 3.0)]
    assert points(project, run="child") == [(0, 2.0)]
    assert {run.status for run in project.runs()} == {"finished"}


CHILD_ENDS = [("pass", "finished"), ("raise ValueError", "failed"), ("raise SystemExit(3)", "failed")]


@pytest.mark.parametrize("method", ["spawn", "fork"])
@pytest.mark.parametrize(("end", "status"), CHILD_ENDS)
def test_a_child_process_process_that_forgets_to_finish_is_finished(
    method: str, end: str, status: str, project: ProjectStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    program = tmp_path_factory.mktemp("program") / "program.py"
    program.write_text(
        "import multiprocessing, trackio\n"
        "def work():\n"
        "    run = trackio.init(project='p')\n"
        "    for step in range(50): run.log({'loss': step})\n"
        f"    {end}\n"
        "if __name__ == '__main__':\n"
        f"    child = multiprocessing.get_context('{method}').Process(target=work)\n"
        "    child.start(); child.join()\n"
    )
    subprocess.run(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        check=True,
        capture_output=True,
    )
    assert [step for step, _ in points(project)] == list(range(50))
    assert project.runs()[0].status == status


def test_a_thread_that_logs_while_the_script_ends_harms_nothing(script: Script, project: ProjectStore) -> None:
    done = script(
        "import threading\nrun = trackio.init(project='p')\n"
        "def work():\n    while True: run.log({'loss': 1.0})\n"
        "threading.Thread(target=work, daemon=True).start()\n"
        "while run.step < 100: pass"
    )
    assert "Fatal" not in done.stderr
    assert len(points(project)) >= 100


LAUNCHERS = {
    "torchrun": ("RANK", "WORLD_SIZE"),
    "Open MPI": ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    "Slurm": ("SLURM_PROCID", "SLURM_NTASKS"),
}


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_the_metrics_of_each_ranks_machine_bear_its_label(launcher: str, project: ProjectStore) -> None:
    code = (
        "import trackio, trackio.store.home\n"
        "run = trackio.init(project='p', id='shared', cpu_log_interval=0.02, auto_log_gpu=False)\n"
        "store = trackio.store.home.Home().project('p')\n"
        "while not store.metrics('shared', 'system'): store.catch_up()\n"
        "run.log({'loss': 1.0})"
    )
    rank, size = LAUNCHERS[launcher]
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), rank: str(number), size: "2"},
        )
        for number in range(2)
    ]
    assert [one.wait() for one in ranks] == [0, 0]
    project.catch_up()
    (run,) = project.runs()
    assert run.row_count == 2
    names = {metric.name for metric in project.metrics("shared", "system")}
    assert {name.split("/")[1] for name in names} == {"rank"}
    assert "system/rank/0/cpu_percent" in names or "system/rank/1/cpu_percent" in names


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "system/cpu_percent"),
        ({"RANK": "0", "WORLD_SIZE": "1"}, "system/cpu_percent"),
        ({"RANK": "3", "WORLD_SIZE": "4"}, "system/rank/3/cpu_percent"),
        ({"RANK": "x", "WORLD_SIZE": "4", "LOCAL_RANK": "1"}, "system/cpu_percent"),
        ({"TRACKIO_X_LABEL": "node-a"}, "system/node-a/cpu_percent"),
    ],
)
def test_metrics_of_the_machine_are_labelled_where_there_are_several(
    given: dict[str, str], name: str, script: Script, project: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    script(
        "import trackio.store.home\nrun = trackio.init(project='p', cpu_log_interval=0.02, auto_log_gpu=False)\n"
        "store = trackio.store.home.Home().project('p')\n"
        "while not store.metrics(run.id, 'system'): store.catch_up()"
    )
    project.catch_up()
    assert name in {metric.name for metric in project.metrics(project.runs()[0].id, "system")}


@pytest.mark.skipif(not hasattr(os, "nice"), reason="the system knows no niceness")
def test_what_seals_a_finished_run_goes_behind_the_trainings(script: Script, project: ProjectStore) -> None:
    said = script("""
import time
import psutil
import trackio

trackio.init(project="p").log({"loss": 1})
trackio.finish()
[child] = psutil.Process().children()
for _ in range(1000):
    if child.nice() > psutil.Process().nice():
        break
    time.sleep(0.01)
print("niceness", psutil.Process().nice(), child.nice())
""")
    own, child = map(int, said.stdout.split("niceness")[1].split())
    assert child == 19 > own
    assert len(project.runs()) == 1
    # A busy machine leaves it for later than the end of the script.
    wait_for(lambda: not project.unsealed())
