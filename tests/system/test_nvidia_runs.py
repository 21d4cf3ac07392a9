"""The energy of whole runs: which GPUs are theirs, what goes back, and why nothing was measured."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.driver import MISMATCH, FakeDriver, Fault, running
from tests.tracking.conftest import PATIENT
from trackio.consumption import run_energy
from trackio.energy.statement import RunEnergy
from trackio.store.home import Home

CHECKOUT = Path(__file__).parents[2]
Begin = Callable[..., "subprocess.Popen[str]"]
ONE_RUN = f"{PATIENT}\nwith trackio.init(project='p') as run: run.log({{'loss': 1.0}})"


@pytest.fixture
def begin(driver: FakeDriver, tmp_path: Path) -> Begin:
    """Begins a script in a process of its own, which finds the driver and a home of the test's."""

    def begin(code: str, **variables: str) -> subprocess.Popen[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("TRACKIO_", "WANDB_"))}
        ours = {"PYTHONPATH": str(CHECKOUT), "TRACKIO_DIR": str(tmp_path / "home"), **driver.environment}
        command = [sys.executable, "-c", f"import trackio\n{code}"]
        return subprocess.Popen(command, env={**clean, **ours, **variables}, text=True)

    return begin


def measured(tmp_path: Path, script: subprocess.Popen[str]) -> RunEnergy:
    """The energy of the only run, once its script has ended well."""
    assert script.wait(60) == 0
    project = Home(tmp_path / "home").project("p")
    project.catch_up()
    (run,) = project.runs()
    energy = run_energy(project, run.id)
    assert energy is not None
    return energy


@pytest.mark.parametrize("named", ["GPU-cafe", "GPU-cafe-2222", "1"])
def test_a_run_of_a_moment_bills_its_own_gpu_alone(
    driver: FakeDriver, begin: Begin, tmp_path: Path, named: str
) -> None:
    """Neither 0 J, for a UUID or for a run under ten seconds, nor the GPUs of others."""
    for uuid in ("GPU-beef-1111", "GPU-cafe-2222", "GPU-cade-3333"):
        driver.add(uuid=uuid, power=300_000, **running())
    energy = measured(tmp_path, begin(ONE_RUN, CUDA_VISIBLE_DEVICES=named, CUDA_DEVICE_ORDER="PCI_BUS_ID"))
    gpus = [one for one in energy.devices if one.device.kind == "gpu"]
    assert [one.device.id for one in gpus] == ["GPU-cafe-2222"]
    assert energy.by_kind["gpu"].joules_by_device["GPU-cafe-2222"] > 0
    assert "gpu" not in energy.missing


def test_a_counter_that_starts_again_never_gives_less_than_nothing(
    driver: FakeDriver, begin: Begin, tmp_path: Path
) -> None:
    driver.add(counter=950_000, power=300_000)
    code = (
        f"{PATIENT}\nimport os, pathlib\nrun = trackio.init(project='p')\nrun.mark('before')\n"
        "state = pathlib.Path(os.environ['LD_LIBRARY_PATH'], 'state')\nnew = state.with_name('again')\n"
        "new.write_text(state.read_text().replace('counter 950000', 'counter 40'))\n"
        "new.replace(state)\nrun.mark('after')\nrun.finish()"
    )
    account = measured(tmp_path, begin(code)).by_kind["gpu"]
    assert account.resets == 1
    assert account.joules is not None
    assert account.joules >= 0


@pytest.mark.parametrize(
    ("init", "named", "words"),
    [
        (Fault(MISMATCH), "0", "the NVIDIA driver and its library are of different versions"),
        (None, "", "CUDA_VISIBLE_DEVICES hides every GPU"),
    ],
)
def test_what_was_not_measured_says_why(  # noqa: PLR0917 - a table of cases
    driver: FakeDriver, begin: Begin, tmp_path: Path, init: Fault | None, named: str, words: str
) -> None:
    driver.add(power=300_000, **running())
    driver.tell(init=init)
    energy = measured(tmp_path, begin(ONE_RUN, CUDA_VISIBLE_DEVICES=named))
    assert energy.missing["gpu"].startswith(words)
    assert "gpu" not in energy.by_kind
