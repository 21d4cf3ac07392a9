"""What takes a secret away where it was recorded, as something to paste (pure)."""

from __future__ import annotations

import shlex

_EDITED = ("name", "tags", "notes")
"""What of a run may be changed, beside config and summary."""


def run_field(project: str, run_id: str, name: str) -> str:
    """For a run's own field."""
    return _edit(project, run_id, f"run.{name} = ...") if name in _EDITED else delete(project, run_id)


def run_value(project: str, run_id: str, name: str, key: str) -> str:
    """For what stands under a key of the config or the summary."""
    return _edit(project, run_id, f"del run.{name}[{key!r}]")


def delete(project: str, run_id: str) -> str:
    """For what was logged, which stays as it is."""
    return f"trackio delete --project {shlex.quote(project)} --run {shlex.quote(run_id)}"


def delete_artifact(project: str, version: str) -> str:
    """For what a version of an artifact holds, which stays as it is."""
    return f"trackio.Api().project({project!r}).artifact({version!r}).delete(delete_aliases=True)"


def _edit(project: str, run_id: str, change: str) -> str:
    return f"run = trackio.Api().project({project!r}).run({run_id!r}); {change}; run.update()"
