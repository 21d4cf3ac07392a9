"""A project as those who look on have it: what is known of its runs, brought up to date a look at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic

import numpy as np

from trackio.consumption import run_energy
from trackio.energy.statement import Curve as EnergyCurve
from trackio.errors import UnknownRun
from trackio.live.curve import Curve
from trackio.live.held import Held
from trackio.live.made import MadeLines
from trackio.live.shelf import Kept, Place, Shelf
from trackio.live.turns import Turns
from trackio.records import Changes, MetricKind, MetricRecord, Raised, RunRecord, RunSeries, Series
from trackio.store.project import ProjectStore

LOOK_SECONDS = 0.25
"""Journals are folded in at most so often, however many pages ask."""

MANY_RUNS = 40
"""When so many runs changed, all are read at once."""

ENERGY_SECONDS = 5.0
"""What a run in progress used is reckoned anew at most so often."""

MOST_PROJECTS = 32
MOST_BYTES = 2 << 30
"""Of all projects together; those looked at longest ago are let go of."""


class LiveProject:
    """One project; safe from many threads, which take turns."""

    def __init__(self, store: ProjectStore) -> None:
        self.store = store
        self.lock = Turns()
        self.runs: dict[str, RunRecord] = {}
        """By id, oldest first."""
        self.metrics: dict[str, dict[tuple[MetricKind, str], MetricRecord]] = {}
        """What is known of the metrics of each run."""
        self.made = MadeLines()
        self._shelf = Shelf()
        self._seen: Changes | None = None
        self._looked_at = -LOOK_SECONDS
        self._energies: dict[str, tuple[int, float, EnergyCurve | None]] = {}
        self._raised: tuple[str, Mapping[str, Raised]] = ("", {})

    def look(self) -> int:
        """Bring everything up to date; gives the project's revision."""
        with self.lock:
            if monotonic() - self._looked_at >= LOOK_SECONDS or self._seen is None:
                self.store.catch_up()
                self._take(self.store.changes(-1 if self._seen is None else self._seen.revision))
                self._looked_at = monotonic()
            assert self._seen is not None  # noqa: S101 - narrows the type
            return self._seen.revision

    def changed(self, since: int) -> set[str]:
        """The ids of the runs that changed after a revision."""
        return {record.id for record in self.runs.values() if record.revision > since}

    def load(self, places: Sequence[Place]) -> None:
        """Read the series that are not here yet, all together."""
        wanted: dict[MetricKind, dict[str, list[str]]] = {}
        for run, kind, name in dict.fromkeys(places):
            if self._shelf.find((run, kind, name)) is None:
                wanted.setdefault(kind, {}).setdefault(run, []).append(name)
        for kind, by_run in wanted.items():
            found = self.store.many_series(by_run, kind)
            for run, names in by_run.items():
                for name in names:
                    tail = found.get(run, {}).get(name)
                    held = Held(_NOTHING) if tail is None else Held(tail.series, tail.count)
                    self._shelf.put((run, kind, name), held)

    def kept(self, place: Place) -> Kept:
        """A series; read if it is not here."""
        found = self._shelf.find(place)
        if found is None:
            self.load([place])
            found = self._shelf.find(place)
        assert found is not None  # noqa: S101 - loaded just now
        return found

    def curve(self, one: RunSeries, kind: MetricKind, axis: str, smoothing: float) -> Curve:
        """The growing curve of a run in progress."""
        return self.kept((one.run_id, kind, one.metric)).curve(one, axis, smoothing)

    def energy(self, run_id: str) -> EnergyCurve | None:
        """What a run had used over time; None where it was not measured."""
        record = self.runs[run_id]
        known = self._energies.get(run_id)
        if known is not None and (known[0] == record.revision or monotonic() - known[1] < ENERGY_SECONDS):
            return known[2]
        found = run_energy(self.store, run_id)
        curve = None if found is None else found.curve
        self._energies[run_id] = record.revision, monotonic(), curve
        return curve

    @property
    def alerts_version(self) -> str:
        """Text that is another one when alerts came or went; empty as long as there are none."""
        if self._seen is None or self._seen.alerts == (0, 0):
            return ""
        return f"{self._seen.database}.{self._seen.alerts[0]}.{self._seen.alerts[1]}"

    def raised(self) -> Mapping[str, Raised]:
        """The alerts of the runs that raised any, by id."""
        if self._raised[0] != self.alerts_version:
            self._raised = self.alerts_version, self.store.raised()
        return self._raised[1]

    @property
    def nbytes(self) -> int:
        """The memory that it took after the last answer."""
        return self._shelf.nbytes + self.made.nbytes

    def tidy(self) -> None:
        """Let go of what there is no room for."""
        self._shelf.tidy()

    def _take(self, changes: Changes) -> None:
        before = self._seen
        if before is not None and before == changes:
            return
        is_other = before is None or before.database != changes.database or before.revision > changes.revision
        known = set(self.runs)
        if is_other or len(changes.runs) > MANY_RUNS or len(known | set(changes.runs)) != changes.run_count:
            self._take_all(is_other=is_other)
        else:
            for run_id in changes.runs:
                self._take_one(run_id)
        self._seen = replace(changes, runs=())
        for run_id in self.runs if is_other else changes.runs:
            by_kind: dict[MetricKind, list[str]] = {}
            for _, kind, name in self._shelf.of_run(run_id):
                by_kind.setdefault(kind, []).append(name)
            for kind, names in by_kind.items():
                self._read_on(run_id, kind, names)

    def _take_all(self, *, is_other: bool) -> None:
        if is_other:
            self._shelf, self._energies = Shelf(), {}
            self.made.clear()
        records = self.store.runs()
        for gone in set(self.runs) - {record.id for record in records}:
            self._shelf.forget(gone)
        self.runs = {record.id: record for record in records}
        by_run = self.store.metrics_by_run(None)
        self.metrics = {run: _by_name(by_run.get(run, ())) for run in self.runs}

    def _take_one(self, run_id: str) -> None:
        try:
            self.runs[run_id] = self.store.run(run_id)
        except UnknownRun:
            # Deleted since; the next look sees that there is one less.
            return
        self.metrics[run_id] = _by_name(self.store.metrics(run_id, None))

    def _read_on(self, run_id: str, kind: MetricKind, names: Sequence[str]) -> None:
        held = {name: found.held for name in names if (found := self._shelf.find((run_id, kind, name))) is not None}
        tails = self.store.tails(run_id, {name: one.last_row for name, one in held.items()}, kind)
        again = [name for name, one in held.items() if name in tails and not one.take(tails[name])]
        if again:
            whole = self.store.many_series({run_id: again}, kind)[run_id]
            for name in again:
                one = whole.get(name)
                held[name].replace(*((_NOTHING, 0) if one is None else (one.series, one.count)))


class LiveHome:
    """The projects of one home that somebody looks on."""

    def __init__(self, open_project: Callable[[str], ProjectStore]) -> None:
        self._open, self._lock = open_project, threading.Lock()
        self._projects: OrderedDict[str, LiveProject] = OrderedDict()

    def project(self, name: str) -> LiveProject:
        """The project of that name; raises UnknownProject."""
        store = self._open(name)
        with self._lock:
            found = self._projects.setdefault(store.name, LiveProject(store))
            self._projects.move_to_end(store.name)
            used = sum(project.nbytes for project in self._projects.values())
            while len(self._projects) > MOST_PROJECTS or (used > MOST_BYTES and len(self._projects) > 1):
                _, gone = self._projects.popitem(last=False)
                used -= gone.nbytes
        return found


def _by_name(metrics: Sequence[MetricRecord]) -> dict[tuple[MetricKind, str], MetricRecord]:
    return {(metric.kind, metric.name): metric for metric in metrics}


def _nothing() -> Series:
    none = np.empty(0, np.int64)
    return Series(none, none, none, np.empty(0))


_NOTHING = _nothing()
