"""``/api/journals``: takes in what runs elsewhere record, byte for byte as their journals have it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from trackio import journal
from trackio.server.access import Writer
from trackio.server.bodies import checked
from trackio.server.folding import Folding
from trackio.server.options import ServerOptions
from trackio.server.refusals import Refused, busy
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.receiving import Busy, Piece, Receiving, RunDeleted, WrongOffset

router = APIRouter(prefix="/api/journals", tags=["recording"], dependencies=[Writer])

_WRITER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST_NAME = 1000

Durable: TypeAlias = Callable[[str, str], int]
"""How much of a journal of a project is kept where no fault of this machine reaches it."""

Project = Annotated[str, Query(description="The project's name.", max_length=_MOST_NAME)]
Run = Annotated[str, Query(description="The run's id.", max_length=_MOST_NAME)]
Offset = Annotated[int, Query(description="Where in the journal the body begins.", ge=0, lt=1 << 62)]
Damaged = Annotated[bool, Query(description="The bytes cannot be read at their source either; they are set aside.")]


@router.get("/{name}")
def journal_size(request: Request, name: str, project: Project, run: Run) -> dict[str, int]:
    """How many bytes of a journal the server has; 0 of one that it does not know.

    Where its disk does not last, ``durable`` says how many of them are kept elsewhere: the others may be gone when it
    starts again, so the sender keeps them until then.
    """
    project, run = _checked_names(name, project, run)
    receiving = _receiving(request, project)
    try:
        return _answer(request, project, name, receiving.size(name))
    except Busy as error:
        raise busy(error) from None


@router.post("/{name}")
async def append_to_journal(
    request: Request, name: str, *, project: Project, run: Run, offset: Offset, damaged: Damaged = False
) -> dict[str, int]:
    """Append whole frames of a journal, the first of which begins at ``offset``; all of them or none.

    The answer comes when they are on the disk, and is that of ``GET``. 409 says that the journal ends elsewhere, and at
    which size. An empty body tells that the writer lives. 410 says that the run was deleted.
    """
    options: ServerOptions = request.app.state.options
    data = await checked(request, options.journal_bytes)
    return await run_in_threadpool(_append, request, name, (project, run), (offset, data, damaged))


def _append(request: Request, name: str, names: tuple[str, str], sent: tuple[int, bytes, bool]) -> dict[str, Any]:
    project, run = _checked_names(name, *names)
    offset, data, is_damaged = sent
    begun_ns = None
    if data and not is_damaged:
        begun_ns = _checked_frames(data, project, run, offset)
    piece, receiving = Piece(name, run, offset, data, begun_ns, is_damaged), _receiving(request, project)
    try:
        if data and offset == 0:
            # Before that: a project that was deleted is not made anew by what was on its way to it.
            receiving.check(piece)
            homes: Home = request.app.state.homes
            homes.create(project)
        size = receiving.append(piece)
    except WrongOffset as error:
        raise Refused(409, str(error), **_answer(request, project, name, error.size)) from None
    except Busy as error:
        raise busy(error) from None
    except RunDeleted as error:
        raise Refused(410, str(error)) from None
    folding: Folding = request.app.state.folding
    folding.ask(project)
    return _answer(request, project, name, size)


def _answer(request: Request, project: str, name: str, size: int) -> dict[str, Any]:
    durable: Durable | None = request.app.state.durable
    return {"size": size} if durable is None else {"size": size, "durable": min(durable(project, name), size)}


def _checked_names(name: str, project: str, run: str) -> tuple[str, str]:
    """The names as the store has them; raises InvalidName, and refuses a file that is not that run's."""
    project, run = layout.valid_name("project", project), layout.valid_name("run id", run)
    key = layout.key(run)
    writer = name.removeprefix(f"{key}.").removesuffix(layout.JOURNAL_SUFFIX)
    if name != f"{key}.{writer}{layout.JOURNAL_SUFFIX}" or not _WRITER.fullmatch(writer):
        raise Refused(400, f"{name!r} is no journal of run {run!r}: those are named {key}.<writer>.journal.")
    return project, run


def _checked_frames(data: bytes, project: str, run: str, offset: int) -> int | None:
    """When the journal was begun, if its header is here; refuses what is not whole, or of another run."""
    end, payloads = journal.whole(data)
    if end < len(data):
        raise Refused(
            400,
            f"The bytes from {offset + end} on are no whole frame of a journal. Nothing was stored; send whole frames, "
            "or add damaged=1 for bytes that cannot be read at their source.",
        )
    headers = [_header(payload) for payload in dict.fromkeys(payloads)]
    if any((header["run"], header["project"]) != (run, project) for header in headers):
        raise Refused(400, f"The journal is of another run or project than {run!r} of {project!r}. Nothing was stored.")
    if offset == 0 and not headers:
        raise Refused(400, "A journal begins with its header. Nothing was stored; send it from its first byte.")
    return min((header["created_ns"] for header in headers), default=None)


def _header(payload: bytes) -> dict[str, Any]:
    found = journal.scan(journal.frame(journal.HEADER, payload), {}).header
    if found is None or not isinstance(found.get("project"), str):
        raise Refused(400, "The header of the journal cannot be read. Nothing was stored.")
    return {**found, "run": layout.clean(found["run"]), "project": layout.clean(found["project"])}


def _receiving(request: Request, project: str) -> Receiving:
    known: dict[str, Receiving] = request.app.state.receiving
    homes: Home = request.app.state.homes
    return known.setdefault(project, Receiving(layout.project_directory(homes.path, project)))
