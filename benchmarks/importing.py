"""The claims on bringing in what other trackers recorded."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import peers
from harness import WORK, Claim, Measure, Measures, script


def tfevents(peer: str, folder: Path, is_quick: bool) -> Measures:
    count = 20_000 if is_quick else 1_000_000
    few = script(peer, "tfevents_read", _sub(folder, "few"), _made(count // 10))
    many = script(peer, "tfevents_read", _sub(folder, "many"), _made(count))
    grown = many["peak_mb"] - few["peak_mb"]
    return {
        "seconds": many["seconds"],
        "peak_mb": many["peak_mb"],
        "grown_mb": grown,
        "lost": count - many["points"],
    }


@cache
def _made(count: int) -> Path:
    """A folder with an event file of that many scalars; made once, because that takes as long as reading it."""
    logs = WORK / f"tfevents-{count}"
    if not logs.exists():
        WORK.mkdir(exist_ok=True)
        script(peers.OURS, "tfevents_made", WORK, logs, count)
    return logs


def _sub(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


CLAIMS = (
    Claim(
        "tfevents",
        "A million points of TensorBoard",
        "An event file of a million scalars, ten at each step: tbparse reads it into a DataFrame, this project imports "
        "it into its store and writes the snapshot; the peak of memory, and how far it lies above that of a tenth of "
        "the points.",
        (
            Measure("seconds", "s", "{:.1f}", 20),
            Measure("peak_mb", "peak MB", "{:.0f}", 180),
            Measure("grown_mb", "MB above a tenth", "{:.0f}", 40, has_ratio=False),
            Measure("lost", "points lost", "{:.0f}", 0, has_ratio=False),
        ),
        tfevents,
        ("tbparse", peers.OURS),
        repeat=1,
    ),
)
