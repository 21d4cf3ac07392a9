"""NVIDIA GPUs: their energy as the meter reads it each second, and the metrics that are shown of them.

The counter is ``nvmlDeviceGetTotalEnergyConsumption``, in millijoules since the driver was loaded; GPUs older than
Volta have none and are measured by their power. Power is ``nvmlDeviceGetPowerUsage``: the average of the last second on
Ampere (but for the A100) and newer, that of the moment before.

A superchip is known by its name, or by a driver that tells the power of its whole module. The counter of GH200 has been
found to cover the module, with processor and memory (github.com/ml-energy/zeus/pull/172), so there the power is that of
the module too. On GB200 and GB300 two GPUs share a module, whose power would count twice: their power is the GPU's own.
What their counter covers is not documented; they are called modules all the same, so that no processor is added on top.

In MIG mode the sensors are those of the whole GPU, which is what is measured, and noted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from trackio.energy.records import Device, Kind
from trackio.system import neighbours
from trackio.system.gpu_readings import readings
from trackio.system.gpus import found
from trackio.system.meter import Reading
from trackio.system.nvml import Gpu
from trackio.system.probes import Probe

LOOK_SECONDS = 60.0
"""How often it is looked who else uses the GPUs, besides at the start and at the end."""

_AVERAGE, _INSTANT, _CURRENT_LIMIT, _MODULE, _NO_SCOPE = 185, 186, 190, 1, 99
"""NVML's fields of power and its limit, the scope of a whole module, and a scope that there is not."""
_SINGLE, _SUPERCHIPS = "GH200", ("GH200", "GB200", "GB300")
"""Superchips by what their names contain; the first has one GPU a module."""


def reader(clock: Callable[[], float] = time.monotonic) -> Nvidia:
    """The GPUs that this process uses, as far as they tell energy or power now; ``clock`` is in seconds."""
    return Nvidia(clock)


def metrics() -> Probe | None:
    """What is shown of the GPUs that this process uses, by the driver's numbers of them; None where there are none."""
    gpus = [gpu for gpu, _ in found().gpus]
    if not gpus:
        return None
    return lambda: {f"system/gpu/{gpu.index}/{name}": value for gpu in gpus for name, value in readings(gpu).items()}


class Nvidia:
    """Reads counters, power and load; a GPU that stops answering gives None, and goes on when it does."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sensors: list[Sensor] = []
        self._news: list[tuple[int, str]] = []
        here = found()
        missing = [] if here.missing is None else [here.missing]
        devices: list[Device] = []
        for gpu, notes in here.gpus:
            sensor = Sensor(gpu)
            if sensor.read()[:2] == (None, None):
                missing.append(f"{sensor.name} tells neither its energy nor its power")
                continue
            self._sensors.append(sensor)
            devices.append(sensor.device(notes))
        self.devices = tuple(devices)
        self.missing: Mapping[Kind, str] = {"gpu": "; ".join(dict.fromkeys(missing))} if missing else {}
        self._told: set[tuple[int, str]] = set()
        self._look()

    def read(self) -> list[Reading]:
        """The counters and powers now, and the load over the driver's last period, of a sixth of a second to one."""
        readings = [sensor.read() for sensor in self._sensors]
        for place, reading in enumerate(readings):
            if reading == (None, None, None):
                self._tell(place, "lost")
        return readings

    def notes(self) -> list[tuple[int, str]]:
        """What came up, each once: ``lost``, and ``shared`` where strangers were seen; see ``neighbours``."""
        if self._clock() - self._looked >= LOOK_SECONDS:
            self._look()
        news, self._news = self._news, []
        return news

    def close(self) -> None:
        """Look once more who else is there, for the notes to come; the driver stays as it is: see ``nvml``."""
        self._look()

    def _look(self) -> None:
        self._looked = self._clock()
        for place, sensor in enumerate(self._sensors):
            if (place, "shared") not in self._told and neighbours.are_there(sensor.processes()):
                self._tell(place, "shared")

    def _tell(self, place: int, note: str) -> None:
        if (place, note) not in self._told:
            self._told.add((place, note))
            self._news.append((place, note))


class Sensor:
    """What of one GPU tells energy."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self.name = gpu.text("nvmlDeviceGetName") or "NVIDIA GPU"
        # A driver that answers for any scope knows none, and tells the power of the GPU.
        tells_module = _power(gpu, _MODULE) is not None and _power(gpu, _NO_SCOPE) is None
        self._is_module = tells_module or any(part in self.name for part in _SUPERCHIPS)
        self._has_module_power = tells_module and _SINGLE in self.name

    def device(self, notes: tuple[str, ...]) -> Device:
        """The GPU as it is recorded."""
        return Device(
            id=self._gpu.uuid,
            kind="gpu",
            name=self.name,
            index=self._gpu.index,
            scope="module" if self._is_module else "gpu",
            power_limit_mw=self._limit(),
            notes=notes,
        )

    def read(self) -> Reading:
        """Counter in mJ, power in mW, load in percent."""
        gpu = self._gpu
        rates = gpu.ask("nvmlDeviceGetUtilizationRates")
        return (
            gpu.number("nvmlDeviceGetTotalEnergyConsumption"),
            _power(gpu, _MODULE) if self._has_module_power else gpu.number("nvmlDeviceGetPowerUsage"),
            float(rates.gpu) if rates is not None and rates.gpu <= 100 else None,
        )

    def processes(self) -> list[int]:
        """Those that compute on it, by the driver's numbers for them; empty where it does not tell."""
        for version in ("_v3", "_v2", ""):
            found = self._gpu.ask(f"nvmlDeviceGetComputeRunningProcesses{version}")
            if found is not None:
                return [int(process.pid) for process in found]
        return []

    def _limit(self) -> int | None:
        limits = ("nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetPowerManagementLimit")
        module = self._gpu.field(_CURRENT_LIMIT, _MODULE) if self._has_module_power else None
        return module or next(filter(None, map(self._gpu.number, limits)), None)


def _power(gpu: Gpu, scope: int) -> int | None:
    """In mW; None where the driver tells none of this scope."""
    return gpu.field(_AVERAGE, scope) or gpu.field(_INSTANT, scope)
