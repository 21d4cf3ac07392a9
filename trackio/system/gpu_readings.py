"""What is shown of a GPU besides its energy: load, memory, power, temperatures, clocks, what slows it, PCIe, ECC."""

from __future__ import annotations

from collections.abc import Mapping

from trackio.system.nvml import Gpu

THROTTLES: Mapping[str, int] = {
    "power_cap": 0x4,
    "hardware_slowdown": 0x8,
    "software_thermal": 0x20,
    "hardware_thermal": 0x40,
    "power_brake": 0x80,
}
"""Reasons for lower clocks that a reader can do something about, by NVML's bits. Idleness and settings are none."""

_MEGABYTE = 1e6
_MEMORY_TEMPERATURE = 82
"""The number of NVML's field."""
_CORE, _SM, _MEMORY, _SENT, _RECEIVED, _CORRECTED, _UNCORRECTED, _SINCE_THE_DRIVER = 0, 1, 2, 0, 1, 0, 1, 0
"""NVML's numbers of sensors, clocks, directions and kinds of errors."""


def readings(gpu: Gpu) -> dict[str, float]:
    """All that this GPU tells now, by name. It takes 40 ms: NVML watches PCIe for 20 ms in each direction."""
    found = {**_load(gpu), **_power(gpu), **_temperatures(gpu), **_clocks(gpu), **_pcie(gpu), **_errors(gpu)}
    return {name: float(value) for name, value in found.items() if value is not None}


def _load(gpu: Gpu) -> dict[str, float | None]:
    rates, memory = gpu.ask("nvmlDeviceGetUtilizationRates"), gpu.ask("nvmlDeviceGetMemoryInfo")
    found: dict[str, float | None] = {}
    if rates is not None:
        found |= {"utilization_percent": rates.gpu, "memory_utilization_percent": rates.memory}
    if memory is not None and memory.total:
        found |= {
            "memory_used_megabytes": memory.used / _MEGABYTE,
            "memory_percent": 100 * memory.used / memory.total,
        }
    return found


def _power(gpu: Gpu) -> dict[str, float | None]:
    return {
        "power_watts": _part(gpu.number("nvmlDeviceGetPowerUsage"), 1e3),
        "power_limit_watts": _part(gpu.number("nvmlDeviceGetEnforcedPowerLimit"), 1e3),
    }


def _temperatures(gpu: Gpu) -> dict[str, float | None]:
    core = gpu.number("nvmlDeviceGetTemperature", _CORE)
    return {
        # The older function is to go with CUDA 14; older drivers lack the newer one.
        "temperature_celsius": gpu.number("nvmlDeviceGetTemperatureV", _CORE) if core is None else core,
        # 0 stands for no sensor.
        "memory_temperature_celsius": gpu.field(_MEMORY_TEMPERATURE) or None,
        "fan_percent": gpu.number("nvmlDeviceGetFanSpeed"),
    }


def _clocks(gpu: Gpu) -> dict[str, float | None]:
    reasons = gpu.number("nvmlDeviceGetCurrentClocksEventReasons")
    if reasons is None:
        # As it is called by drivers before 535.
        reasons = gpu.number("nvmlDeviceGetCurrentClocksThrottleReasons")
    slowed = {} if reasons is None else {f"throttle_{name}": bool(reasons & bit) for name, bit in THROTTLES.items()}
    return {
        "sm_clock_megahertz": gpu.number("nvmlDeviceGetClockInfo", _SM),
        "memory_clock_megahertz": gpu.number("nvmlDeviceGetClockInfo", _MEMORY),
        **slowed,
    }


def _pcie(gpu: Gpu) -> dict[str, float | None]:
    return {
        # NVML tells kilobytes a second.
        "pcie_sent_megabytes_per_second": _part(gpu.number("nvmlDeviceGetPcieThroughput", _SENT), 1e3),
        "pcie_received_megabytes_per_second": _part(gpu.number("nvmlDeviceGetPcieThroughput", _RECEIVED), 1e3),
        "pcie_generation": gpu.number("nvmlDeviceGetCurrPcieLinkGeneration"),
        "pcie_width": gpu.number("nvmlDeviceGetCurrPcieLinkWidth"),
    }


def _errors(gpu: Gpu) -> dict[str, float | None]:
    return {
        f"ecc_{name}_errors": gpu.number("nvmlDeviceGetTotalEccErrors", kind, _SINCE_THE_DRIVER)
        for name, kind in (("corrected", _CORRECTED), ("uncorrected", _UNCORRECTED))
    }


def _part(value: int | None, whole: float) -> float | None:
    return None if value is None else value / whole
