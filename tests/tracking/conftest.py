"""A home of its own for each test, no run left over, and scripts in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import trackio
from trackio.store.home import Home
from trackio.store.project import ProjectStore

Script = Callable[..., "subprocess.CompletedProcess[str]"]
CHECKOUT = Path(__file__).parents[2]
PATIENT = "import trackio.system.sampler as s; s.MARK_SECONDS = s.START_SECONDS = s.ANSWER_SECONDS = 20"
"""Code for a script whose readings are wanted, however busy the machine is: it waits for them."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    for name in list(os.environ):
        if name.startswith(("TRACKIO_", "WANDB_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    # Where a run goes that its home does not take.
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield Home(tmp_path / "home")
    while trackio.run is not None:
        trackio.finish()


@pytest.fixture
def project(home: Home) -> ProjectStore:
    """The project ``p``, which the tests of this folder record into."""
    return home.create("p")


@pytest.fixture
def script(home: Home) -> Script:
    """Runs code in a process of its own, and gives its output; the code finds ``trackio`` imported."""

    def run(code: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-c", f"import trackio\n{PATIENT}\n{code}"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run


def points(project: ProjectStore, metric: str = "loss", run: str | None = None) -> list[tuple[int, object]]:
    """Step and value of every point of a metric, in order of arrival; of the only run, unless one is named."""
    project.catch_up()
    run_id = project.run(run).id if run else project.runs()[-1].id
    return [(step, value) for _, step, _, value in project.values(run_id, metric)]
