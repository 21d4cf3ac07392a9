"""Records 665 real training runs of GPT-2, the NanoGPT speedrun's own logs, and builds their report.

    python examples/nanogpt_speedrun.py path/to/nanogpt-speedrun

The folder holds ``runs.csv`` (a row a run: group, run, num_iterations, ...) and ``points.parquet`` (a row a line of the
logs: group, run, step, split, loss, train_time_s, step_avg_ms), parsed from the public repository
KellerJordan/modded-nanogpt. Each group is a record of the speedrun; several have dozens of runs of the same code.
The report goes to ``examples/site``, where ``examples/blog.html`` looks for it.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

import trackio
from trackio.report.build import Options, build
from trackio.report.gather import Selection

PROJECT = "nanogpt-speedrun"


def main() -> None:
    """Record the logs, then build the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path, help="folder with runs.csv and points.parquet")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("site"), help="folder of the report")
    parser.add_argument("--runs", type=int, help="record this many runs only")
    parser.add_argument("--record-only", action="store_true", help="build no report")
    options = parser.parse_args()
    count = record(options.logs, options.runs)
    print(f"Recorded {count} runs.")
    if not options.record_only:
        report = build(Options(output=options.output, selection=Selection(projects=(PROJECT,))))
        print(f"Built {report.charts} charts of {report.runs} runs: {report.path / 'index.html'}")


def record(logs: Path, limit: int | None = None, groups: Collection[str] | None = None) -> int:
    """Log every run of the data set, or of some groups, as it was logged then, in their order; how many there were."""
    points = dict(iter(pd.read_parquet(logs / "points.parquet").groupby(["group", "run"], sort=False)))
    runs = pd.read_csv(logs / "runs.csv")
    runs = (runs if groups is None else runs[runs["group"].isin(list(groups))]).head(limit)
    names = Names()
    for run in runs.to_dict("records"):
        config = {key: value for key, value in run.items() if key not in {"group", "run"} and not pd.isna(value)}
        with trackio.init(
            project=PROJECT,
            name=names.next(run["group"]),
            id=f"{run['group']}/{run['run']}",
            group=run["group"],
            config=config,
            auto_log_cpu=False,
            auto_log_gpu=False,
        ) as recording:
            for step, metrics in rows(points[run["group"], run["run"]]):
                recording.log(metrics, step=step)
    return len(runs)


def rows(points: pd.DataFrame) -> Iterator[tuple[int, dict[str, float]]]:
    """One row a line of the log: the loss under the name of its split, the clock, and the speed where it was told."""
    for point in points.itertuples():
        metrics: dict[str, Any] = {f"{point.split}/loss": point.loss, "train_time_s": point.train_time_s}
        if not math.isnan(point.step_avg_ms):
            metrics["step_avg_ms"] = point.step_avg_ms
        yield int(point.step), metrics


class Names:
    """Readable names of runs: the record's title and a number."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def next(self, group: str) -> str:
        """``Muon-2`` for the second run of ``2024-10-10_Muon``: a group begins with its date."""
        title = group[len("2024-10-10_") :]
        self.counts[title] += 1
        return f"{title}-{self.counts[title]}"


if __name__ == "__main__":
    main()
