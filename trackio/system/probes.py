"""What can be read of the machine. A probe is a function that reads metrics by name; each call reads anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Probe: TypeAlias = Callable[[], dict[str, float]]

_MEGABYTE = 1e6


def machine() -> Probe:
    """CPU, memory, disk and network of the machine, and CPU and memory of this process.

    Percentages of CPU are over the time since the call before; disk and network count from the first.
    """
    import psutil

    process, load = psutil.Process(), _load(psutil)
    process.cpu_percent()
    disk_before, network_before = _counters(psutil)

    def read() -> dict[str, float]:
        memory = psutil.virtual_memory()
        disk, network = _counters(psutil)
        found = {
            "system/cpu_percent": load(),
            "system/memory_percent": memory.percent,
            "system/memory_used_megabytes": (memory.total - memory.available) / _MEGABYTE,
            "system/process_cpu_percent": process.cpu_percent(),
            "system/process_rss_megabytes": process.memory_info().rss / _MEGABYTE,
        }
        # Containers may hide either.
        if disk and disk_before:
            found["system/disk_read_megabytes"] = (disk.read_bytes - disk_before.read_bytes) / _MEGABYTE
            found["system/disk_written_megabytes"] = (disk.write_bytes - disk_before.write_bytes) / _MEGABYTE
        if network and network_before:
            found["system/network_sent_megabytes"] = (network.bytes_sent - network_before.bytes_sent) / _MEGABYTE
            found["system/network_received_megabytes"] = (network.bytes_recv - network_before.bytes_recv) / _MEGABYTE
        return found

    return read


def _load(psutil: Any) -> Callable[[], float]:
    """How busy all processors together were since the call before.

    psutil's own ``cpu_percent`` keeps one such moment for the whole thread, and several runs ask in ours.
    """

    def ticks() -> tuple[float, float]:
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        # Guests are inside the user's time already.
        return sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0), idle

    before = ticks()

    def percent() -> float:
        nonlocal before
        (total, idle), (total_before, idle_before) = ticks(), before
        before = total, idle
        passed = total - total_before
        return min(100.0, max(0.0, 100 * (1 - (idle - idle_before) / passed))) if passed > 0 else 0.0

    return percent


def _counters(psutil: Any) -> tuple[Any, Any]:
    try:
        disk = psutil.disk_io_counters()
    except (OSError, RuntimeError, NotImplementedError):
        disk = None
    try:
        network = psutil.net_io_counters()
    except (OSError, RuntimeError, NotImplementedError):
        network = None
    return disk, network
