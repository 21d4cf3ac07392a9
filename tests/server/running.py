"""A real server in a thread or in processes of its own, and plain HTTP to it."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

import uvicorn
from fastapi import FastAPI

from tests.server.made import Made
from trackio import settings
from trackio.server.app import create_app
from trackio.server.options import ServerOptions
from trackio.server.running import bound

TOKEN = "a-write-token"
SECONDS = 60.0
"""How long a test waits for what must come."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Asks one server; with the write token unless told otherwise."""

    port: int
    token: str | None = TOKEN
    host: str = "127.0.0.1"
    headers: Mapping[str, str] = field(default_factory=dict)
    open: Callable[[], HTTPConnection] | None = None
    prefix: str = ""

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answer:
        sent = {**self.headers, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        if isinstance(body, (dict, list)):
            body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        sent |= headers or {}
        connection = self.open() if self.open else HTTPConnection(self.host, self.port, timeout=SECONDS)
        try:
            address = self.prefix + path
            connection.request(method, f"{address}?{urlencode(query, doseq=True)}" if query else address, body, sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def without_token(self) -> Client:
        return replace(self, token=None)

    def post(
        self,
        made: Made,
        offset: int,
        data: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        is_packed: bool = False,
        **query: Any,
    ) -> Answer:
        """Send a piece of a journal."""
        sent = {"X-Trackio-Crc32": f"{zlib.crc32(data):08x}", **({"Content-Encoding": "gzip"} if is_packed else {})}
        return self.ask(
            "POST",
            f"/api/journals/{quote(made.name)}",
            gzip.compress(data) if is_packed else data,
            headers={**sent, **(headers or {})},
            **{"project": made.project, "run": made.run, "offset": offset, **query},
        )

    def size(self, made: Made) -> int:
        answer = self.ask("GET", f"/api/journals/{quote(made.name)}", project=made.project, run=made.run)
        assert answer.status == 200, answer.body
        return int(answer.json()["size"])


@contextmanager
def in_thread(
    options: ServerOptions,
    make: Callable[[ServerOptions], FastAPI] = create_app,
    port: int = 0,
    http: type[asyncio.Protocol] | Literal["auto"] = "auto",
) -> Iterator[Client]:
    """A server of this process."""
    listening = bound("127.0.0.1", port)
    config = uvicorn.Config(make(options), log_level="info", ws="none", http=http, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        until(lambda: server.started)
        yield Client(listening.getsockname()[1], options.write_token)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@dataclass
class Process:
    """``trackio serve`` in a process of its own."""

    process: subprocess.Popen[str]
    log: Path
    client: Client

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it as an init system does; the exit code."""
        self.process.terminate()
        return self.process.wait(SECONDS)


@contextmanager
def in_process(home: Path, *options: str, log: Path, token: str | None = TOKEN, **variables: str) -> Iterator[Process]:
    """The command as anybody runs it, with everything it prints in ``log``."""
    environment = settings.environment({"TRACKIO_DIR": str(home), **variables})
    environment.pop("TRACKIO_WRITE_TOKEN", None)
    if token is not None:
        environment["TRACKIO_WRITE_TOKEN"] = token
    command = [sys.executable, "-m", "trackio", "serve", *options]
    with log.open("a") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT, text=True)
    try:
        found = until(lambda: re.search(r" at https?://[^:]+:(\d+)(/\S*)? - ", log.read_text()), process)
        client = Client(int(found[1]), token)
        if "--ssl-certfile" not in options:
            until(lambda: _answers(client), process)
        yield Process(process, log, client)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until(condition: Callable[[], Any], process: subprocess.Popen[str] | None = None) -> Any:
    """What the condition gives as soon as it is anything; fails when that does not come, or the process ends."""
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come"
        assert process is None or process.poll() is None, "the process has ended"
        time.sleep(0.01)
    return found


def _answers(client: Client) -> bool:
    try:
        return client.ask("GET", "/healthz").status == 200
    except OSError:
        return False
