"""Logs 2,000 rows of five floats and is killed by SIGKILL the moment the last `log()` has returned."""

from __future__ import annotations

import os
import signal

from adapters import chosen, row

adapter, folder, [count] = chosen()
adapter.start(folder, "run")
for step in range(int(count)):
    adapter.log(row(5, step), step)
os.kill(os.getpid(), signal.SIGKILL)
