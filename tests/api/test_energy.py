"""Energy read back from Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api import made
from tests.energy.recorded import H200, Recorded, steady
from trackio.api import Api, Project
from trackio.errors import UnknownRun
from trackio.store.home import Home


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two runs that share a GPU of 300 W for half of their 100 seconds each, and one that nobody measured."""
    store = Home(tmp_path).create("p")
    for run, start in (("one", 0.0), ("two", 50.0)):
        recorded = Recorded(store, run, name=f"run {run}", start=start)
        recorded.session([(H200, steady(100, 300, start=start))], missing={"dram": "not there"})
        for at in range(10):
            recorded.log(start + 10 * at, loss=1 / (1 + at))
        recorded.write()
    made.project(tmp_path, "p", made.run("three"))
    return Api(tmp_path).project("p")


def test_a_run_tells_what_it_used(project: Project) -> None:
    energy = project.run("one").energy()
    assert energy is not None
    assert (energy.account.joules, energy.account.coverage, energy.run_name) == (30_000, 1.0, "run one")
    assert (list(energy.by_kind), dict(energy.missing)) == (["gpu"], {"dram": "not there"})


def test_a_run_that_nobody_measured_has_none(project: Project) -> None:
    run = project.run("three")
    assert (run.energy(), run.energy_to_target("loss", 0.5)) == (None, None)


def test_a_project_counts_shared_time_once(project: Project) -> None:
    energy = project.energy()
    assert (energy.account.joules, energy.shared_joules, energy.shared_seconds) == (45_000, 15_000, 50.0)
    assert energy.unmeasured == ("three",)
    assert [run.run_id for run in project.energy(["run two", "two"]).runs] == ["two"]
    with pytest.raises(UnknownRun):
        project.energy(["four"])


@pytest.mark.parametrize(("value", "joules"), [(0.5, 3000), (0.1, 27_000), (0.01, None)])
def test_a_run_tells_what_it_took_to_get_there(project: Project, value: float, joules: float | None) -> None:
    assert project.run("two").energy_to_target("loss", value) == joules


def test_reading_runs_loads_nothing_of_energy() -> None:
    code = (
        "import sys, trackio.api, trackio.store.project; "
        "print([name for name in sys.modules if name in ('numpy', 'trackio.consumption', 'trackio.energy.totals')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
