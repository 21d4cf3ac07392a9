"""``trackio skills``: tells coding agents of this command line, in a file that they find by themselves."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.cli.output import add_json, emit
from trackio.cli.skill_places import AGENTS, folder, found_here, install, marked
from trackio.cli.skill_text import NAME, skill
from trackio.cli.text import plain
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``skills``."""
    parser = subparsers.add_parser(
        "skills",
        description="Print a skill file that tells a coding agent how to read runs with this command line, or put it "
        "where agents look.",
    )
    parser.add_argument("--install", action="store_true", help="write it, in place of printing it")
    parser.add_argument(
        "--agent",
        action="append",
        choices=tuple(AGENTS),
        help="for this agent; repeat for more. Without it for those that have a folder there, else in .agents/skills, "
        "where most look",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for all projects of this user, not for this folder alone")
    where.add_argument("--path", type=Path, metavar="DIR", help="into this folder of skills")
    parser.add_argument("--force", action="store_true", help="replace a file that was written or changed by others")
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Print it, or install it and say where."""
    if not args.install:
        for option in ("agent", "user", "path", "force"):
            if getattr(args, option):
                raise UsageError(f"--{option} needs --install beside it.")
        _print(args)
        return
    if args.path is not None and args.agent:
        raise UsageError("--path and --agent exclude each other.")
    text = skill()
    agents = [None] if args.path is not None else list(dict.fromkeys(args.agent or found_here(is_user=args.user)))
    done = []
    for agent in agents:
        skills = args.path if agent is None else folder(agent, is_user=args.user)
        path, outcome = install(text, skills, is_forced=args.force)
        done.append({"agent": agent, "path": str(path), "outcome": outcome})
    if args.json:
        emit({"name": NAME, "installed": done})
        return
    for one in done:
        print(plain(f"{one['path']}: {one['outcome']}."))


def _print(args: argparse.Namespace) -> None:
    text = marked(skill())
    if args.json:
        emit({"name": NAME, "content": text})
    else:
        sys.stdout.write(text)
