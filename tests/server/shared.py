"""One real server for the apps of many tests: starting and ending one costs a quarter of a second each time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from tests.server.running import SECONDS, Client, until
from trackio.server.options import ServerOptions
from trackio.server.running import bound


class Shared:
    """A context manager; ``serving`` puts an app behind its port, which begins and ends as if it had its own server."""

    def __enter__(self) -> Shared:  # noqa: PYI034 - Self came with Python 3.11
        self._app: Any = None
        self._listening = bound("127.0.0.1", 0)
        # What is logged is looked at by tests with servers of their own.
        self._server = uvicorn.Server(uvicorn.Config(self._answer, interface="asgi3", log_config=None, ws="none"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self._thread.start()
        until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()

    @contextmanager
    def serving(self, app: FastAPI, options: ServerOptions) -> Iterator[Client]:
        """Asks the app, with its write token."""
        has_begun, ending = threading.Event(), asyncio.Event()
        life = asyncio.run_coroutine_threadsafe(_lifespan(app, has_begun, ending), self._loop)
        try:
            until(lambda: has_begun.is_set() or life.done())
            self._app = app
            yield Client(self._listening.getsockname()[1], options.write_token)
        finally:
            self._app = None
            self._loop.call_soon_threadsafe(ending.set)
            life.result(SECONDS)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        self._loop = asyncio.get_running_loop()
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})


async def _lifespan(app: FastAPI, has_begun: threading.Event, ending: asyncio.Event) -> None:
    """Tell an app that it begins, and in the end that it ends."""
    steps = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Any:
        step = next(steps)
        if step == "lifespan.shutdown":
            await ending.wait()
        return {"type": step}

    async def send(message: Any) -> None:
        assert message["type"].endswith(".complete"), message
        has_begun.set()

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
