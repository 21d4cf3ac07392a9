"""A training as a script would write it: ``training.py SECONDS [idle]`` records one run of the project ``gpu``."""

from __future__ import annotations

import sys
import time

import trackio
from tests.gpu.load import Load


def train(seconds: float, *, is_idle: bool) -> None:
    """Load the GPU for so long, and log each step; or only wait."""
    with trackio.init(project="gpu", resume="allow") as run:
        load = None if is_idle else Load()
        until, step = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            if load is None:
                time.sleep(0.05)
            else:
                load.step()
            run.log({"train/global_step": step}, step=step)
            step += 1


train(float(sys.argv[1]), is_idle="idle" in sys.argv[2:])
