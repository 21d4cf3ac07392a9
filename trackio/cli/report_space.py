"""What `trackio report` takes to publish the site as a static Space of the Hugging Face Hub."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from trackio.cli import report_charts, report_notes, report_snapshot
from trackio.cli.allowing import allowed
from trackio.cli.bars import Pages
from trackio.cli.space import add_private, add_replacing, confirm, tell
from trackio.cli.text import plain
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.report.build import Options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--space-id`` and what goes with it."""
    group = parser.add_argument_group("publishing, as a static Space of the Hugging Face Hub")
    group.add_argument(
        "--space-id", metavar="OWNER/NAME", help="bring this Space up to the report; one that is not there is made"
    )
    group.add_argument("--create-pr", action="store_true", help="propose it as a pull request, and change nothing")
    add_replacing(group)
    add_private(group)


def check(args: argparse.Namespace) -> None:
    """Raise UsageError where options exclude each other."""
    given = [name for name in ("private", "create_pr", "force", "prune", "yes", "allow") if getattr(args, name)]
    if args.space_id is None and given:
        raise UsageError(f"--{given[0].replace('_', '-')} goes with --space-id owner/name; name the Space.")
    excluded = [name for name in ("single_file", "serve", "watch") if getattr(args, name)]
    if args.space_id is not None and excluded:
        raise UsageError(f"--space-id and --{excluded[0].replace('_', '-')} exclude each other; publish a folder.")


def run(options: Options, args: argparse.Namespace) -> int:
    """Build the report and publish it."""
    import webbrowser

    from trackio.ci import files
    from trackio.publish import bars
    from trackio.publish.static import Publication
    from trackio.sharing import published

    what = Publication(
        options,
        args.space_id,
        args.output,
        private=args.private or None,
        is_forced=args.force,
        is_pull=args.create_pr,
        is_pruned=args.prune,
        allow=allowed(args),
    )
    if args.output is not None:
        files.withdraw(args.output)
    # The question goes to standard error itself, which the bar stands before.
    ask, bar = confirm(args), Pages(is_wanted=not args.quiet and not args.json)
    with bars.hidden(is_quiet=args.quiet), bar.shown():
        done = published(what, bar.asking(ask), bar.progress)
    report_snapshot.warn(done.report)
    report_notes.write(replace(options, base_url=options.base_url or done.pages), done.report, args)
    if not args.quiet:
        notes = [f"{done.pages}{page}: a page of notes." for page in done.report.notes]
        left_out = report_charts.sentences(done.report.left_out)
        for line in [*notes, *left_out, *report_snapshot.sentences(done.report, done.pages)]:
            print(plain(line), file=sys.stderr)
    more = report_notes.document(done.report, args) | report_snapshot.document(done.report)
    if args.open:
        webbrowser.open(done.index)
    tell(done, args, projects=list(done.projects), left_out=dict(done.report.left_out), **more)
    return 0
