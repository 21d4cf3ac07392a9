"""The options that say what energy stands for, and what the project keeps of them for the next time."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from trackio.cli.text import plain

if TYPE_CHECKING:
    from trackio.energy.statement import Assumptions
    from trackio.store.project import ProjectStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--location --grid-intensity --pue --price --cpu-watts``."""
    group = parser.add_argument_group(
        "what energy stands for", "Kept with the project for the next time; `none` takes one back."
    )
    group.add_argument(
        "--location", metavar="PLACE", help="the country whose grid it was, by code or name; WORLD for the average"
    )
    group.add_argument("--grid-intensity", metavar="G", help="the grid's own g CO2e per kWh, in place of the table's")
    group.add_argument(
        "--pue", metavar="N", help="what the building uses for each kWh of the machines; 1 unless it was given"
    )
    group.add_argument("--price", metavar="P", help="what a kWh costs, such as 0.25/kWh or '0.25 EUR/kWh'")
    group.add_argument(
        "--cpu-watts", metavar="W", help="your estimate for processors that were not measured; in no total"
    )


def resolve(args: argparse.Namespace, store: ProjectStore) -> Assumptions:
    """What was given, else what the project keeps; what was given is kept. Raises UsageError and UnknownLocation.

    Where the project cannot be written it is told, and holds for this time.
    """
    # Imported late: only reading the options must not load the table of grids.
    from trackio.energy.assumptions import KEYS, changed, to_settings

    kept = store.settings()
    found = changed(kept, {key: getattr(args, key) for key in KEYS})
    new = {key: value for key, value in to_settings(found).items() if value != kept.get(key)}
    if new and any(getattr(args, key) is not None for key in KEYS):
        keep(store, new)
    return found


def keep(store: ProjectStore, values: dict[str, object]) -> None:
    """Save settings of a project; where it cannot be written, say so."""
    import sqlite3

    try:
        store.save_settings(values)
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        note = f"The options cannot be kept with project {store.name!r} ({reason}); they hold for this time only."
        print(f"trackio: {plain(note)}", file=sys.stderr)
