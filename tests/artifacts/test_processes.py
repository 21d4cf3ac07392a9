"""Several processes at once, kills at any moment, forks, and homes that cannot be written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import trackio
from tests.artifacts.conftest import Made, tree
from tests.tracking.conftest import CHECKOUT, Script
from trackio.errors import StoreError
from trackio.store.project import ProjectStore

BEGIN = """
import sys, trackio
run = trackio.init(project='p')
def log(name, text, **options):
    artifact = trackio.Artifact(name, 'dataset')
    with artifact.new_file('a') as file:
        file.write(text)
    return run.log_artifact(artifact, **options)
"""


def _started(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-c", f"{BEGIN}{code}", *arguments],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_that_log_one_name_at_once_get_versions_of_their_own(project: ProjectStore) -> None:
    code = (
        "print('ready'); sys.stdin.readline()\n"
        "made = [log('data', f'{sys.argv[1]} {number}') for number in range(20)]\n"
        "same = log('data', 'the same')\n"
        "print(*(one.wait().version for one in made), same.version)"
    )
    both = [_started(code, name) for name in ("one", "two")]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert told[0][-1] == told[1][-1]
    versions = [*told[0][:-1], *told[1]]
    assert len(set(versions)) == 41
    assert {one.version for one in trackio.Api().artifacts("dataset", "p/data")} == set(versions)
    for number, mine in enumerate(told):
        for place, version in enumerate(mine[:-1]):
            found = trackio.Api().artifact(f"p/data:{version}")
            assert Path(found.file(f"out-{number}")).read_text() == f"{('one', 'two')[number]} {place}"
            Path(f"out-{number}", "a").unlink()


def test_what_wait_returned_for_survives_a_kill(project: ProjectStore) -> None:
    process = _started("log('data', 'text').wait(); print('stored')\nwhile True: log('data', 'more')")
    assert process.stdout is not None
    assert process.stdout.readline() == "stored\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = trackio.Api().artifact("p/data:v0")
    assert tree(found.download("out")) == {"a": "text"}
    for one in trackio.Api().project("p").artifacts():
        one.download("each")
        one.verify("each")
    assert trackio.Api().project("p").runs()[0].status == "crashed"


def test_a_kill_amid_storing_leaves_no_version_and_nothing_broken(tmp_path: Path) -> None:
    code = (
        "import threading\n"
        "from trackio.store import blobs\n"
        "def stop(*_, **__):\n"
        "    print('storing'); threading.Event().wait()\n"
        "blobs.Blobs.take_file = stop\n"
        "log('data', 'text')\n"
        "threading.Event().wait()"
    )
    process = _started(code)
    assert process.stdout is not None
    assert process.stdout.readline() == "storing\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert trackio.Api().project("p").artifacts() == []
    assert len(list((tmp_path / "home" / "staging").iterdir())) == 1
    with trackio.init(project="p") as run:
        artifact = trackio.Artifact("data", "dataset")
        with artifact.new_file("a") as file:
            file.write("text")
        assert run.log_artifact(artifact).wait().version == "v0"
    assert list((tmp_path / "home" / "staging").iterdir()) == []


def test_a_script_that_just_ends_stores_what_it_logged(script: Script) -> None:
    script(f"{BEGIN}\nfor number in range(20): log('data', str(number))")
    assert len(trackio.Api().artifacts("dataset", "p/data")) == 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_of_a_fork_logs_artifacts_too_and_leaves_its_parents_alone(script: Script, tmp_path: Path) -> None:
    script(
        f"{BEGIN}\nimport os, threading\n"
        "from trackio.tracking.deposits import Deposit\n"
        "gate = threading.Event()\n"
        "run._deposits.put(Deposit('a slow one', gate.wait, lambda error: None))\n"
        "before = log('data', 'of the parent')\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    log('data', 'of the child').wait(); sys.exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\n"
        "gate.set(); before.wait()"
    )
    found = trackio.Api().artifacts("dataset", "p/data")
    texts = [Path(one.file(one.version)).read_text() for one in found]
    assert sorted(texts) == ["of the child", "of the parent"]
    assert {one.logged_by().id for one in found} == {trackio.Api().project("p").runs()[0].id}
    assert list((tmp_path / "home" / "staging").iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written_costs_the_artifact_and_not_the_run(made: Made, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    home.chmod(0o500)
    with trackio.init(project="p") as run:
        artifact = run.log_artifact(made(a="1"))
        run.log({"loss": 1.0})
    with pytest.raises(StoreError):
        artifact.wait()


def test_a_file_in_the_place_of_the_home_costs_the_artifact_and_not_the_run(
    made: Made, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("no folder")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with trackio.init(project="p") as run:
        artifact = run.log_artifact(made(a="1"))
        assert len(run.save(__file__)) == 1
        run.log({"loss": 1.0})
    with pytest.raises(StoreError, match="could not be stored"):
        artifact.wait()
    assert "artifact 'data' is not part of the run" in caplog.text
    # What the home did not take of the rows is kept there; no copy of a file is left.
    [kept] = (tmp_path / "temporary").iterdir()
    assert {path.suffix for path in kept.rglob("*") if path.is_file()} <= {".journal", ".json"}


def test_a_signal_that_ends_the_run_while_it_logs_does_not_hang(script: Script) -> None:
    done = script(
        f"{BEGIN}\nimport signal, threading\n"
        "def end(*_):\n    run.finish(); print('ended'); sys.exit(0)\n"
        "signal.signal(signal.SIGUSR1, end)\n"
        "log('data', 'text')\n"
        "with run._lock:\n"
        "    signal.raise_signal(signal.SIGUSR1)\n"
    )
    assert done.stdout == "ended\n"
    assert trackio.Api().artifact("p/data").version == "v0"
