"""The claim on what it costs to measure energy and the machine while a training goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import peers
from harness import Absent, Claim, Measure, Measures, script

DRIVER = Path(__file__).resolve().parents[1] / "tests" / "system" / "fake_nvml.c"
LIBRARY = "libnvidia-ml.so.1"


def overhead(peer: str, folder: Path, is_quick: bool) -> Measures:
    seconds = 2 if is_quick else 60
    bare = script(peer, "overhead", _sub(folder, "bare"), seconds, "-")
    found = {"none": bare["percent"]}
    for name, count in (("one", 1), ("eight", 8)):
        driver = _driver(_sub(folder, f"driver-{name}"), count)
        variables = {"LD_LIBRARY_PATH": str(driver)}
        measures = script(peer, "overhead", _sub(folder, name), seconds, driver, variables=variables)
        found |= {name: measures["percent"], f"{name}_calls": measures["calls_a_minute"]}
    return found


def _driver(folder: Path, count: int) -> Path:
    """The tests' fake NVIDIA driver with so many GPUs, which notes how often it is asked."""
    compiler = shutil.which(os.environ.get("CC") or "cc")
    if compiler is None:
        raise Absent("no C compiler for the fake driver")
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", folder / LIBRARY, DRIVER, "-ldl"], check=True)
    gpu = "gpu\nname NVIDIA H100 80GB HBM3\nlimit 700000\npower 300000\nload 90\nprocesses \n"
    (folder / "state").write_text(
        "".join(f"{gpu}uuid GPU-{n:08x}-0000-4000-8000-{n:012x}\ncounter {n}@0\n" for n in range(count))
    )
    (folder / "calls").touch()
    return folder


def _sub(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


CLAIMS = (
    Claim(
        "overhead",
        "What measuring costs",
        "Processor time of a process that has begun a run and then only waits for 60 s, with all its threads and "
        "helper processes, in percent of one core: without a GPU, and with the tests' fake NVIDIA driver, which reads "
        "a small file for each answer where a real one asks the device. This project also reads the counters of two "
        "processors and their memories there, each second; the others read as often as they do by default. How often "
        "the driver was asked in a minute shows who reads how much: who never asks has not measured it.",
        (
            Measure("none", "no GPU, %", "{:.2f}", 0.5, has_ratio=False),
            Measure("one", "1 GPU, %", "{:.2f}", 0.5, has_ratio=False),
            Measure("one_calls", "calls a minute", "{:.0f}", has_ratio=False),
            Measure("eight", "8 GPUs, %", "{:.2f}", 0.5, has_ratio=False),
            Measure("eight_calls", "calls a minute", "{:.0f}", has_ratio=False),
        ),
        overhead,
        ("trackio 0.43", "wandb", "codecarbon", peers.OURS),
        repeat=1,
    ),
)
