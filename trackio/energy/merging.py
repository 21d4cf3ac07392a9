"""Each device's readings from all processes as one: what is merged before anything is added up (pure).

Only the sessions of the processes that read a device count for it: two runs on different GPUs of a machine do not bill
each other, and two ranks that share one do not bill it twice. Clocks and counters compare within one boot only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from trackio.energy import spans
from trackio.energy.accounting import account_pieces, combine
from trackio.energy.curves import add, curve
from trackio.energy.pieces import MAX_GAP_SECONDS, Pieces, device_pieces
from trackio.energy.records import KINDS, Device, Measurement, Session
from trackio.energy.statement import Curve, DeviceEnergy

MOST_MW = 10_000_000
"""No device draws ten kilowatts: so much is believed of a counter whose device tells no limit and which never wraps."""

_COLUMNS = ("clock_ns", "time_ns", "counter_mj", "power_mw", "utilization_percent")


_Own: TypeAlias = Sequence[tuple[Measurement, int]]
"""Measurements with the place of one device in each."""


@dataclass(frozen=True, slots=True)
class Merged:
    """One device of one machine."""

    energy: DeviceEnergy
    pieces: tuple[Pieces, ...]
    """Of one run, or of several that met, in each."""


def merged(runs: Sequence[Sequence[Measurement]]) -> list[Merged]:
    """Every device that runs measured, by machine and then GPUs, processors, memory.

    The readings of runs that used it at the same time become one. Those of runs that followed each other stay apart, so
    that what they come to together is what each comes to alone.
    """
    everything = [one for run in runs for one in run]
    machines = {boot: number for number, boot in enumerate(by_boot(everything))}
    modules = {one.boot for one in everything if any(device.scope == "module" for device in one.devices)}
    found: dict[tuple[str, str], list[_Own]] = {}
    for run in runs:
        for key, own in _by_device(run).items():
            found.setdefault(key, []).append(own)
    together = [_merge(own, machines[boot], is_module=boot in modules) for (boot, _), own in found.items()]
    return sorted(together, key=lambda one: (one.energy.machine, *_rank(one.energy.device)))


def by_boot(measurements: Iterable[Measurement]) -> dict[str, list[Measurement]]:
    """The measurements of each machine, as long as it was up."""
    found: dict[str, list[Measurement]] = {}
    for one in measurements:
        found.setdefault(one.boot, []).append(one)
    return found


def union_seconds(sessions: Iterable[Session]) -> float:
    """How long any of these sessions of one boot went on."""
    return spans.length(spans.of_sessions(sessions)) / 1e9


def shared_seconds(runs: Iterable[Sequence[Measurement]]) -> float:
    """How long devices were measured for more than one run: on each machine that of the device most shared, summed.

    A moment that three runs share counts twice, as it is in the sum of the runs two times too many.
    """
    alone: dict[tuple[str, str], float] = {}
    together: dict[tuple[str, str], list[Session]] = {}
    for run in runs:
        for key, own in _by_device(run).items():
            sessions = [measurement.session for measurement, _ in own]
            alone[key] = alone.get(key, 0.0) + union_seconds(sessions)
            together.setdefault(key, []).extend(sessions)
    most: dict[str, float] = {}
    for (boot, device), sessions in together.items():
        shared = alone[boot, device] - union_seconds(sessions)
        most[boot] = max(most.get(boot, 0.0), shared)
    # Sums of seconds as floats: what is less than a clock can tell is none.
    return sum(shared for shared in most.values() if shared > 1e-6)


def _by_device(measurements: Iterable[Measurement]) -> dict[tuple[str, str], list[tuple[Measurement, int]]]:
    found: dict[tuple[str, str], list[tuple[Measurement, int]]] = {}
    for measurement in measurements:
        for place, device in enumerate(measurement.devices):
            found.setdefault((measurement.boot, device.id), []).append((measurement, place))
    return found


def _merge(runs: Sequence[_Own], machine: int, *, is_module: bool) -> Merged:
    device = _joined([measurement.devices[place] for own in runs for measurement, place in own])
    parts = [_cut(own, device) for own in _meeting(runs)]
    curves = [one for _, one in parts if one is not None]
    energy = DeviceEnergy(
        device=device,
        machine=machine,
        account=combine(account_pieces({device.id: pieces}) for pieces, _ in parts),
        # A superchip's counter covers its processor and memory too.
        is_counted=not (is_module and device.kind in ("cpu", "dram")),
        curve=add(curves),
    )
    return Merged(energy, tuple(pieces for pieces, _ in parts))


def _cut(own: _Own, device: Device) -> tuple[Pieces, Curve | None]:
    """Readings that are merged, as pieces and as a curve."""
    readings = [measurement.readings[place] for measurement, place in own]
    columns: Mapping[str, np.ndarray] = {
        name: np.concatenate([getattr(one, name) for one in readings]) for name in _COLUMNS
    }
    pieces = device_pieces(
        columns["clock_ns"],
        columns["counter_mj"],
        columns["power_mw"],
        columns["utilization_percent"],
        [measurement.session for measurement, _ in own],
        max_gap_seconds=MAX_GAP_SECONDS,
        power_limit_mw=device.power_limit_mw or (None if device.counter_range_mj else MOST_MW),
        counter_range_mj=device.counter_range_mj,
    )
    return pieces, curve(pieces, columns["clock_ns"], columns["time_ns"])


def _meeting(runs: Sequence[_Own]) -> list[_Own]:
    """The runs, those together whose sessions overlap, directly or through others."""
    group = list(range(len(runs)))

    def first(run: int) -> int:
        while group[run] != run:
            run = group[run]
        return run

    spans_ns = [(one.session.start_ns, one.session.end_ns, run) for run, own in enumerate(runs) for one, _ in own]
    reached, last = -1, 0
    for start_ns, end_ns, run in sorted(spans_ns):
        if start_ns < reached:
            low, high = sorted((first(run), first(last)))
            group[high] = low
        if end_ns > reached:
            reached, last = end_ns, run
    together: dict[int, list[tuple[Measurement, int]]] = {}
    for run, own in enumerate(runs):
        together.setdefault(first(run), []).extend(own)
    return list(together.values())


def _joined(devices: Sequence[Device]) -> Device:
    """One device from what several processes say of it: the newest word, and everybody's notes."""
    last = devices[-1]
    limits = [one.power_limit_mw for one in devices if one.power_limit_mw is not None]
    ranges = [one.counter_range_mj for one in devices if one.counter_range_mj is not None]
    return Device(
        id=last.id,
        kind=last.kind,
        name=last.name,
        index=last.index,
        scope="module" if any(one.scope == "module" for one in devices) else last.scope,
        counter_range_mj=ranges[-1] if ranges else None,
        # A limit that was lowered later makes nothing before it implausible.
        power_limit_mw=max(limits) if limits else None,
        notes=tuple(dict.fromkeys(note for one in devices for note in one.notes)),
    )


def _rank(device: Device) -> tuple[int, bool, int, str]:
    return KINDS.index(device.kind), device.index is None, device.index or 0, device.id
