"""What a statement is about: some runs of a project, what they used, and what that stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trackio.energy.carbon import footprint
from trackio.energy.records import Kind
from trackio.energy.statement import Assumptions, DeviceEnergy, Footprint, ProjectEnergy, RunEnergy
from trackio.records import RunRecord


@dataclass(frozen=True, slots=True)
class Target:
    """A value that a metric was to reach."""

    metric: str
    value: float
    joules: Mapping[str, float]
    """What each run had used when it first did, by run id; those that never did are not in it."""
    unknown: frozenset[str] = frozenset()
    """The runs that did when nothing measured, such as in what a fork has of its parent."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Some runs of a project."""

    project: str
    records: tuple[RunRecord, ...]
    """Every run that was asked for, in the order they began."""
    energy: ProjectEnergy
    """Of these runs."""
    assumptions: Assumptions
    target: Target | None = None

    @property
    def by_id(self) -> dict[str, RunEnergy]:
        """What is known of each run of which anything is."""
        return {run.run_id: run for run in self.energy.runs}

    @property
    def footprint(self) -> Footprint | None:
        """What the energy of all stands for; None when nothing was measured."""
        kwh = self.energy.account.kwh
        return None if kwh is None else footprint(kwh, self.assumptions)

    @property
    def measured(self) -> list[RunRecord]:
        """The runs of which an amount is known."""
        known = {run.run_id for run in self.energy.runs if run.account.joules is not None}
        return [record for record in self.records if record.id in known]

    @property
    def unmeasured(self) -> list[RunRecord]:
        """The others."""
        known = {record.id for record in self.measured}
        return [record for record in self.records if record.id not in known]

    @property
    def missing(self) -> dict[Kind, list[str]]:
        """Why kinds of devices were not measured, each reason once."""
        found: dict[Kind, dict[str, None]] = {}
        for run in self.energy.runs:
            for kind, reason in run.missing.items():
                found.setdefault(kind, {})[reason.rstrip(".")] = None
        return {kind: list(reasons) for kind, reasons in found.items()}


def hardware(devices: Iterable[DeviceEnergy], *kinds: Kind) -> str:
    """The products of the devices that count and were measured: ``2 x NVIDIA H200, 1 x AMD EPYC 9654``."""
    names = Counter(
        one.device.name
        for one in devices
        if one.is_counted and one.account.joules is not None and (not kinds or one.device.kind in kinds)
    )
    return ", ".join(f"{count} x {name}" for name, count in names.items())
