"""``/api/files``: media, saved files and artifacts, taken in by content and handed out."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from trackio.server.access import Reader, Writer
from trackio.server.bodies import CRC_HEADER, body, checked
from trackio.server.options import ServerOptions
from trackio.server.refusals import Refused, busy
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.incoming import Incoming, WrongContent
from trackio.store.receiving import Busy, WrongOffset

router = APIRouter(prefix="/api/files", tags=["files"])

SHOWN = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".json": "application/json",
}
"""What a browser may show where it stands; nothing of it can run scripts. All else is saved as a file."""

FOR_EVER = "private, max-age=31536000, immutable"
"""A name stands for its content."""

Project = Annotated[str, Query(description="The project's name.", max_length=1000)]
Offset = Annotated[int, Query(description="Where in the file the body begins.", ge=0)]
Size = Annotated[int, Query(description="How large the whole file is.", ge=0)]


class Names(BaseModel):
    """Stored files: each the SHA-256 of a file in hexadecimal, and its suffix."""

    model_config = ConfigDict(extra="forbid")

    names: list[str] = Field(max_length=10_000)


@router.post("/missing", dependencies=[Writer])
def missing_files(request: Request, project: Project, wanted: Names) -> dict[str, list[str]]:
    """Which of these files the project does not have."""
    incoming = Incoming(_directory(request, project))
    try:
        return {"missing": incoming.missing(wanted.names)}
    except ValueError as error:
        raise Refused(400, f"{error}.") from None


@router.put("/{name}", dependencies=[Writer])
async def put_file(request: Request, name: str, project: Project, offset: Offset, size: Size) -> dict[str, Any]:
    """Append a chunk of a file of ``size`` bytes; ``done`` says that all of it is here and is what its name says.

    409 says that the file ends elsewhere, and at which size.
    """
    options: ServerOptions = request.app.state.options
    if size > options.file_bytes:
        raise Refused(413, f"Files here have at most {options.file_bytes:,} bytes.")
    read = checked if CRC_HEADER in request.headers else body
    data = await read(request, options.chunk_bytes)
    return await run_in_threadpool(_append, request, project, name, (offset, size, data))


@router.get("/{name}", dependencies=[Reader], response_class=FileResponse)
def get_file(request: Request, name: str, project: Project) -> FileResponse:
    """The bytes of a file."""
    homes: Home = request.app.state.homes
    try:
        path = homes.project(project).blobs.path(name)
    except ValueError as error:
        raise Refused(400, f"{error}.") from None
    if not path.is_file():
        raise Refused(404, f"No file {name} in {project!r}. The run that names it may not have sent it yet.")
    kind = SHOWN.get(PurePosixPath(name).suffix)
    return FileResponse(
        path,
        media_type=kind or "application/octet-stream",
        filename=name,
        content_disposition_type="inline" if kind else "attachment",
        headers={"Cache-Control": FOR_EVER},
    )


def _append(request: Request, project: str, name: str, sent: tuple[int, int, bytes]) -> dict[str, Any]:
    homes: Home = request.app.state.homes
    try:
        size, is_done = Incoming(homes.create(project).directory).append(name, *sent)
    except WrongOffset as error:
        raise Refused(409, f"The file has {error.size} bytes here. Send it from there on.", size=error.size) from None
    except Busy as error:
        raise busy(error) from None
    except (WrongContent, ValueError) as error:
        raise Refused(400, f"{str(error).rstrip('.')}.") from None
    return {"size": size, "done": is_done}


def _directory(request: Request, project: str) -> Any:
    homes: Home = request.app.state.homes
    return layout.project_directory(homes.path, layout.valid_name("project", project))
