"""The formats that can be imported, and the one way to import any of them.

An importer is a module with ``Options``, a dataclass, and ``runs``; naming it here is all it takes to add one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from trackio.errors import UsageError, nearest
from trackio.importers.imported import ImportedRun, ImportFailed, Watch, naming
from trackio.importers.recording import Outcome, commit, stage, staging, standing
from trackio.store.home import Home
from trackio.store.layout import valid_name
from trackio.store.project import ProjectStore

FORMATS: Mapping[str, str] = {
    "csv": "trackio.importers.csv",
    "wandb": "trackio.importers.wandb.reading",
    "trackio": "trackio.importers.trackio.reading",
    "parquet": "trackio.importers.parquet",
    "json": "trackio.importers.json",
    "tfevents": "trackio.importers.tfevents",
    "mlflow": "trackio.importers.mlflow.reading",
}
"""Where each is read."""


class Importer(Protocol):
    """What the module of a format has."""

    Options: type
    """A dataclass: how to read; every field has a default."""

    def runs(self, sources: Sequence[str], options: Any, watch: Watch) -> Iterator[ImportedRun]:
        """The runs of files, folders or addresses, by when they began as far as that is known without reading all.

        A file that is broken is told to ``watch`` with its name, and the others are read. Raises UsageError for what
        can be no source at all, MissingExtra when a package is not installed, and ImportFailed from the rows of a run
        that cannot be had.
        """


@dataclass(frozen=True, slots=True)
class Imported:
    """A run after its import."""

    project: str
    id: str
    name: str
    group: str | None
    row_count: int
    """How many rows it has in the store."""
    outcome: Outcome


@dataclass(slots=True)
class Report:
    """What came of an import."""

    runs: list[Imported] = field(default_factory=list)
    failures: list[ImportFailed] = field(default_factory=list)
    skipped: list[ImportFailed] = field(default_factory=list)
    """Rows and records left out of files that are imported otherwise."""
    notes: dict[str, int] = field(default_factory=dict)
    """What could not be carried over, and how often."""

    @property
    def projects(self) -> list[str]:
        """The projects that runs went to, in order."""
        return list(dict.fromkeys(run.project for run in self.runs))


def importer(name: str) -> Importer:
    """The module of a format; raises UsageError when there is none of that name."""
    if name not in FORMATS:
        near = nearest(name, list(FORMATS)) or list(FORMATS)
        raise UsageError(f"There is no format {name!r}. Nearest: {', '.join(near)}.")
    return cast("Importer", import_module(FORMATS[name]))


def bring(
    name: str,
    sources: Sequence[Any],
    *,
    project: str | None = None,
    options: Any = None,
    home: Home | None = None,
    watch: Watch | None = None,
) -> Report:
    """Import what lies at ``sources`` in the format ``name``, run by run; whatever works is kept.

    ``project`` takes all runs; without it each goes where its source says. What was imported before is left alone, and
    replaced when its source has changed. Broken files are listed in the report's ``failures``. Raises UsageError,
    MissingExtra, and NotFound or OSError for a source that is not there.
    """
    if project is not None:
        project = valid_name("project", project)
    module = importer(name)
    heard = watch or Watch()
    told = Report(failures=heard.failures, skipped=heard.skips, notes=heard.notes)
    place = home or Home()
    with naming(place.path), staging(place.path) as folder:
        into = _Into(place, folder, heard)
        for run in module.runs([str(source) for source in sources], options or module.Options(), heard):
            try:
                told.runs.append(into.add(run, valid_name("project", project or run.project or name)))
            except ImportFailed as error:
                heard.failed(error)
    return told


class _Into:
    """The projects of a home as an import fills them."""

    def __init__(self, home: Home, folder: Path, watch: Watch) -> None:
        self._home, self._folder, self._watch = home, folder, watch
        self._stores: dict[str, ProjectStore] = {}

    def add(self, run: ImportedRun, project: str) -> Imported:
        """Add one run; its project is made only when the whole run was read."""
        store = self._known(project)
        outcome: Outcome = standing(store, run) if store else "new"
        if store is None or outcome != "unchanged":
            staged = stage(run, project, self._folder, self._watch)
            store = self._stores[project] = self._home.create(project)
            outcome = commit(store, run, staged)
        return Imported(project, run.id, run.name, run.group, store.run(run.id).row_count, outcome)

    def _known(self, project: str) -> ProjectStore | None:
        if project not in self._stores and project in self._home.projects():
            self._stores[project] = self._home.project(project)
            self._stores[project].catch_up()
        return self._stores.get(project)
