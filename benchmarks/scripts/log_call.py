"""What one `log()` costs the training thread, in microseconds: median and 99th percentile.

Arguments: how many floats a row, how many rows. The rows are made beforehand. One in a thousand calls pauses for a
millisecond, so that a background thread gets its turn as it does in training.
"""

from __future__ import annotations

import time

from adapters import chosen, percentile, report, row

adapter, folder, [width, count] = chosen()
rows = [row(int(width), step) for step in range(int(count))]
adapter.start(folder, "run")
for step in range(100):
    adapter.log(rows[step], step)
took = []
for step in range(100, len(rows)):
    began = time.perf_counter_ns()
    adapter.log(rows[step], step)
    took.append(time.perf_counter_ns() - began)
    if step % 1000 == 0:
        time.sleep(0.001)
adapter.finish()
took.sort()
report(p50_us=percentile(took, 0.50) / 1e3, p99_us=percentile(took, 0.99) / 1e3)
