"""The claims on `trackio report`: 665 real runs, first from nothing, then unchanged, then with one run more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import peers
from harness import Claim, Measure, Measures, environment

CHECKOUT = Path(__file__).resolve().parents[1]
LOGS = Path(os.environ.get("NANOGPT_SPEEDRUN", CHECKOUT.parent / "shared" / "data" / "nanogpt-speedrun"))
"""The data set; NANOGPT_SPEEDRUN names its folder where it lies elsewhere."""

ONE_MORE = """
import trackio
with trackio.init(project="nanogpt-speedrun", name="one more", group="2026-03-06_SimplifyHC") as run:
    for step in range(0, 1500, 125):
        run.log({"val/loss": 3.3 + 7 / (step + 1)}, step=step)
"""


def nanogpt(peer: str, folder: Path, is_quick: bool) -> Measures:
    home, site = folder / "home", folder / "site"
    environ = environment() | {"TRACKIO_DIR": str(home)}
    limit = ["--runs", "20"] if is_quick else []
    example = CHECKOUT / "examples" / "nanogpt_speedrun.py"
    began = time.perf_counter()
    _run([sys.executable, example, LOGS, "--record-only", *limit], environ)
    record = time.perf_counter() - began
    report = [peers.python(peer).with_name("trackio"), "report", "--project", "nanogpt-speedrun", "--output", site]
    cold = _run(report, environ)
    unchanged = _run(report, environ)
    _run([sys.executable, "-c", ONE_MORE], environ)
    added = _run(report, environ)
    return {"record": record, "cold": cold, "unchanged": unchanged, "added": added}


def _run(command: list[object], environ: dict[str, str]) -> float:
    """Seconds that the command took."""
    began = time.perf_counter()
    done = subprocess.run([*map(str, command)], env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-300:])
    return time.perf_counter() - began


CLAIMS = (
    Claim(
        "report",
        "A report of 665 real runs",
        "`trackio report` over nanogpt-speedrun (77 groups, 326,270 points), pages and exports: into an empty folder, "
        "again with nothing changed, again with one run more. Whole processes; no other package builds one.",
        (
            Measure("record", "recording them, s", "{:.1f}"),
            Measure("cold", "cold, s", "{:.1f}", 25),
            Measure("unchanged", "unchanged, s", "{:.1f}", 2),
            Measure("added", "one run added, s", "{:.1f}", 4),
        ),
        nanogpt,
        (peers.OURS,),
        repeat=1,
    ),
)
