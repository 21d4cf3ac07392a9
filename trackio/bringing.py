"""``import_csv`` and ``import_tf_events``: ``trackio import`` in a script, with the arguments that the original has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trackio.importers import csv, tfevents
from trackio.importers.formats import bring
from trackio.sharing import sync


def import_csv(  # noqa: PLR0917 - the original's order
    csv_path: str | Path,
    project: str,
    name: str | None = None,
    space_id: str | None = None,
    dataset_id: str | None = None,
    private: bool | None = None,
    force: bool = False,
) -> None:
    """Import the runs of a CSV file, once however often it is called.

    ``name`` is the run's, when no column tells it. With ``space_id`` the project is published afterwards, as
    ``trackio.sync`` does it with the other arguments. Raises ImportFailed where the file cannot be read.
    """
    _bring("csv", csv_path, project, csv.Options(run=name))
    _published(project, space_id, dataset_id, private, force=force)


def import_tf_events(  # noqa: PLR0917 - the original's order
    log_dir: str | Path,
    project: str,
    name: str | None = None,
    space_id: str | None = None,
    dataset_id: str | None = None,
    private: bool | None = None,
    force: bool = False,
) -> None:
    """Import the runs of TensorBoard's event files below a folder; those that have gone on since are replaced.

    A run is called like its folder; ``name`` is put before, or is the name when there is one run only. The rest is as
    for ``import_csv``: ImportFailed is raised when all that can be had was imported. Needs the extra ``tensorboard``.
    """
    _bring("tfevents", log_dir, project, tfevents.Options(run=name))
    _published(project, space_id, dataset_id, private, force=force)


def _bring(name: str, source: str | Path, project: str, options: Any) -> None:
    report = bring(name, [source], project=project, options=options)
    if report.failures:
        raise report.failures[0]


def _published(
    project: str, space_id: str | None, dataset_id: str | None, private: bool | None, *, force: bool
) -> None:
    if space_id is not None:
        sync(project, space_id, private, force, dataset_id=dataset_id)
