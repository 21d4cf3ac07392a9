"""What readings add up to: one account of any number of devices. The rules are those of ``pieces``."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trackio.energy import spans
from trackio.energy.pieces import MAX_GAP_SECONDS, METHODS, Pieces, device_pieces
from trackio.energy.records import NONE, EnergyAccount, Sample, Session
from trackio.energy.statement import JOULES_PER_KWH

Integers = NDArray[np.int64]

_MOST = (1 << 63) - 1


def account(
    samples: Iterable[Sample],
    sessions: Iterable[Session],
    *,
    max_gap_seconds: float = MAX_GAP_SECONDS,
    window_ns: tuple[int, int] | None = None,
    power_limits_mw: Mapping[str, int] | None = None,
    counter_ranges_mj: Mapping[str, int] | None = None,
) -> EnergyAccount:
    """What the devices of these samples used in the union of the sessions, and in the window if there is one.

    Samples come in any order, those of several processes and devices mixed. Limits and ranges are by device: a counter
    that claims more than 1.5 times the limit is not believed, and one that has a range wraps instead of being reset.
    """
    own: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        own[sample.device].append(sample)
    together, limits, ranges = list(sessions), power_limits_mw or {}, counter_ranges_mj or {}
    pieces = {
        device: device_pieces(
            *_columns(own[device]),
            together,
            max_gap_seconds=max_gap_seconds,
            power_limit_mw=limits.get(device),
            counter_range_mj=ranges.get(device),
            window_ns=window_ns,
        )
        for device in sorted(own)
    }
    return account_pieces(pieces)


def account_pieces(pieces_by_device: Mapping[str, Pieces]) -> EnergyAccount:
    """What pieces add up to."""
    return combine(_of_device(device, pieces) for device, pieces in pieces_by_device.items())


def combine(accounts: Iterable[EnergyAccount]) -> EnergyAccount:
    """The account of several, as of different devices or machines: sums, and coverage by their seconds.

    Energy is None only where all of them have none.
    """
    found = list(accounts)
    known = [one.joules for one in found if one.joules is not None]
    joules = math.fsum(known) if known else None
    seconds = math.fsum(one.seconds for one in found)
    covered = math.fsum(one.coverage * one.seconds for one in found)
    return EnergyAccount(
        joules=joules,
        kwh=None if joules is None else joules / JOULES_PER_KWH,
        coverage=min(1.0, covered / seconds) if seconds else 0.0,
        resets=sum(one.resets for one in found),
        joules_by_device=_summed(one.joules_by_device for one in found),
        joules_by_method=_summed(one.joules_by_method for one in found),
        idle_joules=math.fsum(one.idle_joules for one in found),
        idle_seconds=math.fsum(one.idle_seconds for one in found),
        load_joules=math.fsum(one.load_joules for one in found),
        seconds=seconds,
        is_lower_bound=any(one.is_lower_bound for one in found),
        implausible=sum(one.implausible for one in found),
        ambiguous=sum(one.ambiguous for one in found),
    )


def _of_device(device: str, pieces: Pieces) -> EnergyAccount:
    nanoseconds = pieces.end_ns - pieces.start_ns
    whole = spans.length(pieces.spans_ns)
    joules = float(pieces.joules.sum()) if len(pieces.joules) else None
    by_method: dict[str, float] = {
        name: float(pieces.joules[pieces.method == place].sum())
        for place, name in enumerate(METHODS)
        if (pieces.method == place).any()
    }
    return EnergyAccount(
        joules=joules,
        kwh=None if joules is None else joules / JOULES_PER_KWH,
        coverage=int(nanoseconds[pieces.is_covered].sum()) / whole if whole else 0.0,
        resets=pieces.resets,
        joules_by_device={} if joules is None else {device: joules},
        joules_by_method=by_method,
        idle_joules=float(pieces.joules[pieces.is_idle].sum()),
        idle_seconds=int(nanoseconds[pieces.is_idle].sum()) / 1e9,
        load_joules=float(pieces.joules[pieces.has_load].sum()),
        seconds=whole / 1e9,
        is_lower_bound=not pieces.is_covered.all(),
        implausible=pieces.implausible,
        ambiguous=pieces.ambiguous,
    )


def _columns(samples: Sequence[Sample]) -> tuple[Integers, Integers, Integers, NDArray[np.float64]]:
    # A driver's largest numbers are its words for no reading.
    counters = [NONE if (n := one.counter_mj) is None or n > _MOST else n for one in samples]
    powers = [NONE if (n := one.power_mw) is None or n > _MOST else n for one in samples]
    loads = [math.nan if one.utilization_percent is None else one.utilization_percent for one in samples]
    return (
        np.array([one.time_ns for one in samples], np.int64),
        np.array(counters, np.int64),
        np.array(powers, np.int64),
        np.array(loads, np.float64),
    )


def _summed(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for part in parts:
        for name, value in part.items():
            totals[name] = totals.get(name, 0.0) + value
    return totals
