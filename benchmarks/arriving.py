"""The claims on values that `log()` does not wait for: media, and what a GPU computes."""

from __future__ import annotations

from pathlib import Path

import peers
from harness import Absent, Claim, Measure, Measures, script


def images(peer: str, folder: Path, is_quick: bool) -> Measures:
    return script(peer, "images", folder, 100, 20 if is_quick else 400)


def device(peer: str, folder: Path, is_quick: bool) -> Measures:
    measures = script(peer, "device", folder, 20 if is_quick else 300)
    if not measures["devices"]:
        raise Absent("no GPU that torch can use")
    return measures


CLAIMS = (
    Claim(
        "images",
        "A hundred images a step",
        "One call of `log()` that is given 100 images of 64 x 64 random pixels, 400 times, every 50 ms, which is "
        "faster than they can be encoded; then `finish()`, which waits until all 40,000 are stored.",
        (
            Measure("p50_ms", "log(), p50 ms", "{:.2f}"),
            Measure("p99_ms", "p99 ms", "{:.2f}", 2),
            Measure("finish_seconds", "finish(), s", "{:.1f}"),
        ),
        images,
        (peers.OURS,),
    ),
    Claim(
        "device",
        "Logging the loss of every step from a GPU",
        "Steps of a net of 34 million weights, 300 in a row, five times in turn with the other ways. `.item()` waits "
        "for the GPU in every step, `log()` of the tensor itself does not.",
        (
            Measure("bare_ms", "step without logging, ms", "{:.3f}"),
            Measure("logged_ms", "with log(), ms", "{:.3f}"),
            Measure("item_ms", "with log() of .item(), ms", "{:.3f}"),
            Measure("added_percent", "log() adds, %", "{:.1f}", 2),
            Measure("log_us", "log(), p50 us", "{:.0f}"),
        ),
        device,
        (peers.OURS,),
    ),
)
