"""What is to be measured, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from trackio.system.meter import Part
from trackio.system.probes import Probe
from trackio.tracking.faults import Faults


class Subject(Protocol):
    """A run, as far as it is measured."""

    @property
    def faults(self) -> Faults:
        """Where faults are told."""

    def take(self, event: str, /, **fields: Any) -> bool:
        """Append an event; False when the run is over."""

    def take_system(self, metrics: Mapping[str, float]) -> bool:
        """Append metrics of the machine; False when the run is over."""


@dataclass(frozen=True)
class Display:
    """Metrics that are logged at an interval, in seconds. ``find`` makes the probe, or None where there is nothing."""

    find: Callable[[], Probe | None]
    seconds: float


@dataclass(frozen=True)
class Wish:
    """What is to be measured for a run."""

    parts: frozenset[Part]
    """Whose energy."""
    displays: tuple[Display, ...] = ()
    demanded: frozenset[Part] = frozenset()
    """Parts that the script insists on: when there is none of them, it is told."""


def labelled(find: Callable[[], Probe | None], label: str) -> Callable[[], Probe | None]:
    """A probe whose metrics bear a label, such as ``rank/1``: ``system/rank/1/cpu_percent``."""

    def labelling() -> Probe | None:
        read = find()
        if read is None:
            return None
        return lambda: {f"system/{label}/{name.removeprefix('system/')}": value for name, value in read().items()}

    return labelling
