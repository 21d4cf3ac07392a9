"""``trackio sweep``: begin a sweep from its configuration file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.cli.output import add_json, emit
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``sweep``."""
    parser = subparsers.add_parser(
        "sweep",
        description="Begin a sweep from a YAML or JSON file in wandb's form, and print its id, which `trackio agent` "
        "takes.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the configuration")
    parser.add_argument("--project", metavar="NAME", help="where its runs go; as the file says if left out")
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Read the file and begin the sweep."""
    from trackio.sweeps.agent import sweep
    from trackio.sweeps.study import find

    sweep_id = sweep(_read(args.file), project=args.project)
    if args.json:
        from trackio import settings

        emit({"sweep": sweep_id, "project": find(settings.home().absolute(), sweep_id).project})
    else:
        print(sweep_id)


def _read(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, Mapping):
        raise UsageError(f"{path} holds no configuration of a sweep.")
    return found
