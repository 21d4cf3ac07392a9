"""``trackio scan``: secrets in what was recorded, or in the files of a folder, before anybody else sees them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.cli.allowing import add_allow, allowed
from trackio.cli.output import add_json, emit
from trackio.errors import UsageError
from trackio.store.home import Home

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers
    from trackio.publish.scan import Finding


def register(subparsers: Subparsers) -> None:
    """Add ``scan``."""
    parser = subparsers.add_parser(
        "scan",
        description="Look for tokens, keys, passwords and home folders in what was recorded, or in the files of a "
        "folder, as publishing does before it sends anything. The exit code is 1 when there are any; none is printed.",
    )
    parser.add_argument(
        "path", nargs="?", type=Path, metavar="PATH", help="a folder, such as a report; without it, what was recorded"
    )
    parser.add_argument("--project", action="append", metavar="NAME", help="only this project; may be given again")
    parser.add_argument("--runs", metavar="A,B", help="only these runs: names or ids, exact or with *")
    add_allow(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Look, and tell."""
    findings = _findings(args)
    if args.json:
        emit({"findings": [_document(one) for one in findings]})
        return int(bool(findings))
    for one in findings:
        print(f"{one.place}: {one.rule}, {one.excerpt}")
        if one.remedy:
            print(f"    {one.remedy}")
    count = len(findings)
    print(f"{f'{count:,} secrets' if count > 1 else 'A secret' if count else 'No secrets'} found.", file=sys.stderr)
    return int(bool(findings))


def _findings(args: argparse.Namespace) -> tuple[Finding, ...]:
    from trackio import grammar
    from trackio.errors import UnknownProject
    from trackio.publish import scan
    from trackio.report.gather import Selection

    if args.path is not None:
        if args.project or args.runs:
            raise UsageError("--project and --runs are of what was recorded; a folder is looked through as a whole.")
        if not args.path.is_dir():
            raise UsageError(f"{args.path} is no folder. Name one, such as a report, or leave it out.")
        return scan.folder(args.path, allow=allowed(args))
    known = Home().projects()
    for name in grammar.unmatched(known, args.project or ()):
        raise UnknownProject(name, known)
    runs = tuple(part.strip() for part in (args.runs or "").split(",") if part.strip())
    return scan.recorded(None, Selection(tuple(args.project or ()), runs), allow=allowed(args))


def _document(finding: Finding) -> dict[str, str]:
    return {
        "place": finding.place,
        "rule": finding.rule,
        "excerpt": finding.excerpt,
        "remedy": finding.remedy,
    }
