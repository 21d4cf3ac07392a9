"""How the server says no: ``{"error": a sentence with what to do next}`` under the status that means it."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from trackio.errors import NewerDatabase, NotFound, TrackioError, UnknownProject, UsageError

BUSY_SECONDS = 2
"""After which a database that was busy may be asked again."""


class Refused(HTTPException):
    """A request that is not done; ``fields`` stand beside the reason in the answer."""

    def __init__(self, status: int, reason: str, *, headers: Mapping[str, str] | None = None, **fields: Any) -> None:
        super().__init__(status, reason, dict(headers) if headers else None)
        self.reason, self.fields = reason, fields

    def answer(self) -> JSONResponse:
        """The answer that says so."""
        return JSONResponse({"error": self.reason, **self.fields}, self.status_code, self.headers)


def busy(error: Exception) -> Refused:
    """The answer where somebody else is at work on the same."""
    return Refused(503, str(error), headers={"Retry-After": "1"})


def install(app: FastAPI) -> None:
    """Let an app answer so; what is not below ``/api`` answers as it did."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(TrackioError, _failed)
    app.add_exception_handler(sqlite3.OperationalError, _database_failed)
    app.add_exception_handler(OSError, _system_failed)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(StarletteHTTPException, _other)


def path_of(scope: Mapping[str, Any]) -> str:
    """The path that was asked for, below the place that the server has on its host."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and (path == root or path.startswith(f"{root}/")) else path


def is_api(scope: Mapping[str, Any]) -> bool:
    """Whether the request is one of a program, not for a page."""
    return path_of(scope).startswith("/api/")


def refusal(error: Exception) -> Refused | None:
    """What an error of ours means to whoever asked; None for one that is a fault of the server."""
    if isinstance(error, UnknownProject):
        # Without where they lie.
        return Refused(404, str(UnknownProject(error.name, error.known)))
    if isinstance(error, NotFound):
        return Refused(404, str(error))
    if isinstance(error, UsageError):
        return Refused(400, str(error))
    if isinstance(error, NewerDatabase):
        return Refused(503, "The data here is of a newer trackio. Upgrade the server.", headers={"Retry-After": "60"})
    if isinstance(error, TrackioError):
        return Refused(500, str(error))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refused(507, "The server's disk is full. Free some space there; what was sent before is safe.")
    if isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Refused(507, f"The server cannot write where its data lies ({error.strerror}). See to its rights there.")
    return None


async def _gone(_request: Request, _error: Exception) -> Response:
    # Nobody reads it; without it there would be a traceback for each connection that breaks.
    return Response(status_code=408)


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - what it is installed for
    return error.answer()


def _failed(request: Request, error: Exception) -> Response:
    found = refusal(error) or Refused(500, "The server failed.")
    # Where the data lies is nobody's concern.
    found.reason = found.reason.replace(str(request.app.state.options.home), "HOME")
    return found.answer()


def _database_failed(_request: Request, error: Exception) -> Response:
    if "full" in str(error):
        return Refused(507, "The server's disk is full. Free some space there.").answer()
    return Refused(
        503,
        f"The database cannot be used now ({error}). Ask again in a moment.",
        headers={"Retry-After": str(BUSY_SECONDS)},
    ).answer()


def _system_failed(_request: Request, error: Exception) -> Response:
    found = refusal(error)
    if found is None:
        raise error
    return found.answer()


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is installed for
    if not is_api(request.scope):
        return await request_validation_exception_handler(request, error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return Refused(400, f"{where}: {first['msg']}. See /docs of this server.").answer()


async def _other(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 - what it is installed for
    if not is_api(request.scope):
        return await http_exception_handler(request, error)
    return Refused(error.status_code, f"{error.detail}. See /docs of this server.", headers=error.headers).answer()
