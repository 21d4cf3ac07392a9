"""Records runs whose curves look like losses: a decay with noise. Arguments: how many runs, metrics a row, and rows.

A fourth is the number of the first run.
"""

from __future__ import annotations

import math
import random

from adapters import chosen

adapter, folder, [runs, width, count, *first] = chosen()
adapter.load()
for run in range(int(*first), int(*first) + int(runs)):
    noise = random.Random(run)
    adapter.start(folder, f"run-{run}")
    for step in range(int(count)):
        level = 0.5 + 2.5 * math.exp(-step / (0.2 * int(count))) + 0.1 * run
        adapter.log({f"loss_{i}": level + i + noise.gauss(0, 0.05) for i in range(int(width))}, step)
    adapter.finish()
