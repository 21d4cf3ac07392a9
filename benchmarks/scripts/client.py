"""One of many clients of a server, which TRACKIO_SERVER_URL names. Arguments: its number, how many rows, the pause.

It says `ready` once its run has begun, and logs when it is sent a line, with a pause of so many seconds after each row.
"""

from __future__ import annotations

import sys
import time

from adapters import chosen, row

adapter, folder, [number, count, pause] = chosen()
rows = [row(5, step) for step in range(int(count))]
adapter.start(folder, f"run-{number}")
print("\nready", flush=True)
sys.stdin.readline()
for step, values in enumerate(rows):
    adapter.log(values, step)
    if float(pause):
        time.sleep(float(pause))
adapter.finish()
