"""The option that says which project, and what it stands for when it is left out."""

from __future__ import annotations

import argparse

from trackio import settings
from trackio.api import Project
from trackio.documents.selecting import project_of as _project_of
from trackio.store.home import Home


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add ``--project``."""
    parser.add_argument(
        "--project",
        metavar="NAME",
        help="the project; may be left out when there is one, or when TRACKIO_PROJECT is set",
    )


def project_named(args: argparse.Namespace) -> str | None:
    """The name that was given, by the option or the environment."""
    return args.project or settings.text("TRACKIO_PROJECT")


def project_of(args: argparse.Namespace) -> Project:
    """The project asked for; raises UsageError when it is left out and there are several."""
    return _project_of(Home(), project_named(args))
