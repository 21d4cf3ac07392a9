"""Seconds to read every point of one metric of one run as arrays (or what comes nearest). Argument: the metric."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from adapters import PROJECT, chosen, report


def ours(folder: Path, metric: str) -> int:
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio

    return len(trackio.Api().project(PROJECT).run("run").metric(metric).value)


def trackio_043(folder: Path, metric: str) -> int:
    os.environ["TRACKIO_DIR"] = str(folder)
    from trackio.sqlite_storage import SQLiteStorage

    rows: list[dict[str, Any]] = SQLiteStorage.get_logs(PROJECT, "run")
    return len([row[metric] for row in rows])


READERS = {"Ours": ours, "Trackio": trackio_043}

adapter, folder, [metric] = chosen()
adapter.load()
reader = READERS[type(adapter).__name__]
began = time.perf_counter()
points = reader(folder, metric)
report(seconds=time.perf_counter() - began, points=points)
