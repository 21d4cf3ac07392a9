"""Milliseconds a call of `log()` that is given many images. Arguments: how many images a step, how many steps.

The images are made before the call, as a loop has them, and in every step the thread waits for 50 ms, as it does for a
device that trains. That is less than the images take to encode, so they pile up, and `finish()` does the rest.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from adapters import Ours, chosen, percentile, report

adapter, folder, [width, count] = chosen()
assert isinstance(adapter, Ours)
adapter.start(folder, "run")
noise = np.random.default_rng(0)
took = []
for step in range(int(count)):
    images = [adapter.image(noise.integers(0, 256, (64, 64, 3), np.uint8)) for _ in range(int(width))]
    row: dict[str, Any] = {"images": images, "loss": 1.0 / (step + 1.37)}
    began = time.perf_counter_ns()
    adapter.log(row, step)
    took.append(time.perf_counter_ns() - began)
    time.sleep(0.05)
ended = time.perf_counter()
adapter.finish()
seconds = time.perf_counter() - ended
took.sort()
report(p50_ms=percentile(took, 0.50) / 1e6, p99_ms=percentile(took, 0.99) / 1e6, finish_seconds=seconds)
