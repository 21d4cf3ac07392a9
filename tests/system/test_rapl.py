"""Counters of processors and memories, from a tree of files as Linux shows it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.powercap import RANGE_UJ, Powercap, locked, two_sockets
from trackio.system import rapl


@pytest.fixture
def tree() -> Iterator[Powercap]:
    # Not below pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield Powercap(folder)
    shutil.rmtree(folder)


def test_packages_and_memories_of_two_sockets_are_read_each_once(tree: Powercap) -> None:
    two_sockets(tree)
    found = tree.reader()
    assert [(device.id, device.kind, device.name, device.scope) for device in found.devices] == [
        ("cpu/package-0", "cpu", "AMD EPYC 9654 96-Core", "package"),
        ("dram/package-0", "dram", "DRAM", "dram"),
        ("cpu/package-1", "cpu", "AMD EPYC 9654 96-Core", "package"),
        ("dram/package-1", "dram", "DRAM", "dram"),
    ]
    assert {device.counter_range_mj for device in found.devices} == {RANGE_UJ // 1000}
    assert [device.power_limit_mw for device in found.devices] == [400_000, None, 400_000, None]
    assert [reading[0] for reading in found.read()] == [10**6, 10**5, 2 * 10**6, 2 * 10**5]
    assert (found.missing, found.notes()) == ({}, [])


def test_a_counter_that_starts_again_is_read_as_it_stands(tree: Powercap) -> None:
    tree.add("intel-rapl:0", "package-0", RANGE_UJ - 2_000_000)
    found = tree.reader()
    assert [reading[0] for reading in found.read()] == [(RANGE_UJ - 2_000_000) // 1000]
    tree.set("intel-rapl:0", 3_999)
    assert [reading[0] for reading in found.read()] == [3]


def test_the_load_is_that_between_two_readings(tree: Powercap) -> None:
    tree.add("intel-rapl:0", "package-0", 1)
    tree.add("intel-rapl:0:0", "dram", 1)
    found = tree.reader()
    tree.ticks(busy=30, idle=70)
    assert [reading[2] for reading in found.read()] == [30.0, None]
    assert [reading[2] for reading in found.read()] == [None, None]
    tree.ticks(busy=31, idle=170)
    assert found.read()[0][2] == 1.0
    tree.ticks(busy=0, idle=0)
    assert found.read()[0][2] is None


def test_a_processor_of_several_dies_has_a_package_each(tree: Powercap) -> None:
    for die in (0, 1):
        tree.add(f"intel-rapl:{die}", f"package-0-die-{die}", 1)
        tree.add(f"intel-rapl:{die}:0", "dram", 1)
    assert [device.id for device in tree.reader().devices] == [
        "cpu/package-0-die-0",
        "dram/package-0-die-0",
        "cpu/package-0-die-1",
        "dram/package-0-die-1",
    ]


def test_a_package_that_only_the_mirror_shows_is_read_there(tree: Powercap) -> None:
    tree.add("intel-rapl-mmio:0", "package-0", 7_000)
    found = tree.reader()
    assert ([device.id for device in found.devices], found.read()[0][0]) == (["cpu/package-0"], 7)


def test_an_amd_processor_tells_of_no_memory(tree: Powercap) -> None:
    tree.add("intel-rapl:0", "package-0", 7_000)
    tree.add("intel-rapl:0:0", "core", 5_000)
    found = tree.reader()
    assert [device.id for device in found.devices] == ["cpu/package-0"]
    assert found.missing == {"dram": "this processor has no energy counter of its memory"}


def test_counters_for_root_alone_are_not_measured_and_it_is_told_how_to_allow_it(tree: Powercap) -> None:
    two_sockets(tree)
    with locked(*tree.root.glob("*/energy_uj")):
        found = tree.reader()
    assert (found.devices, found.read(), found.missing) == ((), [], {"cpu": rapl.LOCKED, "dram": rapl.LOCKED})
    assert "sudo chmod a+r /sys/class/powercap/*/energy_uj" in rapl.LOCKED


def test_one_socket_that_cannot_be_read_is_told_and_the_other_measured(tree: Powercap) -> None:
    two_sockets(tree)
    with locked(tree.root / "intel-rapl:1/energy_uj"):
        found = tree.reader()
    assert [device.id for device in found.devices] == ["cpu/package-0", "dram/package-0", "dram/package-1"]
    assert found.missing == {"cpu": rapl.LOCKED}


@pytest.mark.parametrize("content", ["", "many", "1.5", "-7", "9" * 40, "\x00"], ids=repr)
def test_a_counter_that_is_no_number_is_not_measured(content: str, tree: Powercap) -> None:
    tree.add("intel-rapl:0", "package-0", content)
    found = tree.reader()
    assert (found.devices, found.missing["cpu"]) == ((), "its energy counter gives no number")


def test_a_counter_that_vanishes_or_breaks_later_gives_no_reading_for_so_long(tree: Powercap) -> None:
    two_sockets(tree)
    found = tree.reader()
    shutil.rmtree(tree.root / "intel-rapl:0")
    tree.set("intel-rapl:1", "many")
    assert [reading[0] for reading in found.read()] == [None, 10**5, None, 2 * 10**5]
    tree.set("intel-rapl:1", 5_000)
    assert found.read()[2][0] == 5


def test_a_machine_without_the_tree_says_so(tree: Powercap, tmp_path: Path) -> None:
    for root in (tree.root, tmp_path / "none"):
        found = rapl.reader(root, cpuinfo=tmp_path / "none", stat=tmp_path / "none")
        assert (found.devices, found.read()) == ((), [])
        assert set(found.missing) == {"cpu", "dram"}
        assert "virtual machines" in found.missing["cpu"]


def test_a_processor_without_a_name_is_one_all_the_same(tree: Powercap) -> None:
    two_sockets(tree)
    tree.cpuinfo.write_bytes(b"model name\t:\n\xff\xfe\n")
    assert tree.reader().devices[0].name == "processor"
    tree.cpuinfo.unlink()
    tree.stat.unlink()
    found = tree.reader()
    assert (found.devices[0].name, found.read()[0][2]) == ("processor", None)


def test_limits_that_are_no_number_are_none(tree: Powercap) -> None:
    folder = tree.add("intel-rapl:0", "package-0", 1, limit_uw=200_000_000)
    for file in folder.glob("constraint_*"):
        file.write_text("no limit")
    (folder / "max_energy_range_uj").unlink()
    (device,) = tree.reader().devices
    assert (device.power_limit_mw, device.counter_range_mj) == (None, None)
