"""What was used, read back: the energy of runs and projects, in joules (3.6 million are a kilowatt-hour)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from trackio.energy.statement import ProjectEnergy, RunEnergy
    from trackio.store.project import ProjectStore


class RunConsumption:
    """What one run used."""

    _store: ProjectStore

    @property
    @abstractmethod
    def id(self) -> str:
        """The id, unique in the project."""

    def energy(self) -> RunEnergy | None:
        """What the run used so far, over all its processes, resumes and machines; None when it was never measured.

        ``account.joules`` and ``account.kwh`` are None where no device could be read, and ``missing`` says why.
        """
        from trackio.consumption import run_energy

        self._store.catch_up()
        return run_energy(self._store, self.id)

    def energy_to_target(
        self, metric: str, value: float, *, goal: Literal["minimize", "maximize"] | None = None
    ) -> float | None:
        """How many joules the run had used when the metric first was as good as ``value``; None where it never was.

        What is good follows ``goal``, else what ``define_metric`` said, else the custom of the name.
        """
        from trackio.consumption import energy_to_target

        self._store.catch_up()
        return energy_to_target(self._store, self.id, metric, value, goal=goal)


class ProjectConsumption:
    """What the runs of one project used."""

    _store: ProjectStore

    def energy(self, runs: Sequence[str] | None = None) -> ProjectEnergy:
        """What all runs used together, or those of these ids or names; time on a device that runs shared counts once.

        So it may be less than the sum of its ``runs``: ``shared_joules`` and ``shared_seconds`` say by how much.
        Raises UnknownRun.
        """
        from trackio.consumption import project_energy

        self._store.catch_up()
        return project_energy(self._store, runs)
