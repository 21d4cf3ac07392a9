"""What reads energy: a reader for each maker of sensors, and a meter of all that the runs of a process ask for."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from trackio.energy.records import Device, Kind
from trackio.system import boot
from trackio.tracking.faults import Faults

Reading: TypeAlias = tuple[int | None, int | None, float | None]
"""``(counter_mj, power_mw, utilization_percent)`` of one device, None where a sensor gave nothing."""

Part: TypeAlias = Literal["gpu", "cpu"]
"""What is switched on and off together: GPUs, or processors and their memory."""

KINDS: Mapping[Part, tuple[Kind, ...]] = {"gpu": ("gpu",), "cpu": ("cpu", "dram")}

_FAILED = "looking for it failed, which was told when it happened"


class Reader(Protocol):
    """One maker's sensors. Nothing that it does raises: what cannot be read is None, and ``missing`` says why."""

    @property
    def devices(self) -> tuple[Device, ...]:
        """Those that answered when the reader was made; their places are what ``read`` and ``notes`` go by."""

    @property
    def missing(self) -> Mapping[Kind, str]:
        """Why a kind of device is not measured, in words that tell what to do where something can be done."""

    def read(self) -> list[Reading]:
        """Read all devices now, one reading each in the order of ``devices``."""

    def notes(self) -> list[tuple[int, str]]:
        """What came up since the call before: a device's place and a word of ``energy.records.NOTES``."""

    def close(self) -> None:
        """Give the sensors back."""


Makers: TypeAlias = Mapping[Part, Callable[[], Reader]]
"""What looks for the sensors of each part."""


@dataclass(frozen=True)
class Moment:
    """What the sensors said at one moment, by part: nothing where nothing was read."""

    clock_ns: int = field(default_factory=boot.clock_ns)
    time_ns: int = field(default_factory=time.time_ns)
    """Wall time, for display."""
    readings: Mapping[Part, Sequence[Reading]] = field(default_factory=dict)


class Meter:
    """The sensors of a process; each part is looked for when a run first asks for it."""

    def __init__(self, makers: Makers, faults: Faults) -> None:
        self._makers, self._faults = makers, faults
        self._readers: dict[Part, Reader] = {}
        self._notes: dict[Part, dict[tuple[int, str], None]] = {}

    def reader(self, part: Part) -> Reader:
        """The reader of a part; looking for a driver may take its time."""
        if part not in self._readers:
            reader: Reader = _Nothing(dict.fromkeys(KINDS[part], _FAILED))
            with self._faults.contained(f"reader {part}", f"the energy of the {part} is not measured"):
                reader = self._makers[part]()
            self._readers[part], self._notes[part] = reader, {}
        return self._readers[part]

    def read(self, parts: Collection[Part]) -> Moment:
        """Read these parts now. The moment is the middle of the reading, which takes a while with many devices."""
        clock_ns, time_ns = boot.clock_ns(), time.time_ns()
        readings: dict[Part, Sequence[Reading]] = {}
        for part in parts:
            reader = self.reader(part)
            with self._faults.contained(f"sensors {part}", f"the energy of the {part} could not be read"):
                readings[part] = reader.read()
        half_ns = (boot.clock_ns() - clock_ns) // 2
        for part in readings:
            # After the reading: now and then it takes longer than that.
            with self._faults.contained(f"notes {part}", f"what comes up about the {part} is not noted"):
                self._notes[part].update(dict.fromkeys(self._readers[part].notes()))
        return Moment(clock_ns + half_ns, time_ns + half_ns, readings)

    def notes(self, part: Part) -> list[tuple[int, str]]:
        """All that has come up about the devices of a part so far: their places, and words."""
        return list(self._notes.get(part, ()))

    def close(self) -> None:
        """Give all sensors back; what they have to say at the end is among the notes."""
        for part, reader in self._readers.items():
            with self._faults.contained(f"close {part}", f"the sensors of the {part} could not be given back"):
                reader.close()
                self._notes[part].update(dict.fromkeys(reader.notes()))
        self._readers.clear()


@dataclass(frozen=True)
class _Nothing:
    """Stands for a reader that could not be made."""

    missing: Mapping[Kind, str]
    devices: tuple[Device, ...] = ()

    def read(self) -> list[Reading]:
        return []

    def notes(self) -> list[tuple[int, str]]:
        return []

    def close(self) -> None:
        """Nothing is held."""
