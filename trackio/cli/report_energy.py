"""What `trackio report` takes on energy: the assumptions, and the target; both kept with each project of the report."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from trackio.cli import assumptions
from trackio.documents.energy import parse_target
from trackio.errors import UnknownMetric, UnknownProject

if TYPE_CHECKING:
    from trackio.report.gather import Selection, Target
    from trackio.store.project import ProjectStore

NONE = "none"
"""Given for the target, it takes back what was said before."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the assumptions and ``--energy-target``."""
    assumptions.add_arguments(parser)
    parser.add_argument(
        "--energy-target",
        metavar="METRIC=VALUE",
        help="tell what each run had used when the metric was as good as that; kept likewise",
    )


def resolve(args: argparse.Namespace, selection: Selection) -> dict[str, Any]:
    """What the options of a report say of energy, by project; none where nothing was given: then what is kept holds.

    Raises UnknownProject, UnknownMetric, UnknownLocation and UsageError before anything is kept.
    """
    from trackio import grammar
    from trackio.energy.assumptions import KEYS, changed
    from trackio.store.home import Home

    given = {key: getattr(args, key) for key in KEYS}
    is_given = any(value is not None for value in given.values())
    if not is_given and args.energy_target is None:
        return {}
    home = Home()
    known = home.projects()
    for name in grammar.unmatched(known, selection.projects):
        raise UnknownProject(name, known)
    stores = [home.project(name) for name in grammar.chosen(known, selection.projects)]
    target = None if args.energy_target is None else _target(args.energy_target, stores)
    if is_given:
        # A value that cannot be is told before one project has it and another has not.
        changed({}, given)
    found: dict[str, Any] = {}
    if is_given:
        found["assumptions"] = {store.name: assumptions.resolve(args, store) for store in stores}
    if args.energy_target is not None:
        found["targets"] = {store.name: _kept(store, target) for store in stores}
    return found


def _target(text: str, stores: list[ProjectStore]) -> Target | None:
    if text.strip().lower() == NONE:
        return None
    metric, value = parse_target(text, "--energy-target")
    names: set[str] = set()
    for store in stores:
        store.catch_up()
        names |= _metrics(store)
    if metric not in names:
        raise UnknownMetric(metric, sorted(names))
    return metric, value


def _kept(store: ProjectStore, target: Target | None) -> Target | None:
    """The target of one project, which is kept; a project without the metric has none."""
    own = target if target is not None and target[0] in _metrics(store) else None
    if own is not None or target is None:
        from trackio.report.gather import ENERGY_TARGET

        assumptions.keep(store, {ENERGY_TARGET: None if own is None else list(own)})
    return own


def _metrics(store: ProjectStore) -> set[str]:
    return {metric.name for found in store.metrics_by_run().values() for metric in found if metric.is_numeric}
