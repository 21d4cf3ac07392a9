"""A fake NVIDIA driver that the unmodified nvidia-ml-py talks to: a C library, and the text file that it reads.

In this process: ``driver.load(monkeypatch)``. In another: ``env={**os.environ, **driver.environment}``. The fixture
``driver`` gives one without GPUs::

    driver.add(counter=5_000, power=300_000, load=90)   # GPU 0, millijoules and milliwatts
    driver.set(0, counter=Fault(15))                    # it is lost, as far as the counter goes
    driver.set(0, power=200_000, **running(0))          # its counter grows at 200 W of real time from 0 mJ
    driver.tell(init=Fault(18))                         # the driver as a whole
"""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).with_name("fake_nvml.c")
LIBRARY = "libnvidia-ml.so.1"
LOST, MISMATCH, UNKNOWN, NO_PERMISSION, NOT_SUPPORTED, DRIVER_NOT_LOADED = 15, 18, 999, 4, 3, 9


@dataclass(frozen=True)
class Fault:
    """An answer that is NVML's error of this number."""

    code: int

    def __str__(self) -> str:
        return f"!{self.code}"


def compiled(folder: Path) -> Path:
    """The library, built with the compiler of this machine: ``CC``, or ``cc``."""
    compiler = shlex.split(os.environ.get("CC") or "cc")
    if shutil.which(compiler[0]) is None:
        pytest.fail(
            f"These tests build a small C library, and there is no compiler named {compiler[0]!r}. "
            "Install one (Debian: apt-get install gcc libc6-dev), or set CC to its name.",
            pytrace=False,
        )
    path = folder / LIBRARY
    options = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(path), str(SOURCE), "-ldl"]
    done = subprocess.run([*compiler, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


def running(counter: int = 0) -> dict[str, str]:
    """A counter in mJ that grows from now on by the power that is set, in real time."""
    return {"counter": f"{counter}@{time.clock_gettime_ns(time.CLOCK_MONOTONIC)}"}


class FakeDriver:
    """What the driver says, by the keys of the C file; a change holds from the next call on, in all processes."""

    def __init__(self, library: Path, folder: Path) -> None:
        self.folder = folder
        self._driver: dict[str, Any] = {}
        self._gpus: list[dict[str, Any]] = []
        folder.mkdir(parents=True, exist_ok=True)
        # A copy: each driver reads the file beside its own library.
        shutil.copy(library, folder / LIBRARY)
        self._write()

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs that shall find this driver."""
        return {"LD_LIBRARY_PATH": str(self.folder)}

    def load(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Be the driver of this process until the test ends."""
        import pynvml

        monkeypatch.setattr(pynvml, "nvmlLib", ctypes.CDLL(str(self.folder / LIBRARY)))
        monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})

    def add(self, **values: Any) -> int:
        """One more GPU, an H100 unless ``uuid`` and ``name`` say otherwise; gives its number."""
        number = len(self._gpus)
        uuid = f"GPU-{number:08x}-0000-4000-8000-{number:012x}"
        self._gpus.append({"uuid": uuid, "name": "NVIDIA H100 80GB HBM3", "limit": 700_000, "processes": "", **values})
        self._write()
        return number

    def uuid(self, gpu: int) -> str:
        """The identity of a GPU."""
        return str(self._gpus[gpu]["uuid"])

    def set(self, gpu: int, **values: Any) -> None:
        """Change what a GPU says; None for what it does not know."""
        self._gpus[gpu].update(values)
        self._write()

    def tell(self, **values: Any) -> None:
        """Change what the driver says of itself, as ``init=Fault(18)``."""
        self._driver.update(values)
        self._write()

    def calls(self) -> list[str]:
        """The functions that were called since the call before, which has to be made once to begin with."""
        log = self.folder / "calls"
        found = log.read_text().split() if log.exists() else []
        log.write_text("")
        return found

    def _write(self) -> None:
        lines = [f"{key} {value}" for key, value in self._driver.items() if value is not None]
        for gpu in self._gpus:
            lines += ["gpu", *(f"{key} {value}" for key, value in gpu.items() if value is not None)]
        new = self.folder / "state.new"
        new.write_text("".join(f"{line}\n" for line in lines))
        new.replace(self.folder / "state")
