"""A run that goes on for as long as it is asked to log. Argument: how many metrics a row.

Each line on standard input, `COUNT SECONDS`, asks for so many rows with a pause before each; the answer is the moment
at which the last `log()` was called. The last value of each such order lies beyond all others, above and below in turn,
so that the picture changes however many points it has.
"""

from __future__ import annotations

import random
import sys
import time

from adapters import chosen

adapter, folder, [width] = chosen()
adapter.start(folder, "run")
noise = random.Random(0)
step, beyond = 0, 4.0
print("ready", flush=True)
for line in sys.stdin:
    count, seconds = line.split()
    for left in reversed(range(int(count))):
        time.sleep(float(seconds))
        level = 1.0 + noise.gauss(0, 0.1) if left else beyond
        row = {f"loss_{i}": level + i / 10 for i in range(int(width))}
        moment = time.time()
        adapter.log(row, step)
        step += 1
    beyond *= -1.2
    print(moment, flush=True)
adapter.finish()
