"""What ``trackio import wandb`` can be told."""

from __future__ import annotations

import argparse

from trackio.importers.wandb.exported import Options

SOURCES = ("SOURCE", "a folder wandb/ or wandb/offline-run-..., a .wandb file, or an exported CSV, Parquet or JSON")
DESCRIPTION = (
    "Import W&B's offline runs, with media, system metrics, alerts and define_metric; and what was exported from its "
    "site or API: histories, charts, tables of runs. Offline runs need `pip install 'trackio[wandb]'`."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what exports do not tell themselves; offline runs need none of it."""
    parser.add_argument("--run", metavar="NAME", help="name of the run of a history; the file's name if left out")
    parser.add_argument("--group", metavar="NAME", help="group of the runs of an export")
    parser.add_argument(
        "--step-metric", metavar="NAME", help="the metric that was the x-axis of a history, as define_metric had it"
    )
    parser.add_argument(
        "--config-column",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column of a table of runs that is config, though it holds numbers; may be repeated",
    )


def options(args: argparse.Namespace) -> Options:
    """The options as the importer takes them."""
    return Options(run=args.run, group=args.group, step_metric=args.step_metric, config=tuple(args.config_column))
