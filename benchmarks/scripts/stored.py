"""What a finished or killed run left: points that can be read back, and megabytes on disk. Argument: a metric."""

from __future__ import annotations

from adapters import chosen, report

adapter, folder, [metric] = chosen()
points = adapter.points(folder, metric)
report(points=points, disk_mb=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6)
