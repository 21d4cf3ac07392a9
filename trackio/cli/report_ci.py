"""What `trackio report` does in continuous integration: a summary with a comparison, beside the site and on its job."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.cli import rules
from trackio.cli.text import plain, size
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.ci.reporting import Prepared, Written
    from trackio.report.build import Options

_ONLY = ("run", "baseline", "rule", "warn", "seeds_tolerance", "min_coverage", "config", "comment")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--ci``, ``--comment`` and the options of rules."""
    group = parser.add_argument_group(
        "in CI", "Rules are told of here; `trackio check` ends with 1 when one is broken."
    )
    group.add_argument(
        "--ci",
        action="store_true",
        help="also write summary.md: the newest run, compared with a baseline, and add it to the page of the job",
    )
    group.add_argument("--comment", type=Path, metavar="FILE", help="also write it as a comment takes it")
    rules.add_arguments(group)


def check(args: argparse.Namespace) -> None:
    """Refuse what does not go together; raises UsageError."""
    if not args.ci:
        for name in _ONLY:
            if getattr(args, name) is not None:
                raise UsageError(f"--{name.replace('_', '-')} needs --ci beside it.")
        return
    for name in ("single_file", "serve", "space_id"):
        if getattr(args, name, None):
            raise UsageError(f"--ci and --{name.replace('_', '-')} exclude each other: CI keeps the folder.")


def prepare(args: argparse.Namespace, options: Options) -> Prepared | None:
    """Find what the summary is about, before anything is built; None without ``--ci``."""
    if not args.ci:
        return None
    from trackio.ci import reporting

    given = rules.resolve(args, are_unfinished=True)
    return reporting.prepare(options, given.asked, given.project)


def write(prepared: Prepared | None, report: Path, args: argparse.Namespace) -> Written | None:
    """Write the summary of a report that was built; without ``--ci`` an earlier one goes."""
    from trackio.ci import files

    if prepared is None:
        files.withdraw(report)
        return None
    from trackio.ci import reporting

    return reporting.write(prepared, report, args.base_url, args.comment)


def document(written: Written | None) -> dict[str, Any]:
    """What ``--json`` says of it."""
    if written is None:
        return {}
    broken = [
        {"project": checked.project, "tier": one.tier, "rule": one.rule, "reason": one.reason}
        for checked in written.checked
        for one in (*checked.failed, *checked.warned)
    ]
    comment = None if written.comment is None else str(written.comment)
    missing = [
        {"project": checked.project, "name": one.name, "reason": one.reason}
        for checked in written.checked
        for one in checked.missing
    ]
    return {"summary": str(written.summary), "comment": comment, "broken": broken, "missing": missing}


def sentences(written: Written | None) -> list[str]:
    """The same in words."""
    if written is None:
        return []
    told = [f"{plain(str(written.summary))}: {size(written.summary.stat().st_size)}."]
    if written.appended is not None:
        told.append(f"{size(written.appended)} of it are on the page of the job.")
    told += [f"{plain(str(written.comment))}: for a comment."] if written.comment is not None else []
    if not written.checked:
        told.append("No run has logged anything yet, so there is nothing to compare; trackio.log(...) starts it.")
    for checked in written.checked:
        told += [f"There is nothing to compare with: {plain(one.reason)}" for one in checked.missing]
        broken = [*checked.failed, *checked.warned]
        told += [f"{'failed' if one.tier == 'fail' else 'warned'}: {plain(one.reason or '')}" for one in broken]
    return told
