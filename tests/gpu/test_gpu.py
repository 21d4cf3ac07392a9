"""On a machine with an NVIDIA GPU: a real load under a real run, held against the GPU's own counter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trackio.consumption import run_energy
from trackio.energy.records import Device
from trackio.energy.statement import RunEnergy
from trackio.store.home import Home
from trackio.system import nvidia

CHECKOUT = Path(__file__).parents[2]
Train = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """Begins a training in a process of its own, into a home of the test's own."""

    def begin(seconds: float, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("TRACKIO_", "WANDB_"))}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.gpu.training", str(seconds), *arguments],
            env={**clean, "TRACKIO_DIR": str(tmp_path), "CUDA_VISIBLE_DEVICES": first().id, **variables},
            cwd=CHECKOUT,
        )

    return begin


def first() -> Device:
    """The GPU that is measured: the first that has a counter."""
    reader = nvidia.reader()
    counters = [counter for counter, _, _ in reader.read()]
    found = [device for device, counter in zip(reader.devices, counters, strict=True) if counter is not None]
    assert found, "no GPU of this machine has an energy counter: they came with Volta"
    return found[0]


def counter_joules() -> float:
    """What its counter stands at."""
    reader = nvidia.reader()
    place = [device.id for device in reader.devices].index(first().id)
    return (reader.read()[place][0] or 0) / 1000


def measured(tmp_path: Path, *trainings: subprocess.Popen[bytes]) -> RunEnergy:
    """The energy of the only run, once its trainings are over."""
    assert [training.wait(180) for training in trainings] == [0] * len(trainings)
    store = Home(tmp_path).project("gpu")
    store.catch_up()
    (run,) = store.runs()
    energy = run_energy(store, run.id)
    assert energy is not None
    assert energy.missing.get("gpu") is None
    return energy


def gpu_joules(energy: RunEnergy) -> float:
    joules = energy.by_kind["gpu"].joules
    assert joules is not None
    return joules


def test_counter_and_integrated_power_agree_under_a_real_load(tmp_path: Path, train: Train) -> None:
    idle = measured(tmp_path / "idle", train(8, "idle", TRACKIO_DIR=str(tmp_path / "idle")))
    energy = measured(tmp_path, train(20))
    account = energy.by_kind["gpu"]
    assert energy.counter_joules is not None
    assert energy.power_joules is not None
    watts, idle_watts = (gpu_joules(one) / one.by_kind["gpu"].seconds for one in (energy, idle))
    print(f"{account.seconds:.1f} s, {gpu_joules(energy):.0f} J, {watts:.0f} W (idle {idle_watts:.0f} W)")
    print(f"counter {energy.counter_joules:.0f} J, power {energy.power_joules:.0f} J, coverage {account.coverage:.4f}")
    assert energy.power_joules == pytest.approx(energy.counter_joules, rel=0.1)
    assert set(account.joules_by_method) <= {"counter", "power"}
    assert account.joules_by_method["counter"] > 0.9 * gpu_joules(energy)
    assert account.coverage > 0.97
    assert (account.resets, account.implausible) == (0, 0)
    assert watts > 1.3 * idle_watts
    assert [one.device.id for one in energy.devices if one.device.kind == "gpu"] == [first().id]


@pytest.mark.parametrize("seconds", [0.2, 3])
def test_a_short_run_has_energy(tmp_path: Path, train: Train, seconds: float) -> None:
    before = counter_joules()
    energy = measured(tmp_path, train(seconds))
    after = counter_joules()
    print(
        f"{energy.by_kind['gpu'].seconds:.2f} s, {gpu_joules(energy):.1f} J, of {after - before:.1f} J by the counter"
    )
    assert 0 < gpu_joules(energy) <= after - before


def test_two_ranks_on_one_gpu_use_what_its_counter_says(tmp_path: Path, train: Train) -> None:
    before = counter_joules()
    ranks = [train(8, RANK=str(rank), WORLD_SIZE="2", TRACKIO_RUN_ID="shared") for rank in range(2)]
    energy = measured(tmp_path, *ranks)
    after = counter_joules()
    print(f"{gpu_joules(energy):.0f} J, of {after - before:.0f} J by the counter")
    assert 0.5 * (after - before) < gpu_joules(energy) <= after - before
    assert energy.by_kind["gpu"].resets == 0


@pytest.mark.parametrize("named", ["", "-1"])
def test_no_gpu_is_billed_to_a_process_that_sees_none(tmp_path: Path, train: Train, named: str) -> None:
    training = train(1, "idle", CUDA_VISIBLE_DEVICES=named)
    assert training.wait(60) == 0
    store = Home(tmp_path).project("gpu")
    store.catch_up()
    energy = run_energy(store, store.runs()[0].id)
    assert energy is not None
    assert "gpu" not in energy.by_kind
    assert "CUDA_VISIBLE_DEVICES" in energy.missing["gpu"]


def test_a_fork_reads_the_real_driver_too() -> None:
    code = (
        "import os\nfrom trackio.system import nvidia\nreader = nvidia.reader(); first = reader.read()\n"
        "if os.fork() == 0:\n"
        "    os._exit(0 if all(now[0] >= then[0] for now, then in zip(reader.read(), first) if then[0]) else 1)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False).returncode == 0


def test_torch_tells_which_gpu_a_number_means() -> None:
    pytest.importorskip("torch", reason="torch is not installed: what it tells of GPUs is not checked")
    code = (
        "import torch\nfrom trackio.system.gpus import found\n"
        "torch.cuda.init(); (here,) = found().gpus\n"
        "assert here[0].uuid == f'GPU-{torch.cuda.get_device_properties(0).uuid}', here\n"
        "assert here[1] == (), here"
    )
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "0", "CUDA_DEVICE_ORDER": "FASTEST_FIRST"}
    assert subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, env=environment, check=False).returncode == 0


def test_what_is_shown_of_the_gpus_is_plausible() -> None:
    read = nvidia.metrics()
    assert read is not None
    found = read()
    for name, value in sorted(found.items()):
        print(f"{name} = {value:g}")
    for name, most in (("power_watts", 3000), ("temperature_celsius", 120), ("utilization_percent", 100)):
        values = [value for key, value in found.items() if key.endswith(f"/{name}")]
        assert values, name
        assert all(0 <= value <= most for value in values), name
