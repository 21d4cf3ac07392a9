"""The clock of readings, and the start of the machine that it counts from."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from trackio.system import boot


def test_all_processes_of_a_machine_share_its_boot_and_its_clock() -> None:
    code = "from trackio.system import boot; print(boot.boot_id(), boot.clock_ns())"
    before = boot.clock_ns()
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert told[0] == boot.boot_id()
    assert before < int(told[1]) < boot.clock_ns()


def test_without_an_id_a_boot_is_told_by_its_host_and_its_start(tmp_path: Path) -> None:
    now, up_ns = 1_763_640_000.0, 5_000 * 10**9
    first = boot.fallback(now, up_ns)
    assert first == boot.fallback(now + 100, up_ns + 100 * 10**9)
    assert first != boot.fallback(now + 100_000, up_ns)
    assert (len(first), first.isalnum()) == (32, True)


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_an_id_that_cannot_be_read_is_none(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "boot_id"
    if content is not None:
        path.write_bytes(content)
    assert boot._linux(path) is None


def test_the_clock_is_the_monotonic_one() -> None:
    if not hasattr(time, "clock_gettime_ns"):
        pytest.skip("this system has no other")
    assert abs(boot.clock_ns() - time.clock_gettime_ns(time.CLOCK_MONOTONIC)) < 10**9
