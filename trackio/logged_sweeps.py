"""Sweeps read back: what was asked for, and the runs that they made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trackio.errors import UnknownSweep
from trackio.filters import ordered
from trackio.logged import Run
from trackio.store import layout

if TYPE_CHECKING:
    from trackio.store.home import Home
    from trackio.store.project import ProjectStore


class Sweep:
    """One sweep of a project."""

    def __init__(self, sweep_id: str, project: str, config: Mapping[str, Any], runs: Callable[[], list[Run]]) -> None:
        self.id, self.project = sweep_id, project
        self.config = dict(config)
        self._runs = runs

    @property
    def name(self) -> str:
        """The name in its configuration, else its id."""
        return str(self.config.get("name") or self.id)

    @property
    def runs(self) -> list[Run]:
        """The runs that it made so far, oldest first."""
        return [run for run in self._runs() if run.sweep_id == self.id]

    @property
    def order(self) -> str | None:
        """How its runs are ordered, the best first: ``+summary.loss``; None where it has no metric."""
        metric = self.config.get("metric")
        if not isinstance(metric, Mapping) or "name" not in metric:
            return None
        return f"{'-' if metric.get('goal') == 'maximize' else '+'}summary.{metric['name']}"

    def best_run(self, order: str | None = None) -> Run | None:
        """The run that comes first in the order, by default the one with the best metric; None before the first."""
        order = order or self.order
        found = self.runs
        return next(iter(ordered(found, Run.fields, order) if order else found), None)

    def __repr__(self) -> str:
        return f"Sweep({self.id!r}, {self.project!r})"


def sweeps(store: ProjectStore, runs: Callable[[], list[Run]]) -> list[Sweep]:
    """Every sweep of a project, by id."""
    found = []
    for path in sorted(layout.sweeps(store.directory).glob(f"*/{layout.SWEEP_FILE}")):
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # Damaged, or taken away this very moment.
            continue
        found.append(Sweep(path.parent.name, store.name, config, runs))
    return found


def find(home: Home, sweep_id: str, runs_of: Callable[[str], Sequence[Run]]) -> Sweep:
    """The sweep of that id, in whichever project; raises UnknownSweep."""
    known = [
        one
        for name in home.projects()
        for one in sweeps(home.project(name), lambda name=name: list(runs_of(name)))  # type: ignore[misc]
    ]
    for one in known:
        if one.id == sweep_id:
            return one
    raise UnknownSweep(sweep_id, [one.id for one in known])
