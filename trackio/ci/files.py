"""The files of a summary in the folder of a report: their names, and how they go."""

from __future__ import annotations

from pathlib import Path

from trackio.report.urls import ASSETS

SUMMARY = "summary.md"
METRICS = "metrics.txt"
PICTURES = f"{ASSETS}/ci"
"""No project has a folder of this name."""


def withdraw(report: Path) -> None:
    """Remove what an earlier summary left in a report whose pages have gone on since.

    Each summary has a folder of pictures; without one, files of these names are somebody else's.
    """
    folder = report / PICTURES
    if not folder.is_dir():
        return
    for path in (report / SUMMARY, report / METRICS, *folder.glob("*.png")):
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
