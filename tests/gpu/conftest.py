"""These tests measure a real GPU. Without one they end at once, in words and with an error: nothing is skipped."""

from __future__ import annotations

import pytest

from trackio.system import nvidia


def pytest_sessionstart() -> None:
    reader = nvidia.reader()
    if not reader.devices:
        pytest.exit(
            f"make test-gpu needs a machine with an NVIDIA GPU and its driver: {reader.missing['gpu']}.", returncode=1
        )
    for device in reader.devices:
        print(f"GPU {device.index}: {device.name}, {(device.power_limit_mw or 0) / 1000:g} W at most")
