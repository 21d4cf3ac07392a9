"""The energy of a project for programs: ``data/energy.json``, and what the manifest and other pages take from it.

A promise to readers as the manifest is: keys are added, never changed or removed. What was not measured is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trackio.energy.carbon import footprint
from trackio.energy.records import EnergyAccount
from trackio.energy.statement import Assumptions, DeviceEnergy, ProjectEnergy, RunEnergy
from trackio.energy.totals import label
from trackio.report.energy.targets import Target
from trackio.report.gather import Project

FORMAT = 1

Used = Sequence[tuple[Target, Mapping[str, float | None]]]
"""Each target with the joules of each run until it got there, by id."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What other pages say of a project's energy."""

    joules: float | None
    runs: Mapping[str, float | None] = field(default_factory=dict)
    """The joules of each run, by id."""


def document(project: Project, energy: ProjectEnergy, used: Used) -> dict[str, Any]:
    """The file."""
    assumed = project.assumptions
    return {
        "trackio_energy": FORMAT,
        "project": project.name,
        "path": project.urls.energy,
        **_account(energy.account, assumed),
        "by_kind": {kind: _account(one, assumed) for kind, one in energy.by_kind.items()},
        "devices": [_device(one) for one in energy.devices],
        "shared_seconds": energy.shared_seconds,
        "shared_joules": energy.shared_joules,
        "assumptions": _assumptions(assumed),
        "runs": [_run(one, project) for one in energy.runs],
        "unmeasured": list(energy.unmeasured),
        "targets": [
            {
                "metric": target.metric,
                "value": target.value,
                "goal": target.goal,
                "rule": target.rule,
                "joules": dict(own),
            }
            for target, own in used
        ],
    }


def stated(found: Mapping[str, Any]) -> Stated:
    """What pages take from the file; raises KeyError or TypeError when it is none of ours."""
    if found["trackio_energy"] != FORMAT:
        raise KeyError("trackio_energy")
    return Stated(found["joules"], {one["id"]: one["joules"] for one in found["runs"]})


def of_manifest(found: Mapping[str, Any], data: str) -> dict[str, Any]:
    """A project's entry in the manifest; ``data`` is the address of the file."""
    keys = ("kwh", "joules", "co2e_grams", "cost", "coverage", "is_lower_bound", "path")
    return {key: found[key] for key in keys} | {"data": data}


def of_runs(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The runs' entries in the manifest, by id."""
    keys = ("kwh", "joules", "co2e_grams", "cost", "coverage", "is_lower_bound")
    return {one["id"]: {key: one[key] for key in keys} for one in found["runs"]}


def _run(energy: RunEnergy, project: Project) -> dict[str, Any]:
    return {
        "id": energy.run_id,
        "name": energy.run_name,
        **_account(energy.account, project.assumptions),
        "measured_seconds": energy.seconds,
        "by_kind": {kind: _account(one, project.assumptions) for kind, one in energy.by_kind.items()},
        "devices": [_device(one) for one in energy.devices],
        "missing": dict(energy.missing),
        "notes": list(energy.notes),
        "phases": [{"name": one.name, "seconds": one.seconds, "joules": one.joules} for one in energy.phases],
        "counter_joules": energy.counter_joules,
        "power_joules": energy.power_joules,
        "counts": dict(energy.counts),
        "is_live": energy.is_live,
    }


def _account(account: EnergyAccount, assumptions: Assumptions) -> dict[str, Any]:
    stands = None if account.kwh is None else footprint(account.kwh, assumptions)
    is_known = account.joules is not None
    return {
        "joules": account.joules,
        "kwh": account.kwh,
        "co2e_grams": None if stands is None else stands.grams,
        "cost": None if stands is None else stands.cost,
        "coverage": account.coverage if is_known else None,
        "is_lower_bound": account.is_lower_bound,
        "joules_by_method": dict(account.joules_by_method),
        "idle_joules": account.idle_joules if is_known else None,
        "idle_seconds": account.idle_seconds if is_known else None,
        "device_seconds": account.seconds,
        "resets": account.resets,
        "implausible": account.implausible,
        "ambiguous": account.ambiguous,
    }


def _device(one: DeviceEnergy) -> dict[str, Any]:
    # Without its id: that names one piece of hardware among all there are.
    return {
        "label": label(one.device),
        "name": one.device.name,
        "kind": one.device.kind,
        "index": one.device.index,
        "machine": one.machine,
        "scope": one.device.scope,
        "is_counted": one.is_counted,
        "joules": one.account.joules,
        "coverage": one.account.coverage if one.account.joules is not None else None,
        "seconds": one.account.seconds,
        "resets": one.account.resets,
        "notes": list(one.device.notes),
    }


def _assumptions(assumed: Assumptions) -> dict[str, Any]:
    grid, price = assumed.intensity, assumed.price
    return {
        "location": None if grid is None else grid.location,
        "place": None if grid is None else grid.name,
        "grid_grams_per_kwh": None if grid is None else grid.grams_per_kwh,
        "grid_year": None if grid is None else grid.year,
        "grid_source": None if grid is None else grid.source,
        "grid_licence": None if grid is None else grid.licence,
        "pue": assumed.pue,
        "price_per_kwh": None if price is None else price.per_kwh,
        "currency": None if price is None else price.currency,
        "cpu_watts": assumed.cpu_watts,
    }
