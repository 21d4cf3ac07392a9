"""The formats that can be exported, and the one way to export any of them.

An exporter is a module with ``Options``, a dataclass, and ``write``; naming it here is all it takes to add one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from trackio.errors import TrackioError, UsageError, nearest
from trackio.exporters.exported import Carried, ExportedRun
from trackio.importers.imported import Watch, naming
from trackio.store.home import Home

FORMATS: Mapping[str, str] = {
    "csv": "trackio.exporters.csv",
    "parquet": "trackio.exporters.parquet",
    "json": "trackio.exporters.json",
    "wandb": "trackio.exporters.wandb.writing",
    "tfevents": "trackio.exporters.tfevents",
    "mlflow": "trackio.exporters.mlflow.writing",
}
"""Where each is written."""


class Exporter(Protocol):
    """What the module of a format has."""

    Options: type
    """A dataclass: how to write; every field has a default."""

    def write(self, runs: Sequence[ExportedRun], output: str, options: Any, carried: Carried, watch: Watch) -> None:
        """Write runs of one project to a file, a folder or an address, and tell ``carried`` what was and was not.

        A file is written whole or not at all, over one that is there. Raises UsageError for what can be no output,
        MissingExtra when a package is not installed.
        """


def exporter(name: str) -> Exporter:
    """The module of a format; raises UsageError when there is none of that name."""
    if name not in FORMATS:
        near = nearest(name, list(FORMATS)) or list(FORMATS)
        raise UsageError(f"There is no format {name!r}. Nearest: {', '.join(near)}.")
    return cast("Exporter", import_module(FORMATS[name]))


def send(
    name: str,
    project: str,
    output: str | Path,
    *,
    runs: Sequence[str] | None = None,
    options: Any = None,
    home: Home | None = None,
    watch: Watch | None = None,
) -> Carried:
    """Export a project, or those runs of it (ids or names), in the format ``name`` to ``output``.

    Raises UnknownProject, UnknownRun, UsageError, MissingExtra; TrackioError when there is no run.
    """
    module = exporter(name)
    store = (home or Home()).project(project)
    store.catch_up()
    chosen = store.runs() if runs is None else [store.run(key) for key in dict.fromkeys(runs)]
    if not chosen:
        raise TrackioError(f"Project {project!r} has no runs yet.")
    unique = {record.id: ExportedRun(store, record) for record in chosen}
    carried = Carried(str(output))
    with naming(output):
        module.write(list(unique.values()), str(output), options or module.Options(), carried, watch or Watch())
    return carried
