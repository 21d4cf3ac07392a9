"""One of several processes that log into one project. Arguments: its number, how many rows, the moment to begin."""

from __future__ import annotations

from adapters import chosen, row, wait_until

adapter, folder, [number, count, moment] = chosen()
adapter.load()
wait_until(float(moment))
adapter.start(folder, f"run-{number}")
for step in range(int(count)):
    adapter.log(row(5, step), step)
adapter.finish()
