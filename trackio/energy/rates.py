"""What follows from an amount of energy: mean power, shares, energy for each step, sample or token (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from trackio.energy.curves import add, known
from trackio.energy.records import EnergyAccount, Kind
from trackio.energy.statement import Curve, DeviceEnergy, RunEnergy


def mean_watts(devices: Iterable[DeviceEnergy], kind: Kind | None = None) -> float | None:
    """The mean power of the devices that count, together, over the wall time of which something is known of any.

    ``kind`` takes those of one kind alone. Pauses between a run's processes are no time. None when nothing is known.
    """
    curves = [
        one.curve
        for one in devices
        if one.is_counted and one.curve is not None and (kind is None or one.device.kind == kind)
    ]
    return watts_of(add(curves))


def watts_of(curve: Curve | None) -> float | None:
    """The mean power of a curve over the time of which something is known; None when that is none."""
    seconds = 0.0 if curve is None else known_seconds(curve)
    return None if curve is None or seconds <= 0 else float(curve.joules[-1]) / seconds


def known_seconds(curve: Curve) -> float:
    """For how long something is known of a curve."""
    return float(np.diff(known(curve), axis=1).sum()) / 1e9


def method_shares(account: EnergyAccount) -> dict[str, float]:
    """How much of the energy came about how, by ``Method``, the most first; empty when there is none."""
    total = sum(account.joules_by_method.values())
    most_first = sorted(account.joules_by_method.items(), key=lambda pair: -pair[1])
    return {method: joules / total for method, joules in most_first if joules} if total else {}


def idle_share(by_kind: Mapping[Kind, EnergyAccount]) -> float | None:
    """How much of the GPUs' energy was used while they did nothing; None where that is not known."""
    gpus = by_kind.get("gpu")
    return None if gpus is None else idle_of(gpus)


def idle_of(account: EnergyAccount) -> float | None:
    """How much of the energy was used while idle, of that whose utilization was read; None where none was (MIG)."""
    return account.idle_joules / account.load_joules if account.load_joules else None


def joules_each(run: RunEnergy) -> Mapping[str, float]:
    """The joules for each step, sample and token, of those that the run counted; empty when nothing was measured."""
    joules = run.account.joules
    return {} if joules is None else {noun: joules / count for noun, count in run.counts.items() if count > 0}
