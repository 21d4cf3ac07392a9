"""While a server runs, somebody is there to tell of runs that are killed, wherever they were recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from trackio import settings
from trackio.addresses import run_page
from trackio.alerts.crashes import Watch
from trackio.alerts.places import NOWHERE, outlets
from trackio.errors import UsageError
from trackio.messages import logger
from trackio.server.options import ServerOptions
from trackio.store.home import Home
from trackio.store.listening import dashboard

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ENDS = ("lifespan.shutdown.complete", "lifespan.shutdown.failed", "lifespan.startup.failed")
"""What an app says last."""


def install(app: FastAPI, options: ServerOptions, homes: Home) -> None:
    """Watch from the moment that the app starts until it ends.

    ``TRACKIO_WEBHOOK_URL`` is told, from ``TRACKIO_WEBHOOK_MIN_LEVEL`` on; when these cannot be, nobody, which is said.
    """
    told = NOWHERE
    try:
        told = outlets(settings.said("webhook_url"), settings.said("webhook_min_level"))
    except UsageError as error:
        logger().warning("%s Runs that are killed are noted, and nobody is told.", error)
    app.add_middleware(_Watching, make=lambda: Watch(homes, told, _page(options)))


class _Watching:
    """ASGI middleware around the life of the app, whoever else has a say in that, as gradio has."""

    def __init__(self, app: ASGIApp, make: Callable[[], Watch]) -> None:
        self._app, self._make = app, make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        watch = self._make()
        watch.start()

        async def said(message: Message) -> None:
            if message["type"] in _ENDS:
                # Before that is heard: whoever serves the app may cut off what comes after.
                await run_in_threadpool(watch.stop)
            await send(message)

        try:
            await self._app(scope, receive, said)
        finally:
            watch.stop(0)


def _page(options: ServerOptions) -> Callable[[str, str], str]:
    """Gives the address of a run's page, in the Space or on this machine."""
    space = settings.text("SPACE_HOST")
    here = f"https://{space}{options.root_path}"
    return lambda project, run_id: run_page(project, run_id, dashboard(options.home) if space is None else here)
