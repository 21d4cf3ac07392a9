"""Percent of one core that measuring takes in a process that does nothing else, its helpers included.

Arguments: for how many seconds, and the folder of the fake driver, or `-`; this project then also reads the counters of
two processors with their memories. `calls_a_minute` is how often the driver was asked.
"""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path

from adapters import chosen, report

SETTLING_SECONDS = 3.0


def powercap(root: Path) -> Path:
    """Files as Linux has them under /sys/class/powercap."""
    for socket in (0, 1):
        for name, kind in ((f"intel-rapl:{socket}", f"package-{socket}"), (f"intel-rapl:{socket}:0", "dram")):
            (root / name).mkdir(parents=True)
            (root / name / "name").write_text(f"{kind}\n")
            (root / name / "energy_uj").write_text("5000000000\n")
            (root / name / "max_energy_range_uj").write_text("65532610987\n")
    return root


def helpers() -> list[int]:
    """The processes below this one."""
    above: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                parent = Path(entry.path, "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            above.setdefault(int(parent), []).append(int(entry.name))
    found = above.get(os.getpid(), [])
    for one in found:
        found += above.get(one, [])
    return found


def cpu_seconds() -> float:
    """Processor time of this process and of those below it so far."""
    nanoseconds = 0
    for process in helpers():
        for task in Path(f"/proc/{process}/task").glob("*/schedstat"):
            try:
                nanoseconds += int(task.read_text().split()[0])
            except OSError:
                continue
    return time.process_time() + nanoseconds / 1e9


def calls(driver: str) -> int:
    """How often the driver has been asked."""
    return 0 if driver == "-" else (Path(driver) / "calls").read_bytes().count(b"\n")


adapter, folder, [seconds, driver] = chosen()
if driver != "-" and type(adapter).__name__ == "Ours":
    from trackio.system import rapl

    rapl.reader = partial(rapl.reader, powercap(folder / "powercap"))
adapter.start(folder, "run")
time.sleep(SETTLING_SECONDS)
began, cpu_before, calls_before = time.monotonic(), cpu_seconds(), calls(driver)
time.sleep(float(seconds))
passed = time.monotonic() - began
percent = (cpu_seconds() - cpu_before) / passed * 100
asked = (calls(driver) - calls_before) / passed * 60
adapter.finish()
report(percent=percent, calls_a_minute=asked)
