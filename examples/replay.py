"""Replays real trainings, so that there is something to watch: three runs of the NanoGPT speedrun, side by side.

    python examples/replay.py path/to/nanogpt-speedrun &
    trackio show --project replay

or, to a server on this or another machine:

    python examples/replay.py path/to/nanogpt-speedrun --server http://127.0.0.1:7860 &

The folder is that of examples/nanogpt_speedrun.py. ``--rate`` is how many lines of each log go by in a second.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import pandas as pd
from nanogpt_speedrun import Names, rows

import trackio

PROJECT = "replay"
GOAL = 3.28
"""The validation loss that the speedrun is about."""


def main() -> None:
    """Replay until all are done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path, help="folder with runs.csv and points.parquet")
    parser.add_argument("--runs", type=int, default=3, help="how many runs go on at once")
    parser.add_argument("--rate", type=float, default=50, help="lines a second")
    parser.add_argument("--server", help="the address of a trackio server to log to")
    options = parser.parse_args()
    replay(options.logs, options.runs, options.rate, options.server)


def replay(logs: Path, count: int, rate: float, server: str | None) -> None:
    """Log the first runs of the data set line by line, and say so when one of them is there."""
    points = dict(iter(pd.read_parquet(logs / "points.parquet").groupby(["group", "run"], sort=False)))
    names = Names()
    going = []
    for run in pd.read_csv(logs / "runs.csv").head(count).to_dict("records"):
        config = {key: value for key, value in run.items() if key not in {"group", "run"} and not pd.isna(value)}
        recording = trackio.init(
            project=PROJECT,
            name=names.next(run["group"]),
            group=run["group"],
            config=config,
            server_url=server,
            reinit="create_new",
        )
        going.append((recording, rows(points[run["group"], run["run"]])))
    while going:
        began = time.monotonic()
        for one in list(going):
            recording, lines = one
            line = next(lines, None)
            if line is None:
                recording.finish()
                going.remove(one)
                continue
            step, metrics = line
            recording.log(metrics, step=step)
            if metrics.get("val/loss", math.inf) <= GOAL:
                recording.alert(
                    "Goal reached", f"val/loss is {metrics['val/loss']:.3f}", level="INFO", wait_duration=600
                )
        time.sleep(max(0.0, 1 / rate - (time.monotonic() - began)))


if __name__ == "__main__":
    main()
