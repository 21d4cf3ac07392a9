"""Runs that were deleted: what of them is still on its way here is taken in no more.

A run of the same id that is begun later is a new one, and welcome.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from trackio.store import layout


def note(project: Path, run_id: str) -> None:
    """Remember that a run is deleted now."""
    mark = layout.deleted(project, run_id)
    mark.parent.mkdir(exist_ok=True)
    draft = mark.with_suffix(f".{os.urandom(6).hex()}")
    draft.write_text(json.dumps({"run": run_id, "time_ns": time.time_ns()}), encoding="utf-8")
    draft.replace(mark)


def forget(project: Path, run_id: str) -> None:
    """The run was not deleted after all."""
    layout.deleted(project, run_id).unlink(missing_ok=True)


def remove(project: Path, run_ids: Sequence[str]) -> None:
    """Remove the folder of a project, but for the marks of these runs and of those that were deleted before."""
    for run_id in run_ids:
        note(project, run_id)
    # At once, so that whenever this is interrupted there is the whole project or none.
    aside = project.with_name(f"{project.name}.{os.urandom(6).hex()}")
    (project / layout.PROJECT_FILE).unlink(missing_ok=True)
    project.rename(aside)
    marks = list(layout.deletions(aside).glob("*.json")) if run_ids else []
    if marks:
        layout.deletions(project).mkdir(parents=True, exist_ok=True)
    for mark in marks:
        mark.replace(layout.deletions(project) / mark.name)
    shutil.rmtree(aside)


def when(project: Path, run_id: str) -> int | None:
    """When a run was last deleted, in nanoseconds; None when it never was."""
    try:
        return int(json.loads(layout.deleted(project, run_id).read_text(encoding="utf-8"))["time_ns"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
