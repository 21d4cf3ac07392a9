"""Measures every claim beside its peers and writes benchmarks/RESULTS.md.

python benchmarks/bench.py                  every claim: 45 minutes, on a machine that does nothing else
python benchmarks/bench.py log killed       these alone, printed
python benchmarks/bench.py --quick          small sizes, printed: shows that it works, measures nothing
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

import peers
from arriving import CLAIMS as ARRIVING
from following import CLAIMS as FOLLOWING
from harness import Result, machine, measured, misses, table
from importing import CLAIMS as IMPORTING
from measuring import CLAIMS as MEASURING
from pages import CLAIMS as PAGES
from recording import CLAIMS as RECORDING
from reporting import CLAIMS as REPORTING
from sending import CLAIMS as SENDING

CLAIMS = (*RECORDING, *ARRIVING, *MEASURING, *IMPORTING, *REPORTING, *PAGES, *SENDING, *FOLLOWING)
RESULTS = Path(__file__).resolve().parent / "RESULTS.md"


def main() -> int:
    """Measure what the command line names, or everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[claim.name for claim in CLAIMS] + [[]], metavar="claim")
    parser.add_argument("--quick", action="store_true", help="small sizes that only show that it works")
    options = parser.parse_args()
    chosen = [claim for claim in CLAIMS if not options.names or claim.name in options.names]
    results = [measured(claim, is_quick=options.quick) for claim in chosen]
    page = written(results)
    if options.names or options.quick:
        print(page)
    else:
        RESULTS.write_text(page, "utf-8")
        print(f"Wrote {RESULTS.name}")
    missed = [] if options.quick else [line for result in results for line in misses(result)]
    for line in missed:
        print(line, file=sys.stderr)
    return 1 if missed else 0


def written(results: list[Result]) -> str:
    """The page of results."""
    named = [
        peer
        for peer in (*peers.PEERS, *peers.READERS, *peers.METERS, peers.OURS)
        if any(peer in result.figures for result in results)
    ]
    versions = ", ".join(f"{peer} ({peers.version(peer)})" for peer in named)
    today = dt.datetime.now(dt.timezone.utc).date()
    head = [
        "# Results",
        "",
        f"`make bench` wrote this on {today}: {machine()}. Medians of several runs; each package in an environment of",
        "its own, on the same disk, one after another. Machines differ: read the ratios.",
        "",
        f"Versions: {versions}.",
        "",
    ]
    return "\n".join(head + [table(result) for result in results])


if __name__ == "__main__":
    sys.exit(main())
