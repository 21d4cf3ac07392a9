"""A run and sensors for tests of the sampler: they keep what they are told, and wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from trackio.energy.records import Device, Kind
from trackio.system.meter import Makers, Reading
from trackio.tracking.faults import Faults

GPU = Device("GPU-1", "gpu", "NVIDIA H200", index=0, power_limit_mw=700_000)
PACKAGE = Device("cpu/package-0", "cpu", "AMD EPYC 9654", scope="package", counter_range_mj=65_532_610)


class Journal:
    """Takes what a run takes until it is over; a test may wait until there is as much as it needs."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.events: list[dict[str, Any]] = []
        self.metrics: list[Mapping[str, float]] = []
        self.is_over = False
        self._changed = threading.Condition()

    def take(self, event: str, /, **fields: Any) -> bool:
        with self._changed:
            if not self.is_over:
                self.events.append({"event": event, **fields})
                self._changed.notify_all()
            return not self.is_over

    def take_system(self, metrics: Mapping[str, float]) -> bool:
        with self._changed:
            if not self.is_over:
                self.metrics.append(metrics)
                self._changed.notify_all()
            return not self.is_over

    def until(self, condition: Callable[[Journal], bool]) -> None:
        """Wait until it holds of what was taken."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), 20)

    def named(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == event]

    @property
    def order(self) -> list[str]:
        return [one["event"].removeprefix("energy_") for one in self.events]


class Sensors:
    """A reader whose counters grow by a joule a reading; what else it says is set."""

    def __init__(self, *devices: Device, missing: Mapping[Kind, str] | None = None, start: int = 1_000) -> None:
        self.devices, self.missing = devices, missing or {}
        self.told: list[tuple[int, str]] = []
        self.is_closed = False
        self._counters: Iterator[int] = count(start, 1_000)

    def read(self) -> list[Reading]:
        counter = next(self._counters)
        return [(counter + number, 300_000, 97.0) for number in range(len(self.devices))]

    def notes(self) -> list[tuple[int, str]]:
        told, self.told = self.told, []
        return told

    def close(self) -> None:
        self.is_closed = True


def nothing(kind: Kind) -> Sensors:
    """Sensors of a part that is not there."""
    return Sensors(missing={kind: f"there is no {kind}"})


def made(gpu: Callable[[], Any] | None = None, cpu: Callable[[], Any] | None = None) -> Callable[[], Makers]:
    """What makes the sensors of both parts, of which there are none by default."""
    return lambda: {"gpu": gpu or (lambda: nothing("gpu")), "cpu": cpu or (lambda: nothing("cpu"))}
