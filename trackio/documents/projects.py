"""``list projects``, ``get project`` and ``status``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from trackio.api import Project
from trackio.documents.encoding import Document
from trackio.documents.selecting import project_of
from trackio.errors import StoreError
from trackio.logged import Run
from trackio.store.home import Home
from trackio.times import iso
from trackio.version import __version__


def projects(home: Home, *, details: bool = False) -> Document:
    """The names, which cost nothing; with ``details`` also a look into each project, as ``status`` has it."""
    names = home.projects()
    if not details:
        return {"projects": names}
    found = _looks(home, names)
    return {"projects": names, "details": found["projects"], "errors": found["errors"]}


def project(home: Home, *, project: str | None = None) -> Document:
    """What a project holds."""
    found = project_of(home, project)
    runs = found.runs()
    return {
        "project": found.name,
        "num_runs": len(runs),
        "runs": [one.name for one in runs],
        "metrics": found.metrics(),
        "last_activity": _last_activity(runs),
        "running": [one.name for one in runs if one.status == "running"],
        "groups": sorted({one.group for one in runs if one.group is not None}),
    }


def status(home: Home) -> Document:
    """Where the data lies, how much there is, what is running; a project that cannot be read hides no other."""
    looks = _looks(home, home.projects())
    return {
        "version": __version__,
        "home": str(home.path),
        "is_writable": _is_writable(home.path),
        "disk_bytes": _bytes_under(home.path),
        "projects": looks["projects"],
        "running": looks["running"],
        "errors": looks["errors"],
    }


def _looks(home: Home, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    entries: list[dict[str, Any]] = []
    running: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for name in names:
        try:
            runs = Project(home.project(name)).runs()
        except StoreError as error:
            errors.append({"project": name, "error": str(error)})
            entries.append({"project": name, "runs": None, "running": [], "last_activity": None})
            continue
        alive = [one for one in runs if one.status == "running"]
        running += [
            {
                "project": name,
                "run": one.name,
                "id": one.id,
                "last_step": one.last_step,
                "updated_at": iso(one.record.updated_ns),
            }
            for one in alive
        ]
        entries.append(
            {
                "project": name,
                "runs": len(runs),
                "running": [one.name for one in alive],
                "last_activity": _last_activity(runs),
            }
        )
    return {"projects": entries, "running": running, "errors": errors}


def _last_activity(runs: Iterable[Run]) -> str | None:
    latest = max((one.record.updated_ns for one in runs), default=None)
    return None if latest is None else iso(latest)


def _bytes_under(folder: Path) -> int:
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(directory) / name).lstat().st_size
            except OSError:
                # A journal that was folded and removed meanwhile.
                continue
    return total


def _is_writable(home: Path) -> bool:
    nearest = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    return os.access(nearest, os.W_OK)
