"""What is stated of a run's energy and of a project's: frozen records that pages, cards and tables are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trackio.energy.records import Device, EnergyAccount, Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

JOULES_PER_KWH = 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Energy used so far over time: two arrays of one length, both never falling, and linear in between."""

    time_ns: NDArray[np.int64]
    """Wall time."""
    joules: NDArray[np.float64]
    known_ns: NDArray[np.int64] | None = None
    """``(k, 2)``: stretches of wall time of which something is known, and flat between; None: all of it."""


@dataclass(frozen=True, slots=True)
class DeviceEnergy:
    """One device's part in a run or a project."""

    device: Device
    machine: int
    """0 for the first boot that measured, then 1, 2, ...: host names are not told."""
    account: EnergyAccount
    is_counted: bool
    """False where another device's counter covers this one already: a superchip's module covers its processor."""
    curve: Curve | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """What was used from the mark before, or the start, to a moment that the script named."""

    name: str
    time_ns: int
    seconds: float
    joules: float | None
    known_seconds: float = 0.0
    """For how much of it something is known of a device; ``joules`` are None where that is none of it."""


@dataclass(frozen=True, slots=True)
class RunEnergy:
    """What one run used, over all its processes, resumes and machines."""

    run_id: str
    run_name: str
    account: EnergyAccount
    """Of all devices that count."""
    by_kind: Mapping[Kind, EnergyAccount]
    """Only kinds that were measured."""
    devices: tuple[DeviceEnergy, ...]
    missing: Mapping[Kind, str]
    """Why a kind was not measured, in words; also where only some of the machines could not."""
    notes: tuple[str, ...]
    """Sentences that a reader of the numbers has to know."""
    seconds: float
    """The time that was measured or should have been: the union of the sessions on each machine, summed."""
    curve: Curve | None
    """Of all devices that count."""
    phases: tuple[Phase, ...] = ()
    counter_joules: float | None = None
    """By counters alone, and by power alone over the same stretches: both where both exist, to hold them together."""
    power_joules: float | None = None
    counts: Mapping[str, float] = field(default_factory=dict)
    """How many ``step``, ``sample`` and ``token`` the run logged that it did."""
    is_live: bool = False

    @property
    def unread_cpu_seconds(self) -> float:
        """For how long processors were not measured: what an estimate of theirs is over."""
        return self.seconds if "cpu" in self.missing and "cpu" not in self.by_kind else 0.0


@dataclass(frozen=True, slots=True)
class ProjectEnergy:
    """What the runs of a project used together: stretches that several runs measured count once."""

    runs: tuple[RunEnergy, ...]
    """Those that have a measurement, or said why not."""
    account: EnergyAccount
    by_kind: Mapping[Kind, EnergyAccount]
    devices: tuple[DeviceEnergy, ...]
    shared_seconds: float
    """How long devices were measured for more than one run: on each machine that of the device most shared, summed."""
    shared_joules: float
    """By how much the runs' energies are more than the project's."""
    unmeasured: tuple[str, ...] = ()
    """Names of runs that no energy is known of."""
    unread_cpu_seconds: float = 0.0
    """As of a run; on a machine where several runs went on at once, that time counts once."""


@dataclass(frozen=True, slots=True)
class Intensity:
    """How much carbon dioxide a kilowatt-hour of a grid stands for, where the grid is."""

    grams_per_kwh: float
    location: str | None = None
    """ISO 3166-1 alpha-3 code, ``WORLD``, or None where the user gave the number."""
    name: str | None = None
    """The place in words."""
    year: int | None = None
    source: str = "given by the user"
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What a kilowatt-hour costs."""

    per_kwh: float
    currency: str = ""
    """As given, such as ``EUR``; empty where none was."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is not measured and decides what energy stands for; all of it is printed beside the numbers."""

    intensity: Intensity | None = None
    """None: energy only."""
    pue: float = 1.0
    """What the building uses for each kilowatt-hour that the machines do."""
    price: Price | None = None
    cpu_watts: float | None = None
    """The user's estimate of what processors drew where none could be read; shown as such and never in a total."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What an amount of energy stands for under some assumptions."""

    kwh: float
    """As measured, without PUE."""
    grams: float | None
    """Of CO2 equivalents, PUE included."""
    cost: float | None
    """PUE included."""
    assumptions: Assumptions
