"""What ``trackio export mlflow`` can be told."""

from __future__ import annotations

import argparse

from trackio.exporters.mlflow import writing

OUTPUT = "a database such as mlflow.db, a folder to put one in, or the address of a tracking server"
DESCRIPTION = (
    "Write runs into a store of MLflow: the project is an experiment. Texts and media become artifacts. What has no "
    "place there is told on standard error. Needs `pip install 'trackio[mlflow]'`."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what MLflow alone has."""
    parser.add_argument("--experiment", metavar="NAME", help="the experiment; called as the project if left out")


def options(args: argparse.Namespace) -> writing.Options:
    """The options as the exporter takes them."""
    return writing.Options(experiment=args.experiment)
