"""What ``trackio export wandb`` can be told."""

from __future__ import annotations

import argparse

from trackio.exporters.wandb.writing import Options

OUTPUT = "a folder, for wandb/offline-run-... below it"
DESCRIPTION = (
    "Write runs as W&B's own library writes offline runs: `wandb sync` uploads them. What W&B has no place for is told "
    "on standard error. Needs `pip install 'trackio[wandb]'`."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what W&B alone has."""
    parser.add_argument("--entity", metavar="NAME", help="the user or team whose runs they shall be")
    parser.add_argument("--wandb-project", metavar="NAME", help="W&B's project; called as the one here if left out")


def options(args: argparse.Namespace) -> Options:
    """The options as the exporter takes them."""
    return Options(entity=args.entity, project=args.wandb_project)
