"""What a script wants measured for a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, TypeAlias

from trackio.errors import UsageError
from trackio.system import here, probes
from trackio.system.meter import KINDS, Part
from trackio.system.probes import Probe
from trackio.system.wish import Display, Wish, labelled

_SHORTEST_SECONDS, _LONGEST_SECONDS = 1e-3, 1e9
"""Between them an interval leaves time for training, and locks can wait for it."""

Sampling: TypeAlias = Mapping[str, tuple[bool | None, Any]]
"""For each ``Part`` what ``auto_log_*`` says, and ``*_log_interval`` in seconds."""


def wish(sampling: Sampling, every: Any, label: str | None) -> Wish | None:
    """What is measured; None when all is switched off. Raises UsageError for an interval that is none.

    ``every`` goes before the intervals when it says something. A ``label``, such as ``rank/1``, stands in the names of
    metrics: ``system/rank/1/cpu_percent``.
    """
    parts = [part for part in KINDS if part in sampling and sampling[part][0] is not False]
    if not parts:
        return None
    displays = []
    for part in parts:
        find = _FINDERS[part] if label is None else labelled(_FINDERS[part], label)
        name, seconds = f"{part}_log_interval", sampling[part][1]
        if every is not None:
            name, seconds = "x_stats_sampling_interval", every
        displays.append(Display(find, _seconds(name, seconds)))
    # Every machine has a processor: only a GPU may be missed.
    demanded = frozenset(part for part in parts if part == "gpu" and sampling[part][0] is True)
    return Wish(frozenset(parts), tuple(displays), demanded)


def _machine() -> Probe | None:
    return probes.machine()


def _gpus() -> Probe | None:
    return here.gpus()


_FINDERS: Mapping[Part, Callable[[], Probe | None]] = {"cpu": _machine, "gpu": _gpus}


def _seconds(name: str, value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = 0.0
    if not isfinite(found) or found <= 0:
        raise UsageError(f"{name}={value!r} is no number of seconds above 0.")
    return min(max(found, _SHORTEST_SECONDS), _LONGEST_SECONDS)
