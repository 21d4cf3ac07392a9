"""A home of its own for each test, scripts in processes of their own, and a web server that is told of alerts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

import trackio
from trackio.records import AlertRecord
from trackio.store.home import Home

CHECKOUT = Path(__file__).parents[2]
SECRET = "T0KEN-that-nobody-may-see"
PATIENCE_SECONDS = 30.0
APPRISE = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""Apprise loads what Python 3.13 is without."""

Script = Callable[..., "subprocess.CompletedProcess[str]"]
_OTHERS = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "no_color", "term")


@dataclass(frozen=True)
class Request:
    """What a web server was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What it answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    held: threading.Event | None = None
    """What it waits for first."""


class Hook:
    """Takes alerts, and answers each with the next of ``replies``; then, and without any, with 200."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.replies: deque[Reply] = deque()
        self._news = threading.Condition()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = hook.replies.popleft() if hook.replies else Reply()
                with hook._news:
                    hook.requests.append(Request(self.command, self.path, headers, body))
                    hook._news.notify_all()
                if reply.held is not None:
                    reply.held.wait(PATIENCE_SECONDS)
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST  # noqa: N815 - the name is what the base class calls

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """Whoever asked may be killed before the answer."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def url(self, path: str = f"/hook/{SECRET}", scheme: str = "http") -> str:
        return f"{scheme}://{self.host}{path}"

    def wait(self, count: int = 1) -> list[Request]:
        """The requests, when there are so many of them."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.requests) >= count, PATIENCE_SECONDS), self.requests
            return list(self.requests)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    for name in list(os.environ):
        if name.startswith(("TRACKIO_", "WANDB_")) or name.lower() in _OTHERS:
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    yield Home(tmp_path / "home")
    while trackio.run is not None:
        trackio.finish()


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    yield server
    server.close()


@pytest.fixture
def script(home: Home) -> Script:
    """Runs code in a process of its own; it finds ``trackio`` imported."""

    def run(code: str, *, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-c", f"import trackio\n{code}"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run


def raised(home: Home, project: str = "p") -> list[AlertRecord]:
    """The alerts that are recorded, oldest first."""
    store = home.project(project)
    store.catch_up()
    return store.alerts()


def until(is_so: Callable[[], Any]) -> None:
    """Wait for a condition."""
    end, pause = monotonic() + PATIENCE_SECONDS, threading.Event()
    while not is_so():
        assert monotonic() < end
        pause.wait(0.01)
