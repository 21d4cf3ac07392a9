"""Energy as one object for programs: numbers, and None where nothing is known. docs/cli.md names its fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trackio.energy.carbon import footprint
from trackio.energy.formats.subject import Subject
from trackio.energy.gates import Verdict
from trackio.energy.rates import idle_share, joules_each, mean_watts, method_shares
from trackio.energy.records import EnergyAccount
from trackio.energy.statement import JOULES_PER_KWH, Assumptions, DeviceEnergy, ProjectEnergy, RunEnergy
from trackio.records import RunRecord

_NOTHING = EnergyAccount(joules=None, kwh=None, coverage=0.0, resets=0)


def statement(subject: Subject) -> dict[str, Any]:
    """Everything that is stated of the runs and of all of them together."""
    energy, by_id = subject.energy, subject.by_id
    return {
        "project": subject.project,
        "assumptions": assumptions(subject.assumptions),
        "target": None if subject.target is None else {"metric": subject.target.metric, "value": subject.target.value},
        "runs": [_run(subject, record, by_id.get(record.id)) for record in subject.records],
        "total": {
            **_amount(energy, subject.assumptions),
            "shared_seconds": energy.shared_seconds,
            "shared_kwh": energy.shared_joules / JOULES_PER_KWH,
            "unmeasured_runs": [record.name for record in subject.unmeasured],
            "cpu_estimate_kwh": _estimate(energy, subject.assumptions),
        },
    }


def assumptions(found: Assumptions) -> dict[str, Any]:
    """What was assumed, with its source."""
    grid, price = found.intensity, found.price
    return {
        "location": None if grid is None else grid.location,
        "place": None if grid is None else grid.name,
        "grid_g_per_kwh": None if grid is None else grid.grams_per_kwh,
        "grid_year": None if grid is None else grid.year,
        "grid_source": None if grid is None else grid.source,
        "grid_licence": None if grid is None else grid.licence,
        "pue": found.pue,
        "price_per_kwh": None if price is None else price.per_kwh,
        "currency": None if price is None else price.currency or None,
        "cpu_watts": found.cpu_watts,
    }


def _run(subject: Subject, record: RunRecord, run: RunEnergy | None) -> dict[str, Any]:
    target = None if subject.target is None else subject.target.joules.get(record.id)
    return {
        "run": record.name,
        "run_id": record.id,
        "status": record.status,
        **_amount(run, subject.assumptions),
        "seconds": None if run is None else run.seconds,
        "not_measured": {} if run is None else dict(run.missing),
        "notes": [] if run is None else list(run.notes),
        "counts": {} if run is None else dict(run.counts),
        "joules_each": {} if run is None else dict(joules_each(run)),
        "kwh_to_target": None if target is None else target / JOULES_PER_KWH,
        "reached_unmeasured": subject.target is not None and record.id in subject.target.unknown,
        "counter_joules": None if run is None else run.counter_joules,
        "power_joules": None if run is None else run.power_joules,
        "phases": [{"name": one.name, "seconds": one.seconds, "joules": one.joules} for one in run.phases]
        if run
        else [],
        "cpu_estimate_kwh": None if run is None else _estimate(run, subject.assumptions),
    }


def _amount(found: RunEnergy | ProjectEnergy | None, assumed: Assumptions) -> dict[str, Any]:
    account = _NOTHING if found is None else found.account
    by_kind, devices = ({}, ()) if found is None else (found.by_kind, found.devices)
    is_known = account.joules is not None
    stands_for = None if account.kwh is None else footprint(account.kwh, assumed)
    return {
        "kwh": account.kwh,
        "joules": account.joules,
        "is_lower_bound": account.is_lower_bound,
        "mean_watts": mean_watts(devices),
        "device_seconds": account.seconds,
        "coverage": account.coverage,
        "methods": method_shares(account),
        "idle_share": idle_share(by_kind),
        "idle_seconds": account.idle_seconds if is_known else None,
        "resets": account.resets,
        "implausible": account.implausible,
        "ambiguous": account.ambiguous,
        "kinds": {kind: _kind(one) for kind, one in by_kind.items()},
        "devices": [_device(one) for one in devices],
        "co2e_grams": None if stands_for is None else stands_for.grams,
        "cost": None if stands_for is None else stands_for.cost,
    }


def _estimate(found: RunEnergy | ProjectEnergy, assumed: Assumptions) -> float | None:
    """The user's estimate for processors that were not measured; None where there is none, or nothing to estimate."""
    seconds, watts = found.unread_cpu_seconds, assumed.cpu_watts
    return None if watts is None or not seconds else watts * seconds / JOULES_PER_KWH


def _kind(account: EnergyAccount) -> dict[str, Any]:
    return {"kwh": account.kwh, "joules": account.joules, "coverage": account.coverage}


def _device(one: DeviceEnergy) -> dict[str, Any]:
    return {
        "id": one.device.id,
        "kind": one.device.kind,
        "name": one.device.name,
        "index": one.device.index,
        "scope": one.device.scope,
        "machine": one.machine,
        "is_counted": one.is_counted,
        **_kind(one.account),
        "methods": method_shares(one.account),
        "notes": list(one.device.notes),
    }


def gates(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """How limits were held."""
    return [
        {"gate": one.gate, "limit": one.limit, "value": one.value, "passed": one.reason is None, "reason": one.reason}
        for one in verdicts
    ]
