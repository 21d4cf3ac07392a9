"""Seconds to take in a folder of event files, the peak of memory, and how many points came out.

tbparse reads into a DataFrame; this project imports into its store, with the snapshot that reports read.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from adapters import report

peer, folder, logs = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
if peer == "ours":
    from trackio.importers import tfevents  # noqa: F401  # loaded before the clock starts
    from trackio.importers.formats import bring
    from trackio.store.home import Home

    began = time.perf_counter()
    (run,) = bring("tfevents", [logs], project="bench", home=Home(folder)).runs
    seconds = time.perf_counter() - began
    points = sum(metric.count for metric in Home(folder).project("bench").metrics(run.id))
else:
    from tbparse import SummaryReader

    began = time.perf_counter()
    points = len(SummaryReader(str(logs)).scalars)
    seconds = time.perf_counter() - began
report(seconds=seconds, peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, points=points)
