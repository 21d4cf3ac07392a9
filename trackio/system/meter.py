"""What reads energy: one reader a maker of sensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from trackio.energy.records import Device, Kind

Reading: TypeAlias = tuple[int | None, int | None, float | None]
"""``(counter_mj, power_mw, utilization_percent)`` of one device, None where a sensor gave nothing."""


class Reader(Protocol):
    """One maker's sensors. Nothing that it does raises: what cannot be read is None, and ``missing`` says why."""

    @property
    def devices(self) -> tuple[Device, ...]:
        """Those that answered when the reader was made; their places are what ``read`` and ``notes`` go by."""

    @property
    def missing(self) -> Mapping[Kind, str]:
        """Why a kind of device is not measured, in words that tell what to do where something can be done."""

    def read(self) -> list[Reading]:
        """Read all devices now, one reading each in the order of ``devices``."""

    def notes(self) -> list[tuple[int, str]]:
        """What came up since the call before: a device's place and a word of ``energy.records.NOTES``."""

    def close(self) -> None:
        """Give the sensors back."""
