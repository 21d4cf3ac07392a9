"""The server with its dashboard, as an application for any ASGI server: ``uvicorn trackio.dashboard.asgi:app``.

It is set up by the ``TRACKIO_*`` variables that ``trackio.server.options.from_environment`` names. ``app`` is made when
it is first asked for; whoever wants another calls `create`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from trackio.dashboard import answers, files, live, pages
from trackio.dashboard.cards import Summaries
from trackio.dashboard.desk import Desk
from trackio.dashboard.known import Projects
from trackio.server.app import create_app
from trackio.server.options import ServerOptions, from_environment
from trackio.server.refusals import is_api

Theme = Literal["auto", "light", "dark"]


def create(options: ServerOptions, app: FastAPI | None = None, *, theme: Theme = "auto") -> FastAPI:
    """The app with the API and all pages, on one of its own unless one is given, as `create_app` has it.

    ``theme`` is that of pages whose address names none; ``auto`` is the reader's own.
    """
    app = create_app(options, app)
    projects = Projects(app.state.homes)
    app.state.desk = Desk(projects, Summaries(projects), theme)
    app.state.closed = answers.wrong_token
    for module in (live, pages, files):
        app.include_router(module.router)
    before = app.exception_handlers[HTTPException]

    async def other(request: Request, error: Exception) -> Response:
        if is_api(request.scope) or not isinstance(error, HTTPException) or error.status_code != 404:
            found: Response = await before(request, error)  # type: ignore[misc]
            return found
        return answers.refused(request) or answers.not_found(request, None)

    app.add_exception_handler(HTTPException, other)
    return app


@cache
def _from_environment() -> FastAPI:
    return create(from_environment())


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _from_environment()
