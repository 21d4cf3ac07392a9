"""Holds real training runs of GPT-2 to the record before them, as a job of continuous integration would.

    python examples/gate.py path/to/nanogpt-speedrun

The folder is that of ``nanogpt_speedrun.py``. The speedrun asks for a validation loss of 3.28 in as little time as can
be. The baseline is a record with many runs of one code, whose spread says how much of a difference is chance; the run
that is checked belongs to a later record.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nanogpt_speedrun import PROJECT, record

from trackio.cli.main import main as trackio

BASELINE, CHANGE = "2025-10-24_NorMuon", "2026-03-06_SimplifyHC"

RULES = (
    "val/loss <= baseline + 2 * seeds.std",
    "val/loss at step 0 within 1% of baseline",
    "train_time_s < baseline",
    "config.gpu_count == 8",
)
WARNINGS = (
    # Each run by itself may miss the target by chance; the record is a mean.
    "val/loss <= 3.28",
    # The logs of the speedrun have no energy, and what nobody measured is not held to be small.
    "energy.kwh <= 0.5",
)


def main() -> int:
    """Record both groups, report, and check; the exit code is that of the check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path, help="folder with runs.csv and points.parquet")
    parser.add_argument("--output", type=Path, default=Path("gate"), help="folder of the report")
    options = parser.parse_args()
    count = record(options.logs, groups=(BASELINE, CHANGE))
    print(f"Recorded {count} runs.", flush=True)
    words = ["--project", PROJECT, "--baseline", f"group:{BASELINE}"]
    words += [word for rule in RULES for word in ("--rule", rule)]
    words += [word for rule in WARNINGS for word in ("--warn", rule)]
    code = trackio(["report", "--ci", "--output", str(options.output), "--quiet", *words])
    return code or trackio(["check", "--junit", str(options.output / "junit.xml"), *words])


if __name__ == "__main__":
    raise SystemExit(main())
