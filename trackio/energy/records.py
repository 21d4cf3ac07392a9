"""What is measured and what comes of it: frozen records. Energy is in joules, counters are in millijoules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind: TypeAlias = Literal["gpu", "cpu", "dram", "soc"]
"""What a counter belongs to; ``soc`` is a chip that holds processor and graphics, as Apple's."""

KINDS: tuple[Kind, ...] = ("gpu", "cpu", "dram", "soc")

Method: TypeAlias = Literal["counter", "power", "reset"]
"""Where joules come from: two counter readings, integrated power, or power across a reset of the counter."""

NONE = -1
"""Stands for a missing reading in arrays of counters and powers."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of one device."""

    device: str
    """Its identity; the rows of several processes may be mixed in any order."""
    time_ns: int
    """``CLOCK_MONOTONIC``."""
    counter_mj: int | None = None
    """Energy since some moment in the past, never a difference."""
    power_mw: int | None = None
    utilization_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One process's interval inside a run, on the clock of its samples."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class EnergyAccount:
    """What was used, and how much of that is known."""

    joules: float | None
    """None where nothing was measured, which is not 0."""
    kwh: float | None
    coverage: float
    """The share of ``seconds`` for which there is a value that is no lower bound, 0 to 1; 0 where there is no time."""
    resets: int
    """How often a counter began again from 0."""
    joules_by_device: Mapping[str, float] = field(default_factory=dict)
    """Only devices of which something is known."""
    joules_by_method: Mapping[str, float] = field(default_factory=dict)
    """By ``Method``; only those that occur."""
    idle_joules: float = 0.0
    """What was used while utilization was under 5 %, as it was read at the end of each interval that is covered."""
    idle_seconds: float = 0.0
    seconds: float = 0.0
    """How long the union of each device's sessions is, cut to the window, summed: two devices for a minute are 120."""
    is_lower_bound: bool = False
    """Whether part of ``joules`` is the least that it can have been, as across a reset without power. Time of which
    nothing is known is not in ``joules`` at all, and shows in ``coverage``."""
    implausible: int = 0
    """Intervals whose counter claimed more than the device can draw; there power was used where it was read, and where
    it was not nothing is known."""
    ambiguous: int = 0
    """Intervals in which a counter may have wrapped more than once; there it counts as a lower bound."""
    load_joules: float = 0.0
    """What was used in covered intervals at whose end utilization was read: of the rest nobody can say it was idle."""


@dataclass(frozen=True, slots=True)
class Device:
    """One thing with a sensor of its own."""

    id: str
    """Unique on its machine: a GPU's UUID, ``cpu/package-0``, ``dram/package-0``, ``soc``."""
    kind: Kind
    name: str
    """The product, such as ``NVIDIA H200``."""
    index: int | None = None
    """The driver's number."""
    scope: str = "gpu"
    """What its counter covers: ``gpu``, ``module`` (a superchip with its processor), ``package``, ``dram``, ``soc``."""
    counter_range_mj: int | None = None
    """Where the counter starts again from 0, when it does."""
    power_limit_mw: int | None = None
    notes: tuple[str, ...] = ()
    """Words of ``NOTES``: what a reader of its numbers has to know."""


NOTES: Mapping[str, str] = {
    "mig": "the sensor covers the whole GPU, of which this process used a MIG slice",
    "order": "CUDA_VISIBLE_DEVICES names GPUs by CUDA's order, which may differ from the driver's",
    "shared": "other processes used the device at the same time",
    "lost": "the device stopped answering",
    "late": "readings came later than five seconds after each other",
}
"""Notes of devices by their word."""


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """The samples of one device from one process, in order of time: arrays of one length."""

    clock_ns: NDArray[np.int64]
    """``CLOCK_MONOTONIC``."""
    time_ns: NDArray[np.int64]
    """Wall time, for display."""
    counter_mj: NDArray[np.int64]
    """``NONE`` where it could not be read."""
    power_mw: NDArray[np.int64]
    """``NONE`` where it could not be read."""
    utilization_percent: NDArray[np.float64]
    """NaN where it could not be read."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that a script named."""

    name: str
    clock_ns: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one process measured for a run."""

    run_id: str
    id: str
    boot: str
    """Which start of which machine: clocks and counters compare within one boot only."""
    session: Session
    start_time_ns: int
    """Wall time of its start."""
    end_time_ns: int
    devices: tuple[Device, ...]
    readings: tuple[Readings, ...]
    """Of each device."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Why a kind of device was not measured, in words, by ``Kind``."""
    marks: tuple[Mark, ...] = ()
    is_ended: bool = True
    """False while the process goes on, and when it was killed: the last sample is its end."""
