"""``/api/runs``: what may be changed of a run that is recorded here, and what a run that goes on starts from."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.convertors import Convertor, register_url_convertor

from trackio.documents.encoding import jsonable
from trackio.errors import UnknownProject, UnknownRun, UsageError
from trackio.records import RunRecord
from trackio.server.access import Changing, Writer
from trackio.server.moving import NotMoved, known, move
from trackio.server.refusals import Refused
from trackio.store import deleted, layout
from trackio.store.edits import edit
from trackio.store.home import Home
from trackio.store.project import ProjectStore


class _Text(Convertor[str]):
    """Any text in an address, slashes and ends of lines included: so are the ids of runs."""

    regex = "(?s:.+)"

    def convert(self, value: str) -> str:
        """What routes are given."""
        return value

    def to_string(self, value: str) -> str:
        """What stands in an address."""
        return value


register_url_convertor("text", _Text())

router = APIRouter(prefix="/api/runs", tags=["runs"], dependencies=[Writer, Changing])

Project = Annotated[str, Query(description="The project's name.", max_length=1000)]
Text = Annotated[str, Field(max_length=1000)]


class Changes(BaseModel):
    """What shall be another; what is left out stays. Null takes notes and group away."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    group: Text | None = None
    notes: str | None = None
    tags: list[Text] | None = Field(None, max_length=1000)


class Target(BaseModel):
    """Where a run shall go."""

    model_config = ConfigDict(extra="forbid")

    project: Text


@router.get("/{run_id:text}/resume")
def resume_run(request: Request, run_id: str, project: Project) -> dict[str, Any]:
    """What a run of this id, else the newest of this name, goes on from on a machine that has nothing of it.

    ``exists`` is false of a new one.

    ``summary`` is what the script set itself, ``last_values`` the rest.
    """
    homes: Home = request.app.state.homes
    try:
        store = homes.project(project)
        store.catch_up()
        record = store.run(run_id)
    except (UnknownProject, UnknownRun):
        return {"exists": False}
    own = store.own_summary(record.id)
    answer: dict[str, Any] = jsonable(
        {
            "exists": True,
            **_told(record),
            "job_type": record.job_type,
            "config": record.config,
            "row_count": record.row_count,
            "next_step": 0 if record.last_step is None else record.last_step + 1,
            "summary": own,
            "last_values": {name: value for name, value in record.summary.items() if name not in own},
        }
    )
    return answer


@router.patch("/{run_id:text}")
def change_run(request: Request, run_id: str, project: Project, changes: Changes) -> dict[str, Any]:
    """Change the name, the group, the notes or the tags of a run, also of one in progress; what it is then."""
    store, _ = _found(request, project, run_id)
    fields = {name: getattr(changes, name) for name in changes.model_fields_set}
    if "name" in fields:
        fields["name"] = layout.valid_name("run", fields["name"])
    if fields.get("tags", []) is None:
        raise UsageError("tags are a list of words; an empty one takes them away.")
    if fields:
        edit(store, run_id, [("run", _clean(fields))])
    return _told(known(store, run_id))


@router.delete("/{run_id:text}")
def delete_run(
    request: Request, run_id: str, project: Project, force: bool = False, anew: bool = False
) -> dict[str, str]:
    """Delete a run with all that was recorded of it; one in progress only by force.

    With ``anew`` what was recorded before is taken in again when it is sent, which is refused otherwise.
    """
    store, record = _found(request, project, run_id)
    if record.status == "running" and not force:
        raise Refused(409, f"Run {record.name!r} is still running. Stop it first, or add force=1. Nothing was deleted.")
    store.delete_run(record.id)
    if anew:
        deleted.forget(store.directory, record.id)
    return {"deleted": record.id}


@router.post("/{run_id:text}/move")
def move_run(request: Request, run_id: str, project: Project, target: Target) -> dict[str, str]:
    """Move a run that has ended to another project, which is made when it is new."""
    homes: Home = request.app.state.homes
    store, record = _found(request, project, run_id)
    if record.status == "running":
        # Asked here too, so that no project is made for nothing.
        raise Refused(409, f"Run {record.name!r} is still running. Move it when it has ended. Nothing was moved.")
    try:
        move(store, record.id, homes.create(target.project))
    except NotMoved as error:
        raise Refused(409, str(error)) from None
    return {"project": layout.clean(target.project), "id": record.id}


def _found(request: Request, project: str, run_id: str) -> tuple[ProjectStore, RunRecord]:
    """The run of that id as it is now; raises UnknownProject and UnknownRun."""
    homes: Home = request.app.state.homes
    store = homes.project(project)
    store.catch_up()
    return store, known(store, layout.clean(run_id))


def _told(record: RunRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "group": record.group,
        "tags": list(record.tags),
        "notes": record.notes,
    }


def _clean(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [layout.clean(one) for one in value] if isinstance(value, list) else value and layout.clean(value)
        for name, value in fields.items()
    }
