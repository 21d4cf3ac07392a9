"""Seconds from before `init` to after `finish` for a run of so many rows, the import left out.

Arguments: how many floats a row, how many rows. Also reports the peak of resident memory of the process; the harness
watches its children's.
"""

from __future__ import annotations

import resource
import time

from adapters import chosen, report, row

adapter, folder, [width, count] = chosen()
adapter.load()
began = time.perf_counter()
adapter.start(folder, "run")
for step in range(int(count)):
    adapter.log(row(int(width), step), step)
adapter.finish()
seconds = time.perf_counter() - began
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report(seconds=seconds, peak_mb=own * 1024 / 1e6)
