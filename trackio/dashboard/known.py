"""The projects of a home as pages need them, each as fresh as its journals were a moment ago; no points are read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

from trackio.dashboard.finding import Finder
from trackio.errors import TrackioError, UnknownMetric, UnknownProject, UnknownRun
from trackio.report import gather
from trackio.report.gather import Metric, Project, Run
from trackio.report.urls import ProjectUrls
from trackio.store.home import Home
from trackio.store.project import ProjectStore

LOOK_SECONDS = 0.25
"""Journals are folded in at most so often, however many pages ask."""

PATIENCE_SECONDS = 0.3
"""So long a page waits for journals to be folded; what takes longer shows at the next look."""

MOST_PROJECTS = 32
"""So many are kept in memory, those asked for last."""

MOST_KEPT_BYTES = 8 << 20
"""Pages of one project that are kept as they were made."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A project as it was at one revision."""

    project: Project
    store: ProjectStore
    database: str
    """Tells a database from another that took its place."""
    revision: int
    made: dict[Hashable, bytes] = field(default_factory=dict)
    """Pages of just this revision."""

    @property
    def version(self) -> str:
        """Text that differs whenever anything does that a page shows."""
        return f"{self.database}.{self.revision}"

    @property
    def home(self) -> Path:
        """Where the projects lie."""
        return self.store.directory.parents[1]

    def run(self, slug: str) -> Run:
        """The run whose page lies at this slug; raises UnknownRun."""
        for run in self.project.runs:
            if run.slug == slug:
                return run
        raise UnknownRun(slug, [run.slug for run in self.project.runs], self.project.name)

    def named(self, key: str) -> Run | None:
        """The run of that id, else the newest of that name."""
        found = [run for run in self.project.runs if key in (run.record.id, run.record.name)]
        exact = [run for run in found if run.record.id == key] or found
        return exact[-1] if exact else None

    def metric(self, slug: str) -> Metric:
        """The metric whose chart lies at this slug; raises UnknownMetric."""
        for metric in self.project.metrics:
            if metric.slug == slug:
                return metric
        raise UnknownMetric(slug, [metric.slug for metric in self.project.metrics], self.project.name)

    def keep(self, key: Hashable, page: bytes) -> bytes:
        """Keep a page for others that ask for it."""
        if sum(map(len, self.made.values())) + len(page) <= MOST_KEPT_BYTES:
            self.made[key] = page
        return page


class Watched:
    """One project, looked at by everybody together."""

    def __init__(self, store: ProjectStore) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._find = Finder()
        self._known: Known | None = None
        self._folding: threading.Thread | None = None
        self._folded_at = -LOOK_SECONDS

    def look(self, own: ProjectUrls) -> Known:
        """The project as it is now, or was a moment ago; raises StoreError where it cannot be read."""
        known = self._known
        is_mine = self._turn.acquire(blocking=known is None or known.project.urls != own)
        if not is_mine and known is not None:
            return known
        try:
            if monotonic() - self._folded_at >= LOOK_SECONDS:
                self._fold()
                self._folded_at = monotonic()
            # What was changed here, or folded by others, is there at once.
            self._known = self._read(own)
            return self._known
        finally:
            self._turn.release()

    def _read(self, own: ProjectUrls) -> Known:
        # Before the rest is read: what comes in between is then found at the next look.
        now = self._store.changes()
        known = self._known
        is_same = known is not None and (known.database, known.revision) == (now.database, now.revision)
        if is_same and known is not None and known.project.urls == own:
            return known
        if known is not None and known.database != now.database:
            self._find = Finder()
        return Known(gather.whole(self._store, own, self._find), self._store, now.database, now.revision)

    def _fold(self) -> None:
        """Fold journals, in a thread of its own: after an outage there may be gigabytes of them."""
        if self._folding is None or not self._folding.is_alive():
            self._folding = threading.Thread(target=_catch_up, args=(self._store,), name="trackio-fold", daemon=True)
            self._folding.start()
        self._folding.join(PATIENCE_SECONDS)


class Projects:
    """The projects of a home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._lock = threading.Lock()
        self._watched: OrderedDict[str, Watched] = OrderedDict()
        self._urls: dict[str, ProjectUrls] = {}
        self._listed_at = -LOOK_SECONDS

    def urls(self) -> dict[str, ProjectUrls]:
        """Where the pages of each project lie, by its name."""
        with self._lock:
            if monotonic() - self._listed_at >= LOOK_SECONDS:
                self._urls, self._listed_at = gather.addresses(self.home.projects()), monotonic()
            return self._urls

    def project(self, name: str) -> Known:
        """The project of that name; raises UnknownProject and StoreError."""
        store = self.home.project(name)
        urls = self.urls()
        if store.name not in urls:
            # Made since the projects were listed.
            urls = urls | gather.addresses([*urls, store.name])
        with self._lock:
            found = self._watched.setdefault(store.name, Watched(store))
            self._watched.move_to_end(store.name)
            while len(self._watched) > MOST_PROJECTS:
                self._watched.popitem(last=False)
        return found.look(urls[store.name])

    def brief(self, name: str, own: ProjectUrls) -> Project:
        """A project as its card shows it; kept by whoever asks, as there may be hundreds."""
        with self._lock:
            watched = self._watched.get(name)
        found = (watched or Watched(self.home.project(name))).look(own).project
        runs = tuple(
            replace(run, record=replace(run.record, config={}, summary={}, notes=None), metrics=(), media=())
            for run in found.runs
        )
        return replace(found, runs=runs, metrics=tuple(replace(metric, runs=()) for metric in found.metrics))

    def at(self, slug: str) -> Known:
        """The project whose pages lie in the folder of that name; raises UnknownProject and StoreError."""
        urls = self.urls()
        for name, own in urls.items():
            if own.slug == slug:
                return self.project(name)
        raise UnknownProject(slug, list(urls))


def _catch_up(store: ProjectStore) -> None:
    try:
        store.catch_up()
    except TrackioError:
        # Whoever reads the project next is told the same.
        return
