"""What happens beside the training: heartbeat, folding, metrics of the machine."""

from __future__ import annotations

import os
import sys
import threading
import types
from collections.abc import Mapping
from contextlib import nullcontext

import pytest

import trackio
from tests.tracking.conftest import Script
from trackio.context_vars import Shared
from trackio.errors import RunFinished
from trackio.store import layout
from trackio.store.project import ProjectStore
from trackio.system import probes
from trackio.system.sampler import Sampler
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


def test_the_machine_is_sampled() -> None:
    read = probes.machine()
    found = read()
    assert {"system/cpu_percent", "system/memory_percent", "system/process_rss_megabytes"} <= set(found)
    assert all(value >= 0 for value in found.values())
    assert found["system/process_rss_megabytes"] > 5


def test_samples_are_taken_until_the_run_has_finished() -> None:
    taken: list[Mapping[str, float]] = []
    done = threading.Event()

    def log(metrics: Mapping[str, float]) -> None:
        taken.append(metrics)
        if len(taken) == 3:
            done.set()
            raise RunFinished("log_system()", "n")

    sampler = Sampler(lambda: lambda: {"a": 1.0}, log, interval_seconds=0.001, contained=nullcontext)
    assert done.wait(20)
    sampler.stop()
    assert taken == [{"a": 1.0}] * 3


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
    for thread in threading.enumerate():
        if thread.name == "trackio-system":
            thread.join(20)
    run.log({"loss": 1.0})
    assert "no sensor" in caplog.text


class Nvml(types.ModuleType):
    """Two GPUs as pynvml tells of them; the second has no power sensor."""

    class NVMLError(Exception):
        pass

    NVML_TEMPERATURE_GPU = 0

    def nvmlInit(self) -> None: ...  # noqa: N802 - pynvml's name

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, number: int) -> int:  # noqa: N802
        return number

    def nvmlDeviceGetUtilizationRates(self, device: int) -> types.SimpleNamespace:  # noqa: N802
        return types.SimpleNamespace(gpu=50 + device)

    def nvmlDeviceGetMemoryInfo(self, device: int) -> types.SimpleNamespace:  # noqa: ARG002, N802
        return types.SimpleNamespace(used=8e9)

    def nvmlDeviceGetPowerUsage(self, device: int) -> int:  # noqa: N802
        if device == 1:
            raise self.NVMLError
        return 250_000

    def nvmlDeviceGetTemperature(self, device: int, sensor: int) -> int:  # noqa: ARG002, N802
        return 60


def test_every_gpu_is_read_as_far_as_it_has_sensors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", Nvml("pynvml"))
    read = probes.nvidia()
    assert read is not None
    found = read()
    assert found["system/gpu/0/power_watts"] == 250.0
    assert found["system/gpu/1/utilization_percent"] == 51.0
    assert "system/gpu/1/power_watts" not in found


def test_without_a_driver_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml("pynvml")

    def refuse() -> None:
        raise nvml.NVMLError

    nvml.nvmlInit = refuse  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    assert probes.nvidia() is None
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert probes.nvidia() is None


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
