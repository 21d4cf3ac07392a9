"""Metrics of machines on the pages of runs: by device, under names that read well (pure).

``system/gpu/0/power_watts`` is *Power (W)* of *GPU 0*; ``system/rank/1/cpu_percent`` belongs to *rank 1*. Names that
trackio does not give itself stay as they are, by their prefixes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PREFIX = "system/"

UNITS = {
    "megabytes_per_second": "MB/s",
    "percent": "%",
    "megabytes": "MB",
    "watts": "W",
    "celsius": "°C",
    "megahertz": "MHz",
}
"""The endings of names, and what they mean; a longer one comes before a shorter one."""

NAMES = {
    "utilization_percent": "Utilization",
    "cpu_percent": "CPU",
    "memory_percent": "Memory",
    "process_cpu_percent": "CPU of this process",
    "process_rss_megabytes": "Memory of this process",
    "memory_utilization_percent": "Memory busy",
    "sm_clock_megahertz": "Clock of the cores",
    "memory_clock_megahertz": "Clock of the memory",
    "pcie_generation": "PCIe generation",
    "pcie_width": "PCIe lanes",
    "ecc_corrected_errors": "Memory errors corrected",
    "ecc_uncorrected_errors": "Memory errors not corrected",
    "throttle_power_cap": "Slowed by its power limit",
    "throttle_hardware_slowdown": "Slowed by the hardware",
    "throttle_software_thermal": "Slowed by the driver for heat",
    "throttle_hardware_thermal": "Slowed by the hardware for heat",
    "throttle_power_brake": "Slowed by the power supply",
}
"""Names that are no words; all others are made of theirs."""

MACHINE = (("CPU and memory", ("cpu", "memory", "process")), ("Disk and network", ("disk", "network")))
"""What is not of one device, by the beginnings of names."""

FIRST = ("utilization_percent", "memory_used_megabytes", "power_watts", "temperature_celsius", "cpu_percent")
"""What is looked at first."""

_OURS = re.compile(r"(?:(?P<label>.+?)/)??(?:gpu/(?P<gpu>\d{1,4})/)?(?P<name>[a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a metric of a machine stands, and what it is called."""

    section: str
    title: str
    rank: tuple[Any, ...]
    """What the places of a page are sorted by."""


def place(metric: str) -> Place:
    """The place of a metric."""
    found = _OURS.fullmatch(metric.removeprefix(PREFIX))
    title = None if found is None or not metric.startswith(PREFIX) else _title(found["name"])
    if found is None or (title is None and found["gpu"] is None):
        section = metric.removeprefix(PREFIX).rpartition("/")[0]
        return Place(section, metric, ((), 3, 0, section, metric))
    label, name = _label(found["label"] or ""), found["name"]
    device, number, rest = _device(name, found["gpu"])
    return Place(
        f"{label}, {device}" if label else device, title or metric, (_natural(label), number, rest, "", _order(name))
    )


def sections(metrics: Sequence[str]) -> list[tuple[str, list[int]]]:
    """The sections of a page in their order, each with the places of its metrics among those given."""
    found = sorted(((place(metric), number) for number, metric in enumerate(metrics)), key=lambda pair: pair[0].rank)
    by_name: dict[str, list[int]] = {}
    for one, number in found:
        by_name.setdefault(one.section or "other", []).append(number)
    return list(by_name.items())


def _device(name: str, gpu: str | None) -> tuple[str, int, int]:
    """The device in words, and the numbers that it is sorted by."""
    if gpu is not None:
        return f"GPU {int(gpu)}", 0, int(gpu)
    for number, (section, beginnings) in enumerate(MACHINE):
        if name.split("_", maxsplit=1)[0] in beginnings:
            return section, 1, number
    return "other", 2, 0


def _title(name: str) -> str | None:
    """The name in words, with its unit; None for one that trackio does not give."""
    unit = next((short for ending, short in UNITS.items() if name.endswith(f"_{ending}")), None)
    if name in NAMES:
        return NAMES[name] if unit is None else f"{NAMES[name]} ({unit})"
    if unit is None:
        return None
    ending = next(ending for ending in UNITS if name.endswith(f"_{ending}"))
    words = name.removesuffix(f"_{ending}").replace("_", " ").replace("pcie", "PCIe").replace("cpu", "CPU")
    return f"{words[:1].upper()}{words[1:]} ({unit})"


def _label(label: str) -> str:
    return re.sub(r"^rank/(\d+)$", r"rank \1", label)


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """``rank 2`` comes before ``rank 10``."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text) if part)


def _order(name: str) -> tuple[int, str]:
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)
