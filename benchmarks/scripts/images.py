"""Microseconds a call of `log()` that is given many images. Arguments: how many images a step, how many steps.

The images are made before, as a loop has them; what `log()` leaves to other threads goes on while the next are made.
"""

from __future__ import annotations

import time

import numpy as np
from adapters import chosen, percentile, report

adapter, folder, [width, count] = chosen()
adapter.start(folder, "run")
noise = np.random.default_rng(0)
took = []
for step in range(int(count)):
    images = [adapter.image(noise.integers(0, 256, (64, 64, 3), np.uint8)) for _ in range(int(width))]
    row = {"images": images, "loss": 1.0 / (step + 1.37)}
    began = time.perf_counter_ns()
    adapter.log(row, step)
    took.append(time.perf_counter_ns() - began)
began = time.perf_counter()
adapter.finish()
seconds = time.perf_counter() - began
took.sort()
report(p50_ms=percentile(took, 0.50) / 1e6, p99_ms=percentile(took, 0.99) / 1e6, finish_seconds=seconds)
