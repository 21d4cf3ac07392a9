"""Apple silicon, through a stand-in for zeus-apple-silicon, whose real one exists on Macs alone."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from trackio.system import apple


class Monitor:
    """``AppleEnergyMonitor`` of zeus-apple-silicon 1.1: millijoules since the start, None for what the chip lacks."""

    metrics: Mapping[str, int | None] | Exception

    def get_cumulative_energy(self) -> types.SimpleNamespace:
        if isinstance(self.metrics, Exception):
            raise self.metrics
        return types.SimpleNamespace(**self.metrics)


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> type[Monitor]:
    """What the chip tells; a test changes it."""

    class Own(Monitor):
        metrics = MappingProxyType(
            {"cpu_total_mj": 5_000, "gpu_mj": 900, "gpu_sram_mj": 100, "dram_mj": 70, "ane_mj": 1}
        )

    module: Any = types.ModuleType("zeus_apple_silicon")
    module.AppleEnergyMonitor = Own
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", module)
    monkeypatch.setattr(apple, "_chip", lambda: "Apple M3 Max")
    return Own


def test_processor_graphics_and_memory_are_read(chip: type[Monitor]) -> None:
    found = apple.reader()
    assert [(device.id, device.kind, device.name, device.scope) for device in found.devices] == [
        ("cpu/apple", "cpu", "Apple M3 Max", "package"),
        ("gpu/apple", "gpu", "Apple M3 Max", "gpu"),
        ("dram/apple", "dram", "DRAM", "dram"),
    ]
    assert [reading[:2] for reading in found.read()] == [(5_000, None), (1_000, None), (70, None)]
    load = found.read()[0][2]
    assert load is not None
    assert 0 <= load <= 100
    assert (found.missing, found.notes()) == ({}, [])
    found.close()
    assert [reading[0] for reading in found.read()] == [None, None, None]


def test_only_the_kinds_that_are_asked_for_are_read(chip: type[Monitor]) -> None:
    found = apple.reader(["gpu"])
    assert [(device.kind, reading) for device, reading in zip(found.devices, found.read(), strict=True)] == [
        ("gpu", (1_000, None, None))
    ]


def test_what_the_chip_does_not_count_is_missing(chip: type[Monitor]) -> None:
    chip.metrics = {"cpu_total_mj": 5_000, "gpu_mj": None, "dram_mj": 0}
    found = apple.reader()
    assert [device.kind for device in found.devices] == ["cpu"]
    assert found.missing == dict.fromkeys(("gpu", "dram"), "this chip has no energy counter of it")


def test_half_of_an_ultra_is_not_shown_as_the_whole(chip: type[Monitor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apple, "_chip", lambda: "Apple M2 Ultra")
    found = apple.reader()
    assert [device.kind for device in found.devices] == ["gpu", "dram"]
    assert "one processor only" in found.missing["cpu"]


@pytest.mark.parametrize("error", [RuntimeError("no subscription"), ValueError("unknown unit")])
def test_counters_that_fail_give_no_reading(error: Exception, chip: type[Monitor]) -> None:
    found = apple.reader()
    chip.metrics = error
    assert found.read() == [(None, None, None)] * 3
    refused = apple.reader()
    assert refused.devices == ()
    assert str(error) in refused.missing["cpu"]


def test_without_the_library_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", None)
    found = apple.reader()
    assert (found.devices, found.read()) == ((), [])
    assert set(found.missing) == {"cpu", "gpu", "dram"}
    assert "pip install 'trackio[apple]'" in found.missing["gpu"]
