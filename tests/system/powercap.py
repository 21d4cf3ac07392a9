"""A tree of files as Linux shows under ``/sys/class/powercap``, with what else tells of processors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trackio.system import rapl

RANGE_UJ = 65_532_610_987
NOBODY = 65534


class Powercap:
    """A tree; it begins empty, as on a machine that hides its counters."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "powercap"
        self.cpuinfo, self.stat = folder / "cpuinfo", folder / "stat"
        self.root.mkdir(parents=True)
        self.cpuinfo.write_text("processor\t: 0\nmodel name\t: AMD EPYC 9654  96-Core\n\nprocessor\t: 1\n")
        self.ticks(busy=0, idle=0)

    def add(self, folder: str, name: str, microjoules: int | str, *, limit_uw: int | None = None) -> Path:
        """One more domain, such as ``intel-rapl:0`` with the name ``package-0``."""
        made = self.root / folder
        made.mkdir()
        (made / "name").write_text(f"{name}\n")
        (made / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
        if limit_uw is not None:
            (made / "constraint_0_power_limit_uw").write_text(f"{limit_uw // 2}\n")
            (made / "constraint_1_power_limit_uw").write_text(f"{limit_uw}\n")
        self.set(folder, microjoules)
        return made

    def set(self, folder: str, microjoules: int | str) -> None:
        """Let a counter stand at a number."""
        (self.root / folder / "energy_uj").write_text(f"{microjoules}\n")

    def ticks(self, *, busy: int, idle: int) -> None:
        """What all processors together have done since the start, in ticks."""
        self.stat.write_text(f"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 1 1 1\n")

    def reader(self) -> rapl.Rapl:
        """What is read of the tree."""
        return rapl.reader(self.root, cpuinfo=self.cpuinfo, stat=self.stat)


def two_sockets(tree: Powercap) -> None:
    """A server: two packages with their memories, and all that overlaps with them."""
    tree.add("intel-rapl", "intel-rapl", "")
    for socket in (0, 1):
        tree.add(f"intel-rapl:{socket}", f"package-{socket}", (socket + 1) * 10**9, limit_uw=400_000_000)
        tree.add(f"intel-rapl:{socket}:0", "dram", (socket + 1) * 10**8, limit_uw=0)
        tree.add(f"intel-rapl:{socket}:1", "core", 5)
        tree.add(f"intel-rapl-mmio:{socket}", f"package-{socket}", 7)
    tree.add("intel-rapl:2", "psys", 9)


@contextmanager
def locked(*files: Path) -> Iterator[None]:
    """Files that this process may not read; root becomes nobody for the length of the block."""
    for file in files:
        file.chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
