"""Energy of processors and their memory as Linux shows it: the counters that Intel calls RAPL, which AMD has too.

``/sys/class/powercap`` has a folder a domain: ``intel-rapl:0`` is a package (a socket, or one die of it),
``intel-rapl:0:1`` a part of it. Counted are packages and memory. Cores and graphics are inside their package, ``psys``
is the whole platform with the package inside, and ``intel-rapl-mmio`` shows the same counters by another path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trackio.energy.records import Device, Kind
from trackio.system.meter import Reading

ROOT = Path("/sys/class/powercap")

LOCKED = (
    "its energy counter can be read by root only, as on Linux since 2020. "
    "`sudo chmod a+r /sys/class/powercap/*/energy_uj` allows it until the next start; a udev rule with "
    'ACTION=="add", SUBSYSTEM=="powercap", RUN+="/bin/chmod a+r /sys%p/energy_uj" for good'
)
"""Why, and what to do."""

_HIDDEN = "this machine shows no such energy counter; virtual machines seldom do, and containers may hide them"
_NO_MEMORY = "this processor has no energy counter of its memory"
_BROKEN = "its energy counter gives no number"

_MOST = 1 << 62
_PACKAGE = re.compile(r"package-\d+(-die-\d+)?")
_PLACE = re.compile(r"intel-rapl(-mmio)?:(\d+)(?::(\d+))?")


@dataclass(frozen=True)
class Domain:
    """A folder with a counter of its own."""

    folder: Path
    device: Device


def reader(root: Path = ROOT, *, cpuinfo: Path = Path("/proc/cpuinfo"), stat: Path = Path("/proc/stat")) -> Rapl:
    """The packages and memories whose counters can be read now; the other paths tell the product and the load."""
    return Rapl(root, cpuinfo, stat)


class Rapl:
    """Reads the counters; one that vanishes or gives no number gives None."""

    def __init__(self, root: Path, cpuinfo: Path, stat: Path) -> None:
        self._load = Load(stat)
        self._domains: list[Domain] = []
        faults: dict[Kind, str] = {}
        for domain in _domains(root, _product(cpuinfo)):
            fault = _fault(domain.folder)
            if fault is None:
                self._domains.append(domain)
            else:
                faults.setdefault(domain.device.kind, fault)
        self.devices = tuple(domain.device for domain in self._domains)
        kinds = {device.kind for device in self.devices}
        if not kinds and not faults:
            faults = {"cpu": _HIDDEN, "dram": _HIDDEN}
        elif "dram" not in kinds:
            faults.setdefault("dram", faults.get("cpu", _NO_MEMORY))
        self.missing: Mapping[Kind, str] = faults

    def read(self) -> list[Reading]:
        """The counters; the load is that of all processors together, and of memories there is none."""
        load = self._load.percent()
        return [
            (_millijoules(domain.folder), None, load if domain.device.kind == "cpu" else None)
            for domain in self._domains
        ]

    def notes(self) -> list[tuple[int, str]]:
        """None: a counter covers its processor whoever uses it, as everybody knows of processors."""
        return []

    def close(self) -> None:
        """Nothing is held."""


class Load:
    """How busy all processors together were between two calls, as the kernel counts it; None for the first."""

    def __init__(self, stat: Path) -> None:
        self._stat = stat
        self._before = self._ticks()

    def percent(self) -> float | None:
        """0 to 100; None where no time has passed or nothing can be read."""
        before, self._before = self._before, self._ticks()
        if before is None or self._before is None:
            return None
        busy, total = self._before[0] - before[0], self._before[1] - before[1]
        return round(100 * busy / total, 1) if total > 0 and 0 <= busy <= total else None

    def _ticks(self) -> tuple[int, int] | None:
        """Busy ones, and all."""
        try:
            with self._stat.open("rb", buffering=0) as file:
                first = file.read(256).partition(b"\n")[0]
            # user nice system idle iowait irq softirq steal; guests are inside user.
            ticks = [int(word) for word in first.split()[1:9]]
            return sum(ticks) - ticks[3] - ticks[4], sum(ticks)
        except (OSError, ValueError, IndexError):
            return None


def _domains(root: Path, product: str) -> Iterator[Domain]:
    """Packages and memories in order of their numbers, each once."""
    try:
        folders = list(root.iterdir())
    except OSError:
        return
    places = sorted((place, folder) for folder in folders if (place := _place(folder)) is not None)
    names = {place: _text(folder / "name") or "" for place, folder in places}
    known: set[str] = set()
    for place, folder in places:
        is_mirror, package, part = place
        name = names[place]
        if part < 0 and _PACKAGE.fullmatch(name):
            device = Device(
                f"cpu/{name}",
                "cpu",
                product,
                scope="package",
                counter_range_mj=_range(folder),
                power_limit_mw=_limit(folder),
            )
        elif part >= 0 and name == "dram":
            above = names.get((is_mirror, package, -1)) or f"package-{package}"
            device = Device(
                f"dram/{above}",
                "dram",
                "DRAM",
                scope="dram",
                counter_range_mj=_range(folder),
                power_limit_mw=_limit(folder),
            )
        else:
            continue
        if device.id not in known:
            known.add(device.id)
            yield Domain(folder, device)


def _place(folder: Path) -> tuple[bool, int, int] | None:
    """Whether it is a mirror of another, the number of its package, and of the part or -1."""
    found = _PLACE.fullmatch(folder.name)
    return None if found is None else (found[1] is not None, int(found[2]), -1 if found[3] is None else int(found[3]))


def _range(folder: Path) -> int | None:
    found = _number(folder / "max_energy_range_uj")
    return found // 1000 if found else None


def _limit(folder: Path) -> int | None:
    """The highest power that the processor is set to allow for any time, in mW; None where it does not say."""
    try:
        files = [*folder.glob("constraint_*_power_limit_uw"), *folder.glob("constraint_*_max_power_uw")]
    except OSError:
        return None
    found = [number for file in files if (number := _number(file))]
    return max(found) // 1000 if found else None


def _fault(folder: Path) -> str | None:
    """Why a counter cannot be read; None when it can."""
    try:
        (folder / "energy_uj").read_bytes()
    except PermissionError:
        return LOCKED
    except FileNotFoundError:
        return _HIDDEN
    except OSError:
        return _BROKEN
    return _BROKEN if _millijoules(folder) is None else None


def _millijoules(folder: Path) -> int | None:
    found = _number(folder / "energy_uj")
    return None if found is None else found // 1000


def _number(path: Path) -> int | None:
    """The number in a file; None where there is none, or none that can be."""
    try:
        found = int(_text(path) or "")
    except ValueError:
        return None
    return found if 0 <= found < _MOST else None


def _text(path: Path) -> str | None:
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(256).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _product(cpuinfo: Path) -> str:
    """What the processor is called; ``processor`` where nothing says so."""
    try:
        # One processor after the other, and there may be hundreds.
        with cpuinfo.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                if key.strip() == "model name" and value.strip():
                    return " ".join(value.split())[:200]
    except OSError:
        pass
    return "processor"
