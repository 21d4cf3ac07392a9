"""What ``trackio import mlflow`` can be told."""

from __future__ import annotations

import argparse

from trackio.importers.mlflow import reading

SOURCES = ("STORE", "a folder such as mlruns, a database such as mlflow.db, or the address of a tracking server")
DESCRIPTION = (
    "Import runs from stores of MLflow: each experiment is a project. Metrics, parameters, tags, notes, parents and "
    "artifacts are kept. A run that has changed since replaces what was imported before. "
    "Needs `pip install 'trackio[mlflow]'`."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what MLflow alone has."""
    parser.add_argument("--experiment", action="append", default=[], metavar="NAME", help="only this; may be repeated")
    parser.add_argument("--no-artifacts", action="store_true", help="leave the files that runs saved behind")


def options(args: argparse.Namespace) -> reading.Options:
    """The options as the importer takes them."""
    return reading.Options(experiments=tuple(args.experiment), artifacts=not args.no_artifacts)
