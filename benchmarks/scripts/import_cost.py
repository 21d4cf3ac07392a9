"""What `import` costs: milliseconds, and the megabytes resident afterwards."""

from __future__ import annotations

import time
from pathlib import Path

from adapters import chosen, report

adapter = chosen()[0]
began = time.perf_counter()
adapter.load()
seconds = time.perf_counter() - began
pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
report(ms=seconds * 1e3, rss_mb=pages * 4096 / 1e6)
