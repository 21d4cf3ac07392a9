"""``/api/projects``: what may be done with a whole project that is recorded here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from trackio.server.access import Changing, Writer
from trackio.server.refusals import Refused
from trackio.store.home import Home

router = APIRouter(prefix="/api/projects", tags=["projects"], dependencies=[Writer, Changing])


@router.delete("/{project:text}")
def delete_project(request: Request, project: str, force: bool = False) -> dict[str, Any]:
    """Delete a project with all of its runs; one with a run in progress only by force."""
    homes: Home = request.app.state.homes
    store = homes.project(project)
    store.catch_up()
    runs = store.runs()
    for one in runs:
        if one.status == "running" and not force:
            raise Refused(
                409, f"Run {one.name!r} is still running. Stop it first, or add force=1. Nothing was deleted."
            )
    store.delete()
    return {"deleted": store.name, "runs": len(runs)}
