"""The server with its dashboard."""

from __future__ import annotations

from typing import Literal

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from trackio.dashboard import answers, files, live, pages
from trackio.dashboard.cards import Summaries
from trackio.dashboard.desk import Desk
from trackio.dashboard.known import Projects
from trackio.server.app import create_app
from trackio.server.options import ServerOptions
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
