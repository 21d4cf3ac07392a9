"""``trackio card``: what runs used and reached, as a section of a model card: printed, or put where the card is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.cli.assumptions import add_arguments, resolve
from trackio.cli.output import add_json, emit
from trackio.cli.select import add_project, project_of
from trackio.cli.text import plain
from trackio.documents.energy import parse_target
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers
    from trackio.energy.statement import Assumptions
    from trackio.publish.cards import Made, Subject
    from trackio.publish.readme import Change
    from trackio.store.project import ProjectStore

TRAINING_TYPES = ("pre-training", "fine-tuning")


def register(subparsers: Subparsers) -> None:
    """Add ``card``."""
    parser = subparsers.add_parser(
        "card",
        description="Write what runs used and reached as a section of a model card, with its metadata: print it, put "
        "it into a README, or send it to a model's repository on the Hub. Doing it again replaces it.",
    )
    add_project(parser)
    parser.add_argument(
        "--run",
        action="append",
        metavar="NAME",
        help="a run, by id or name, exact or with *; repeat for more; the newest when left out",
    )
    parser.add_argument("--metrics", metavar="A,B", help="metrics of the table, exact or with *")
    parser.add_argument(
        "--chart", metavar="METRIC", help="the metric whose chart is shown (default: the first of the table); or `none`"
    )
    parser.add_argument(
        "--target",
        action="append",
        metavar="METRIC=VALUE",
        help="tell the energy until the metric first was as good as the value; repeat for more",
    )
    parser.add_argument("--training-type", metavar="TYPE", help=f"such as {' or '.join(TRAINING_TYPES)}")
    parser.add_argument("--hardware", metavar="TEXT", help="in your words, in place of the devices that were measured")
    parser.add_argument(
        "--not-included",
        action="append",
        metavar="TEXT",
        help="what else the training used and nobody measured, such as '3 other machines'; repeat for more",
    )
    link = parser.add_mutually_exclusive_group()
    link.add_argument("--report-url", metavar="URL", help="where the report's index.html is, for links")
    link.add_argument("--space", metavar="OWNER/NAME", help="the Space of the report (default: that of the last sync)")
    add_arguments(parser)
    where = parser.add_argument_group("where it goes", "Without these it is printed.")
    which = where.add_mutually_exclusive_group()
    which.add_argument("--readme", type=Path, metavar="FILE", help="into this file; its chart goes to trackio/ beside")
    which.add_argument("--repo", metavar="OWNER/NAME", help="to this model on the Hub, as a commit")
    where.add_argument("--create-pr", action="store_true", help="as a pull request instead; needs no right to write")
    where.add_argument("--revision", metavar="NAME", help="a branch of the model, or an open request such as refs/pr/3")
    where.add_argument("--message", metavar="TEXT", help="of the commit, or the request's title")
    where.add_argument("--remove", action="store_true", help="take out what an earlier `trackio card` put in")
    where.add_argument("--dry-run", action="store_true", help="only print what would change")
    parser.add_argument("--yaml", action="store_true", help="print the metadata too, after the section")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Make it, and bring it where it belongs."""
    _check(args)
    if args.remove:
        _tell(_brought(args, None), None, args)
        return 0
    from trackio.publish.cards import make

    subject, store = _subject(args)
    made = make(subject, _assumptions(args, store), has_folder=args.readme is not None or args.repo is not None)
    for note in made.notes:
        print(f"trackio: {plain(note)}", file=sys.stderr)
    if args.readme is None and args.repo is None:
        _print(made, args)
    else:
        _tell(_brought(args, made), made, args)
    return 0


def _check(args: argparse.Namespace) -> None:
    for option in ("create_pr", "revision", "message"):
        if getattr(args, option) and args.repo is None:
            raise UsageError(f"--{option.replace('_', '-')} needs --repo OWNER/NAME beside it.")
    for option in ("remove", "dry_run"):
        if getattr(args, option) and args.repo is None and args.readme is None:
            raise UsageError(f"--{option.replace('_', '-')} needs --readme FILE or --repo OWNER/NAME beside it.")


def _subject(args: argparse.Namespace) -> tuple[Subject, ProjectStore]:
    from trackio.publish.cards import Subject
    from trackio.report.cards import Choice
    from trackio.store.home import Home

    name = project_of(args).name
    choice = Choice(
        metrics=tuple(part.strip() for part in (args.metrics or "").split(",") if part.strip()),
        chart=args.chart,
        targets=dict(parse_target(text, "--target") for text in args.target or ()),
        training_type=args.training_type,
        hardware=args.hardware,
        not_included=tuple(args.not_included or ()),
    )
    return Subject(name, tuple(args.run or ()), choice, args.report_url, args.space), Home().project(name)


def _assumptions(args: argparse.Namespace, store: ProjectStore) -> Assumptions:
    if not args.dry_run:
        return resolve(args, store)
    from trackio.energy.assumptions import KEYS, changed

    # What is only tried is not kept.
    return changed(store.settings(), {key: getattr(args, key) for key in KEYS})


def _brought(args: argparse.Namespace, made: Made | None) -> Change:
    from trackio.publish.cards import into_file, into_model

    if args.readme is not None:
        return into_file(args.readme, made, is_kept=args.dry_run)
    return into_model(
        args.repo,
        made,
        message=args.message,
        revision=args.revision,
        is_pull=args.create_pr,
        is_kept=args.dry_run,
    )


def _print(made: Made, args: argparse.Namespace) -> None:
    if args.json:
        emit(_object(made))
        return
    print(made.section)
    if args.yaml:
        print(f"\n{made.front_matter}", end="")


def _tell(change: Change, made: Made | None, args: argparse.Namespace) -> None:
    place = {"readme": str(args.readme)} if args.readme is not None else {"repo": change.name}
    if args.json:
        told = {"changed": change.is_any, "made": change.before is None, "files": list(change.files)}
        shown = {"diff": change.diff()} if args.dry_run else {}
        emit({**(_object(made) if made else {}), **place, "url": change.url, **told, **shown})
    elif args.dry_run:
        for line in change.diff().split("\n") if change.before != change.after else ():
            print(plain(line))
        for name in change.files:
            print(f"{plain(name)} would change.")
        if not change.is_any:
            print(f"{plain(change.name)}: nothing would change.")
    else:
        print(_sentence(change, made))


def _sentence(change: Change, made: Made | None) -> str:
    name = plain(change.name)
    if not change.is_any:
        return f"{name}: nothing changed."
    if change.url is not None:
        return plain(change.url)
    if change.before is None:
        return f"{name}: made, as there was none."
    return f"{name}: {'the section is out' if made is None else 'the section is in'}."


def _object(made: Made) -> dict[str, object]:
    return {
        "project": made.card.project,
        "runs": [one.id for one in made.card.runs],
        "markdown": made.section,
        "metadata": made.metadata,
    }
