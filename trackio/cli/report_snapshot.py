"""What `trackio report` takes on snapshots and citations, and what it says of them."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from trackio.cli.credits import credit
from trackio.cli.text import plain, size
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.report.build import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--snapshot``, ``--prune-snapshots`` and ``--author``."""
    parser.add_argument(
        "--snapshot",
        metavar="NAME|auto",
        help="keep the report as the next of v1/, v2/, ..., which never change, under this label; auto does so where "
        "the data changed since the last",
    )
    parser.add_argument(
        "--prune-snapshots",
        metavar="N|v1,v2",
        help="remove snapshots: all but the newest N, or those named",
    )
    parser.add_argument(
        "--author",
        action="append",
        metavar="NAME",
        help="whom citations name; repeat for more (default: what trackio.toml or CITATION.cff says)",
    )


def resolve(args: argparse.Namespace) -> dict[str, Any]:
    """The options of a report that these stand for; raises UsageError."""
    for option in ("snapshot", "prune_snapshots"):
        for other in ("single_file", "serve"):
            if getattr(args, option) is not None and getattr(args, other):
                reason = "one file has no folder for them" if other == "single_file" else "a preview shows the latest"
                raise UsageError(
                    f"--{option.replace('_', '-')} and --{other.replace('_', '-')} exclude each other: {reason}. "
                    "Build a folder: trackio report --snapshot auto."
                )
    return {"snapshot": args.snapshot, "prune_snapshots": args.prune_snapshots, "credit": credit(args.author)}


def document(report: Report) -> dict[str, Any]:
    """What ``--json`` says of snapshots."""
    kept = report.kept
    return {
        "snapshot": None
        if kept is None
        else {**kept.snapshot.stated(), "new_bytes": kept.new_bytes, "shared_bytes": kept.shared_bytes},
        "snapshots": [one.name for one in report.snapshots],
        "pruned_snapshots": [one.name for one in report.dropped],
    }


def sentences(report: Report, pages: str | None = None) -> list[str]:
    """What there is to say of snapshots; ``pages`` is the address of a report that was published."""

    def place(name: str) -> str:
        return f"{report.path / name}" if pages is None else f"{pages}{name}/index.html"

    found = []
    if report.kept is not None:
        shared = f", {size(report.kept.shared_bytes)} shared with earlier ones" if report.kept.shared_bytes else ""
        name = report.kept.snapshot.name
        found.append(
            f"{place(name)}: snapshot {report.kept.snapshot.title}, {size(report.kept.new_bytes)} more{shared}."
        )
    elif report.same is not None:
        found.append(f"{place(report.same.name)}: snapshot {report.same.title} has this data already.")
    if report.dropped:
        found.append(f"Removed for good: {', '.join(one.title for one in report.dropped)}.")
    return found


def warn(report: Report) -> None:
    """Say on standard error what is wrong with snapshots."""
    for text in report.damage:
        print(f"trackio: {plain(text)}", file=sys.stderr)
