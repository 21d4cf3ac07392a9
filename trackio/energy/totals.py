"""From what processes measured to what is stated of a run, and of a project (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from trackio.energy.accounting import combine
from trackio.energy.curves import add, joules_at, known, side_by_side
from trackio.energy.merging import Merged, by_boot, merged, shared_seconds, union_seconds
from trackio.energy.records import KINDS, NOTES, Device, EnergyAccount, Kind, Measurement
from trackio.energy.statement import Curve, DeviceEnergy, Phase, ProjectEnergy, RunEnergy

REST = "the rest"
"""The phase after the last mark."""

WORDS: Mapping[Kind, str] = {"gpu": "GPU", "cpu": "processor", "dram": "memory", "soc": "chip"}
"""Kinds of devices in words."""


def run_energy(
    run_id: str,
    run_name: str,
    measurements: Sequence[Measurement],
    *,
    counts: Mapping[str, float] | None = None,
    is_live: bool = False,
) -> RunEnergy | None:
    """What a run used; None when none of its processes measured, or told why it could not."""
    if not measurements:
        return None
    found = merged([measurements])
    devices = tuple(one.energy for one in found)
    total = _curve(devices)
    sides = _sides(found)
    return RunEnergy(
        run_id=run_id,
        run_name=run_name,
        account=combine(one.account for one in devices if one.is_counted),
        by_kind=_by_kind(devices),
        devices=devices,
        missing=_missing(measurements, devices),
        notes=tuple(_notes(devices)),
        seconds=_seconds(measurements),
        curve=total,
        phases=tuple(_phases(measurements, total)),
        counter_joules=None if sides is None else sides[0],
        power_joules=None if sides is None else sides[1],
        counts=dict(counts or {}),
        is_live=is_live,
    )


def project_energy(
    runs: Sequence[tuple[RunEnergy, Sequence[Measurement]]], unmeasured: Iterable[str] = ()
) -> ProjectEnergy:
    """What runs used together: a device's readings of runs that met are merged, so that shared time counts once."""
    devices = tuple(one.energy for one in merged([own for _, own in runs]))
    account = combine(one.account for one in devices if one.is_counted)
    shared = shared_seconds([own for _, own in runs])
    alone = sum(run.account.joules or 0.0 for run, _ in runs)
    return ProjectEnergy(
        runs=tuple(run for run, _ in runs),
        account=account,
        by_kind=_by_kind(devices),
        devices=devices,
        shared_seconds=shared,
        shared_joules=max(0.0, alone - (account.joules or 0.0)) if shared else 0.0,
        unmeasured=tuple(unmeasured),
        unread_cpu_seconds=_seconds([one for run, own in runs if run.unread_cpu_seconds for one in own]),
    )


def label(device: Device) -> str:
    """A device in words that tell nothing of its machine: ``GPU 0 (NVIDIA H200)``."""
    number = "" if device.index is None else f" {device.index}"
    if device.kind in ("cpu", "dram") and "-" in device.id:
        number = f" {device.id.rsplit('-', 1)[1]}"
    return f"{WORDS[device.kind]}{number} ({device.name})"


def _seconds(measurements: Sequence[Measurement]) -> float:
    return sum(union_seconds(one.session for one in own) for own in by_boot(measurements).values())


def _curve(devices: Sequence[DeviceEnergy]) -> Curve | None:
    return add([one.curve for one in devices if one.is_counted and one.curve is not None])


def _by_kind(devices: Sequence[DeviceEnergy]) -> dict[Kind, EnergyAccount]:
    found: dict[Kind, EnergyAccount] = {}
    for kind in KINDS:
        own = combine(one.account for one in devices if one.is_counted and one.device.kind == kind)
        if own.joules is not None:
            found[kind] = own
    return found


def _sides(found: Sequence[Merged]) -> tuple[float, float] | None:
    sides = [side_by_side(own) for one in found if one.energy.device.kind == "gpu" for own in one.pieces]
    both = [pair for pair in sides if pair is not None]
    return (sum(counter for counter, _ in both), sum(power for _, power in both)) if both else None


def _missing(measurements: Sequence[Measurement], devices: Sequence[DeviceEnergy]) -> dict[Kind, str]:
    """Why each kind was not measured; where only some of the machines could not, on how many."""
    boots = by_boot(measurements)
    found: dict[Kind, str] = {}
    for kind in KINDS:
        reasons = []
        for machine, own in enumerate(boots.values()):
            present = [one.account for one in devices if (one.machine, one.device.kind) == (machine, kind)]
            told = next((one.missing[kind] for one in own if kind in one.missing), None)
            if present and all(account.joules is None for account in present):
                reasons.append("fewer than two readings were taken")
            elif not present and told is not None:
                reasons.append(told)
        if reasons:
            words = "; ".join(dict.fromkeys(reasons))
            found[kind] = words if len(boots) == 1 else f"{words} (on {len(reasons)} of {len(boots)} machines)"
    return found


def _notes(devices: Sequence[DeviceEnergy]) -> Iterator[str]:
    counted = [one for one in devices if one.is_counted]
    for name in dict.fromkeys(one.device.name for one in counted if one.device.scope == "module"):
        yield f"The counter of {name} covers the whole module, so its processor and memory are not added."
    if any(one.device.kind in ("cpu", "dram") and one.account.joules is not None for one in counted):
        yield "The counters of processors and memory cover the whole machine, with whatever else ran on it."
    for words in NOTES:
        named = [label(one.device) for one in devices if words in one.device.notes]
        if named:
            yield f"{', '.join(dict.fromkeys(named))}: {NOTES[words]}."
    total = combine(one.account for one in counted)
    if total.resets:
        least = ", or the least that it can have been where no power was read" if total.is_lower_bound else ""
        again = f"Counters started again {_times(total.resets)} from 0"
        yield f"{again}; the energy in between is that of the power{least}."
    if total.implausible:
        yield f"A counter claimed more than its device can draw {_times(total.implausible)}; there power was used."
    if total.ambiguous:
        yield f"A counter may have wrapped more than once {_times(total.ambiguous)}; there it counts as a lower bound."
    if total.is_lower_bound:
        yield "Part of the energy could not be measured: the amount is a lower bound."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _phases(measurements: Sequence[Measurement], total: Curve | None) -> Iterator[Phase]:
    """What lies between the marks: those that follow each other under one name, as of several ranks, are one."""
    marks = sorted((mark for one in measurements for mark in one.marks), key=lambda mark: mark.time_ns)
    if not marks:
        return
    ends = [(name, max(mark.time_ns for mark in own)) for name, own in groupby(marks, key=lambda mark: mark.name)]
    start = min(one.start_time_ns for one in measurements)
    finish = max(one.end_time_ns for one in measurements)
    if finish > ends[-1][1]:
        ends.append((REST, finish))
    for name, end in ends:
        stretch, seconds = None, 0.0
        if total is not None:
            seconds = float(np.diff(np.clip(known(total), start, end), axis=1).sum()) / 1e9
            before, after = joules_at(total, np.array([start, end], np.int64)).tolist()
            stretch = after - before if seconds or start == end else None
        yield Phase(name, end, (end - start) / 1e9, stretch, seconds)
        start = end
