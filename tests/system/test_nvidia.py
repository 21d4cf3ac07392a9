"""Energy and metrics of NVIDIA GPUs, read through the unmodified nvidia-ml-py from a fake driver."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import trackio
from tests.system.driver import DRIVER_NOT_LOADED, LOST, MISMATCH, NO_PERMISSION, UNKNOWN, FakeDriver, Fault, running
from trackio.system import nvidia

CHECKOUT = Path(__file__).parents[2]
Read = Callable[..., str]


@pytest.fixture
def driver(driver: FakeDriver, monkeypatch: pytest.MonkeyPatch) -> FakeDriver:
    driver.load(monkeypatch)
    # None that another test imported stands in for CUDA's word.
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    return driver


@pytest.fixture
def elsewhere(driver: FakeDriver) -> Read:
    """Runs code in a process of its own that finds the driver, and gives what it printed."""

    def run(code: str, **variables: str) -> str:
        command = [sys.executable, "-c", f"import os\nfrom trackio.system import nvidia\n{code}"]
        variables = {"PYTHONPATH": str(CHECKOUT), **driver.environment, **variables}
        done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def test_a_gpu_is_what_its_uuid_says(driver: FakeDriver) -> None:
    driver.add(uuid="GPU-6b2f", name="NVIDIA H200", counter=12_345_678_901, power=312_500, load=97, memory_load=40)
    reader = nvidia.reader()
    (device,) = reader.devices
    assert (device.id, device.kind, device.name, device.index) == ("GPU-6b2f", "gpu", "NVIDIA H200", 0)
    assert (device.scope, device.power_limit_mw, device.notes) == ("gpu", 700_000, ())
    assert device.counter_range_mj is None
    assert reader.read() == [(12_345_678_901, 312_500, 97.0)]
    assert reader.missing == {}
    assert reader.notes() == []


def test_a_counter_is_told_as_it_stands_also_when_it_goes_back(driver: FakeDriver) -> None:
    driver.add(counter=9_000_000, power=200_000)
    reader = nvidia.reader()
    driver.set(0, counter=11)
    assert reader.read() == [(11, 200_000, None)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"power": 90_000}, (None, 90_000, None)),
        ({"power": 90_000, "counter": Fault(NO_PERMISSION)}, (None, 90_000, None)),
        ({"counter": 5}, (5, None, None)),
        ({"counter": 0, "power": 0}, (0, 0, None)),
        # What NVML writes when it has no number.
        (
            {"counter": 2**64 - 1, "power": 2**32 - 1, "load": 2**32 - 1, "memory_load": 0, "field_82_0": 2**32 - 1},
            None,
        ),
        ({"counter": 1, "power": 2**32 - 1, "load": 2**32 - 1, "memory_load": 0}, (1, None, None)),
    ],
)
def test_what_a_gpu_lacks_is_none(
    driver: FakeDriver, values: dict[str, object], expected: tuple[int | None, int | None, float | None] | None
) -> None:
    driver.add(**values)
    assert nvidia.reader().read() == ([] if expected is None else [expected])


def test_a_gpu_without_any_sensor_is_missing_and_the_others_are_read(driver: FakeDriver) -> None:
    driver.add(name="NVIDIA GeForce GT 710")
    driver.add(power=7)
    reader = nvidia.reader()
    assert [device.index for device in reader.devices] == [1]
    assert reader.missing == {"gpu": "NVIDIA GeForce GT 710 tells neither its energy nor its power"}


@pytest.mark.parametrize("fault", [LOST, UNKNOWN])
def test_a_lost_gpu_is_noted_once_and_read_again_when_it_is_back(driver: FakeDriver, fault: int) -> None:
    for _ in range(2):
        driver.add(counter=1, power=2)
    reader = nvidia.reader()
    driver.set(1, lost=fault)
    assert [reader.read() for _ in range(2)] == [[(1, 2, None), (None, None, None)]] * 2
    assert reader.notes() == [(1, "lost")]
    assert reader.notes() == []
    driver.set(1, lost=None)
    assert reader.read() == [(1, 2, None)] * 2


def test_a_gpu_that_is_lost_from_the_start_is_told(driver: FakeDriver) -> None:
    driver.add(lost=LOST)
    driver.add(counter=1)
    reader = nvidia.reader()
    assert [device.index for device in reader.devices] == [1]
    assert reader.missing == {"gpu": "a GPU of this process was left out: a GPU is lost; `nvidia-smi` tells which"}


def test_a_gpu_without_an_identity_is_left_out(driver: FakeDriver) -> None:
    driver.add(uuid="", counter=1)
    assert nvidia.reader().missing == {"gpu": "a GPU of this process was left out: it has no UUID"}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (MISMATCH, "the NVIDIA driver and its library are of different versions, as after an update; restart the"),
        (DRIVER_NOT_LOADED, "the NVIDIA driver is not loaded"),
        (NO_PERMISSION, "the NVIDIA driver does not answer this user"),
        (12, "no NVIDIA driver was found"),
        (UNKNOWN, "the NVIDIA driver does not answer: Unknown Error"),
        (4711, "the NVIDIA driver does not answer: an error of the fake driver"),
    ],
)
def test_a_driver_that_does_not_start_is_told_in_words(
    driver: FakeDriver, elsewhere: Read, fault: int, words: str
) -> None:
    driver.add(counter=1)
    driver.tell(init=Fault(fault))
    told = elsewhere("r = nvidia.reader(); print(r.devices, r.missing['gpu'], r.read(), r.notes(), nvidia.metrics())")
    assert told.startswith(f"() {words}")
    assert told.endswith("[] [] None")


def test_a_machine_without_a_driver_says_so(driver: FakeDriver, elsewhere: Read, tmp_path: Path) -> None:
    assert elsewhere("print(nvidia.reader().missing)", LD_LIBRARY_PATH=str(tmp_path)) == (
        "{'gpu': 'no NVIDIA driver was found'}"
    )


def test_without_the_binding_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch, elsewhere: Read) -> None:
    told = elsewhere("import sys; sys.modules['pynvml'] = None; print(nvidia.reader().missing, nvidia.metrics())")
    assert told == "{'gpu': 'the package nvidia-ml-py is not installed'} None"


def test_a_driver_without_gpus_and_one_that_lets_nobody_ask(driver: FakeDriver) -> None:
    assert nvidia.reader().missing == {"gpu": "the NVIDIA driver knows no GPU"}
    driver.add(counter=1, lost=NO_PERMISSION)
    assert nvidia.reader().missing == {"gpu": "the NVIDIA driver does not answer this user"}
    driver.tell(count=Fault(UNKNOWN))
    assert nvidia.reader().missing == {"gpu": "the NVIDIA driver does not answer: Unknown Error"}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("-1", []),
        ("1", [1]),
        ("GPU-beef,GPU-cafe", [2, 1]),
        ("GPU-cafe-1,GPU-none,GPU-beef", [1]),
    ],
)
def test_only_the_gpus_of_this_process_are_read(
    driver: FakeDriver, monkeypatch: pytest.MonkeyPatch, named: str | None, expected: list[int]
) -> None:
    """Not 0 J for a UUID, and not every GPU of the machine."""
    for number, uuid in enumerate(("GPU-dead-0", "GPU-cafe-1", "GPU-beef-2")):
        driver.add(uuid=uuid, counter=number, power=1)
    if named is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    reader = nvidia.reader()
    assert [device.index for device in reader.devices] == expected
    assert [counter for counter, _, _ in reader.read()] == expected
    read = nvidia.metrics()
    found = set() if read is None else {name.split("/")[2] for name in read()}
    assert found == {str(number) for number in expected}
    assert ("gpu" in reader.missing) is (not expected)


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("", "CUDA_VISIBLE_DEVICES hides every GPU"),
        (" -1", "CUDA_VISIBLE_DEVICES hides every GPU"),
        ("GPU-ours", "CUDA_VISIBLE_DEVICES names no GPU that there is"),
        ("5,0", "CUDA_VISIBLE_DEVICES names no GPU that there is"),
    ],
)
def test_a_variable_that_leaves_no_gpu_is_told_without_its_value(
    driver: FakeDriver, monkeypatch: pytest.MonkeyPatch, named: str, words: str
) -> None:
    driver.add(counter=1)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert nvidia.reader().missing == {"gpu": words}


def test_what_the_system_keeps_from_this_user_has_no_number_in_cuda(
    driver: FakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.add(counter=1, lost=NO_PERMISSION)
    driver.add(counter=2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert [device.index for device in nvidia.reader().devices] == [1]


class Cuda:
    """torch.cuda as far as it tells which GPUs it has, in an order of its own."""

    def __init__(self, *uuids: str, is_started: bool = True) -> None:
        self._uuids, self._is_started = uuids, is_started

    def is_initialized(self) -> bool:
        return self._is_started

    def device_count(self) -> int:
        return len(self._uuids)

    def get_device_properties(self, number: int) -> types.SimpleNamespace:
        assert self._is_started, "nobody may start CUDA but the training"
        return types.SimpleNamespace(uuid=self._uuids[number])


@pytest.mark.parametrize(
    ("cuda", "hip", "index", "notes"),
    [
        (Cuda("beef-1"), None, 1, ()),
        (Cuda("beef-1", is_started=False), None, 0, ("order",)),
        (Cuda("beef-1"), "6.2", 0, ("order",)),
        (types.SimpleNamespace(is_initialized=lambda: True, device_count=lambda: 1), None, 0, ("order",)),
        (None, None, 0, ("order",)),
    ],
)
def test_torch_settles_which_gpu_a_number_means_once_cuda_runs(  # noqa: PLR0917 - a table of cases
    driver: FakeDriver,
    monkeypatch: pytest.MonkeyPatch,
    cuda: object,
    hip: str | None,
    index: int,
    notes: tuple[str, ...],
) -> None:
    driver.add(uuid="GPU-dead-0", counter=1)
    driver.add(uuid="GPU-beef-1", counter=1)
    torch = types.SimpleNamespace(version=types.SimpleNamespace(hip=hip), cuda=cuda)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    (device,) = nvidia.reader().devices
    assert (device.index, device.notes) == (index, notes)


@pytest.mark.parametrize("named", [None, "0", "MIG-aa", "MIG-GPU-00000000/1/0", "GPU-0000"])
def test_a_mig_device_is_measured_by_its_gpu_and_noted(
    driver: FakeDriver, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    driver.add(counter=5, power=6, mig=1, most_slices=7, slices="MIG-aa,MIG-bb")
    if named is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    reader = nvidia.reader()
    assert [(device.id, device.notes) for device in reader.devices] == [(driver.uuid(0), ("mig",))]
    assert reader.read() == [(5, 6, None)]


@pytest.mark.parametrize(
    ("name", "module", "scope", "power", "limit"),
    [
        ("NVIDIA H100 80GB HBM3", {}, "gpu", 300, 700_000),
        ("NVIDIA GH200 480GB", {}, "module", 300, 700_000),
        ("NVIDIA GH200 480GB", {"field_185_1": 520, "field_190_1": 900_000}, "module", 520, 900_000),
        ("NVIDIA GH200 480GB", {"field_186_1": 510}, "module", 510, 700_000),
        # Two GPUs share that module.
        ("NVIDIA GB200", {"field_185_1": 2500, "field_190_1": 2_900_000}, "module", 300, 700_000),
        ("NVIDIA Next", {"field_185_1": 2500}, "module", 300, 700_000),
        # A driver that knows no scopes tells the GPU's power for any.
        ("NVIDIA A100", {"field_186_1": 300, "field_186_99": 300}, "gpu", 300, 700_000),
        ("NVIDIA GH200", {"field_185_1": 310, "field_185_99": 310}, "module", 300, 700_000),
    ],
)
def test_a_superchip_is_measured_as_a_module(  # noqa: PLR0917 - a table of cases
    driver: FakeDriver, name: str, module: dict[str, int], scope: str, power: int, limit: int
) -> None:
    driver.add(name=name, counter=1, power=300, **module)
    reader = nvidia.reader()
    (device,) = reader.devices
    assert (device.scope, device.power_limit_mw) == (scope, limit)
    assert reader.read() == [(1, power, None)]


def test_the_limit_is_the_one_in_force_else_the_one_set_else_unknown(driver: FakeDriver) -> None:
    driver.add(counter=1, limit=400_000, management_limit=500_000)
    driver.add(counter=1, limit=None, management_limit=500_000)
    driver.add(counter=1, limit=None)
    assert [device.power_limit_mw for device in nvidia.reader().devices] == [400_000, 500_000, None]


@pytest.fixture
def stranger() -> Iterator[int]:
    """The number of a process that has nothing to do with this one any more."""
    command = ["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"]
    pid = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    yield pid
    os.kill(pid, 9)


def test_strangers_on_a_gpu_are_noted_at_the_start(driver: FakeDriver, stranger: int) -> None:
    driver.add(counter=1, processes=f"{os.getpid()}")
    driver.add(counter=1, processes=f"{os.getpid()},{stranger}")
    reader = nvidia.reader()
    assert reader.notes() == [(1, "shared")]


def test_strangers_are_looked_for_once_a_minute_and_at_the_end(driver: FakeDriver, stranger: int) -> None:
    driver.add(counter=1, processes=f"{os.getpid()}")
    driver.add(counter=1, processes=f"{os.getpid()}")
    now = 100.0
    reader = nvidia.reader(lambda: now)
    driver.set(0, processes=f"{os.getpid()},{stranger}")
    now += nvidia.LOOK_SECONDS - 1
    assert reader.notes() == []
    now += 1
    assert reader.notes() == [(0, "shared")]
    driver.set(1, processes=f"{os.getpid()},{stranger}")
    assert reader.notes() == []
    reader.close()
    assert reader.notes() == [(1, "shared")]
    reader.close()
    assert reader.notes() == []


def test_each_second_asks_for_nothing_slow(driver: FakeDriver) -> None:
    driver.add(counter=1, power=1, load=1, memory_load=1)
    reader = nvidia.reader()
    driver.calls()
    reader.read()
    reader.notes()
    assert sorted(set(driver.calls())) == [
        "nvmlDeviceGetPowerUsage",
        "nvmlDeviceGetTotalEnergyConsumption",
        "nvmlDeviceGetUtilizationRates",
    ]


def test_a_fork_starts_the_driver_again(driver: FakeDriver, elsewhere: Read) -> None:
    driver.add(counter=77, power=5)
    told = elsewhere(
        "r = nvidia.reader(); m = nvidia.metrics(); r.read()\n"
        "if os.fork() == 0: print(r.read(), m(), nvidia.reader().read(), flush=True); os._exit(0)\n"
        "os.wait(); print(r.read())"
    )
    child, parent = told.splitlines()
    reading = "[(77, 5, None)]"
    assert (
        child == f"{reading} {{'system/gpu/0/power_watts': 0.005, 'system/gpu/0/power_limit_watts': 700.0}} {reading}"
    )
    assert parent == reading


def test_the_driver_is_never_shut_down_and_started_again_when_others_did(driver: FakeDriver) -> None:
    import pynvml

    driver.add(counter=1)
    driver.calls()
    reader = nvidia.reader()
    reader.read()
    reader.close()
    assert "nvmlShutdown" not in driver.calls()
    pynvml.nvmlInit()
    pynvml.nvmlShutdown()
    assert reader.read() == [(1, None, None)]
    pynvml.nvmlShutdown()
    assert reader.read() == [(1, None, None)]


def test_bindings_that_give_bytes_and_lack_functions(driver: FakeDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    import pynvml

    driver.add(counter=1)
    # As before version 11.5, and in the package that is called pynvml.
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda _: b"Tesla V100 \xff")
    monkeypatch.setattr(pynvml, "nvmlDeviceGetUUID", lambda _: driver.uuid(0).encode())
    for name in ("nvmlDeviceGetFieldValues", "nvmlDeviceGetMigMode", "nvmlDeviceGetEnforcedPowerLimit"):
        monkeypatch.delattr(pynvml, name)
    reader = nvidia.reader()
    assert [(device.id, device.name) for device in reader.devices] == [(driver.uuid(0), "Tesla V100 \ufffd")]
    assert reader.read() == [(1, None, None)]


def test_a_name_that_is_no_text_costs_the_name(driver: FakeDriver) -> None:
    driver.add(counter=1)
    state = driver.folder / "state"
    state.write_bytes(state.read_bytes().replace(b"NVIDIA H100", b"NVIDIA \xff\xfe"))
    assert [device.name for device in nvidia.reader().devices] == ["NVIDIA GPU"]


def test_a_counter_of_the_fake_driver_grows_by_its_power(driver: FakeDriver) -> None:
    driver.add(power=1_000_000_000, **running(5))
    reader = nvidia.reader()
    counters = [reader.read()[0][0] or 0 for _ in range(3)]
    assert 5 <= counters[0] < counters[1] < counters[2]


SHOWN = {
    "load": 91,
    "memory_load": 44,
    "memory_total": 80_000_000_000,
    "memory_used": 20_000_000_000,
    "power": 612_345,
    "temperature_0": 63,
    "field_82_0": 71,
    "clock_1": 1980,
    "clock_2": 2619,
    "fan": 30,
    "event_reasons": 0x4 | 0x40,
    "pcie_throughput_0": 1500,
    "pcie_throughput_1": 250,
    "pcie_generation": 5,
    "pcie_width": 16,
    "ecc_0_0": 3,
    "ecc_1_0": 0,
}
METRICS = {
    "utilization_percent": 91.0,
    "memory_utilization_percent": 44.0,
    "memory_used_megabytes": 20_000.0,
    "memory_percent": 25.0,
    "power_watts": 612.345,
    "power_limit_watts": 700.0,
    "temperature_celsius": 63.0,
    "memory_temperature_celsius": 71.0,
    "fan_percent": 30.0,
    "sm_clock_megahertz": 1980.0,
    "memory_clock_megahertz": 2619.0,
    "throttle_power_cap": 1.0,
    "throttle_hardware_slowdown": 0.0,
    "throttle_software_thermal": 0.0,
    "throttle_hardware_thermal": 1.0,
    "throttle_power_brake": 0.0,
    "pcie_sent_megabytes_per_second": 1.5,
    "pcie_received_megabytes_per_second": 0.25,
    "pcie_generation": 5.0,
    "pcie_width": 16.0,
    "ecc_corrected_errors": 3.0,
    "ecc_uncorrected_errors": 0.0,
}


def test_all_that_a_gpu_tells_is_shown_in_units(driver: FakeDriver) -> None:
    driver.add(**SHOWN)
    read = nvidia.metrics()
    assert read is not None
    assert read() == {f"system/gpu/0/{name}": value for name, value in METRICS.items()}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"throttle_reasons": 0x20}, {"throttle_software_thermal": 1.0}),
        ({"temperature_v_0": 40}, {"temperature_celsius": 40.0}),
        ({"field_82_0": 0}, {"memory_temperature_celsius": None}),
        ({"power": Fault(LOST)}, {"power_watts": None}),
        ({"memory_total": 0, "memory_used": 0}, {"memory_percent": None, "memory_used_megabytes": None}),
        ({"lost": None, "load": Fault(UNKNOWN)}, {"utilization_percent": None, "sm_clock_megahertz": None}),
    ],
)
def test_what_a_gpu_tells_otherwise_or_not(
    driver: FakeDriver, values: dict[str, object], expected: dict[str, float | None]
) -> None:
    driver.add(**values)
    read = nvidia.metrics()
    assert read is not None
    found = read()
    assert {name: found.get(f"system/gpu/0/{name}") for name in expected} == expected


def test_a_gpu_that_is_lost_shows_nothing_and_the_others_go_on(driver: FakeDriver) -> None:
    driver.add(power=1000)
    driver.add(power=2000, limit=None)
    read = nvidia.metrics()
    driver.set(0, lost=LOST)
    assert read is not None
    assert read() == {"system/gpu/1/power_watts": 2.0}


def test_gpus_are_logged_on_demand(driver: FakeDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    with trackio.init(project="p", auto_log_cpu=False, auto_log_gpu=False) as run:
        assert trackio.log_gpu() == {}
        driver.add(power=70_000, limit=None)
        driver.add(power=9_000, limit=None)
        assert trackio.log_gpu(device=1) == {"system/gpu/1/power_watts": 9.0}
        assert trackio.log_gpu(run) == {"system/gpu/0/power_watts": 70.0, "system/gpu/1/power_watts": 9.0}
