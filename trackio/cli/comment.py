"""``trackio comment``: keep one comment on a pull request up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trackio import settings
from trackio.cli.output import add_json, emit
from trackio.cli.text import plain
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.ci.github import Comment
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``comment``."""
    parser = subparsers.add_parser(
        "comment",
        description="Write a Markdown file as a comment on the pull request of a GitHub job, or change the one that "
        "was written before. The token is that of GITHUB_TOKEN. Where it may not write, as in pull requests from a "
        "fork, and where there is no pull request, that is told and no error.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="as `trackio report --ci --comment FILE` writes it")
    parser.add_argument("--pr", type=int, metavar="N", help="the pull request; that of the job when left out")
    parser.add_argument(
        "--name", default="trackio", metavar="NAME", help="which comment, where there are several (default: trackio)"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write it."""
    from trackio.ci.github import Comment, pull_of_job, write

    text = args.file.read_text("utf-8")
    pull = pull_of_job(args.pr)
    token = settings.text("GITHUB_TOKEN", "GH_TOKEN")
    if pull is None:
        done = Comment(None, False, "This job is about no pull request, so there is nothing to comment on.")
    elif not text.strip():
        done = Comment(None, False, "There is nothing in the file, so nothing was written.")
    elif token is None:
        raise UsageError("GITHUB_TOKEN is not set. Pass it to the step: env: GITHUB_TOKEN: ${{ github.token }}.")
    else:
        done = write(text, pull, token, name=args.name)
    _tell(done, is_json=args.json)
    return 0


def _tell(done: Comment, *, is_json: bool) -> None:
    if is_json:
        emit({"url": done.url, "is_new": done.is_new, "reason": done.reason})
    elif done.reason is not None:
        print(f"trackio: {done.reason}", file=sys.stderr)
    else:
        print(plain(done.url or "The comment is written."))
