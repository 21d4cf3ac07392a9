"""While a server runs, somebody is there to tell of runs that are killed, wherever they were recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from trackio import settings
from trackio.addresses import run_page
from trackio.alerts.crashes import Watch
from trackio.alerts.places import outlets
from trackio.server.options import ServerOptions
from trackio.store.home import Home


def install(app: FastAPI, options: ServerOptions, homes: Home) -> None:
    """Watch from the moment that the app starts until it ends.

    ``TRACKIO_WEBHOOK_URL`` is told, from ``TRACKIO_WEBHOOK_MIN_LEVEL`` on; raises UsageError for what cannot be.
    """
    told = outlets(settings.said("webhook_url"), settings.said("webhook_min_level"))
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: Any) -> AsyncIterator[Any]:
        watch = Watch(homes, told, _page(options))
        watch.start()
        try:
            async with inner(served) as state:
                yield state
        finally:
            await run_in_threadpool(watch.stop)

    app.router.lifespan_context = lifespan


def _page(options: ServerOptions) -> Callable[[str, str], str] | None:
    """Gives the address of a run's page; None where only this machine is known to reach it."""
    space = settings.text("SPACE_HOST")
    return None if space is None else partial(run_page, dashboard=f"https://{space}{options.root_path}")
