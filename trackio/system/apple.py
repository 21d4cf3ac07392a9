"""Energy of Apple silicon: the counters that macOS keeps of processor, graphics and memory, through zeus-apple-silicon.

They count from the start of the machine, in millijoules, and any user may read them. The neural engine has one too,
which is left out: training does not use it.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Collection, Mapping
from typing import Any

from trackio.energy.records import Device, Kind
from trackio.errors import MissingExtra
from trackio.system.meter import Reading

KINDS: tuple[Kind, ...] = ("cpu", "gpu", "dram")

_FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "cpu": ("cpu_total_mj",),
    "gpu": ("gpu_mj", "gpu_sram_mj"),
    "dram": ("dram_mj",),
}
"""Fields of ``AppleEnergyMetrics``; those after the first are added where they are."""

_SILENT = "this chip has no energy counter of it"
_TWO_DIES = "of the two dies of an Ultra chip, zeus-apple-silicon tells the energy of one processor only"


def is_here() -> bool:
    """Whether this is a Mac with Apple silicon."""
    return sys.platform == "darwin" and platform.machine() == "arm64"


def reader(kinds: Collection[Kind] = KINDS) -> Apple:
    """The chip's parts of these kinds, as far as it tells their energy."""
    return Apple([kind for kind in KINDS if kind in kinds])


class Apple:
    """Reads the counters, without power; the load is that of all processors together."""

    def __init__(self, kinds: Collection[Kind]) -> None:
        self._monitor: Any = None
        self._psutil: Any = None
        self.devices: tuple[Device, ...] = ()
        self.missing: Mapping[Kind, str]
        try:
            from zeus_apple_silicon import AppleEnergyMonitor

            self._monitor = AppleEnergyMonitor()
            found = self._counters(kinds)
        except ImportError:
            self.missing = dict.fromkeys(kinds, str(MissingExtra("zeus-apple-silicon", "apple")))
            return
        except (RuntimeError, ValueError) as error:
            self.missing = dict.fromkeys(kinds, f"macOS refused its energy counters ({error})")
            return
        chip = _chip()
        if "Ultra" in chip and "cpu" in found:
            found["cpu"] = None
        # A counter that stands at 0 since the machine was started is none.
        self.devices = tuple(
            Device(f"{kind}/apple", kind, "DRAM" if kind == "dram" else chip, scope=_scope(kind))
            for kind, counter in found.items()
            if counter
        )
        self.missing = {
            kind: _TWO_DIES if kind == "cpu" and "Ultra" in chip else _SILENT
            for kind, counter in found.items()
            if not counter
        }
        if any(device.kind == "cpu" for device in self.devices):
            import psutil

            self._psutil = psutil
            psutil.cpu_percent()

    def read(self) -> list[Reading]:
        """The counters now; None for all when macOS gives none."""
        kinds = [device.kind for device in self.devices]
        try:
            found = self._counters(kinds)
        except (RuntimeError, ValueError):
            return [(None, None, None)] * len(kinds)
        load = None if self._psutil is None else self._psutil.cpu_percent()
        return [(found[kind], None, load if kind == "cpu" else None) for kind in kinds]

    def notes(self) -> list[tuple[int, str]]:
        """None: whatever runs on the machine is in the counters, as everybody knows of processors."""
        return []

    def close(self) -> None:
        """Give the monitor back."""
        self._monitor = None

    def _counters(self, kinds: Collection[Kind]) -> dict[Kind, int | None]:
        """By kind; raises RuntimeError or ValueError as the library does."""
        if self._monitor is None:
            return dict.fromkeys(kinds)
        metrics = self._monitor.get_cumulative_energy()
        found: dict[Kind, int | None] = {}
        for kind in kinds:
            first, *more = (getattr(metrics, field, None) for field in _FIELDS[kind])
            found[kind] = None if first is None else first + sum(one or 0 for one in more)
        return found


def _scope(kind: Kind) -> str:
    return {"cpu": "package", "dram": "dram"}.get(kind, "gpu")


def _chip() -> str:
    """Such as ``Apple M3 Max``."""
    import subprocess

    try:
        done = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "Apple silicon"
    return done.stdout.strip() or "Apple silicon"
