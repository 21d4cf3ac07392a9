"""Seconds to read every point of one metric of one run as arrays (or what comes nearest). Argument: the metric."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

from adapters import PROJECT, chosen, report


def ours(metric: str) -> int:
    import trackio

    return len(trackio.Api().project(PROJECT).run("run").metric(metric).value)


def trackio_043(metric: str) -> int:
    storage = import_module("trackio.sqlite_storage").SQLiteStorage
    rows: list[dict[str, Any]] = storage.get_logs(PROJECT, "run")
    return len([row[metric] for row in rows])


READERS = {"Ours": ours, "Trackio": trackio_043}

adapter, _, [metric] = chosen()
adapter.load()
# What either side leans on is loaded before: a reader's own process has it in use long since.
import_module("numpy")
import_module("pyarrow.parquet")
reader = READERS[type(adapter).__name__]
began = time.perf_counter()
points = reader(metric)
report(seconds=time.perf_counter() - began, points=points)
