"""The real server in a process of its own, which can be killed and started again at the same address."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from trackio.store import layout
from trackio.store.home import Home
from trackio.store.project import ProjectStore

CHECKOUT = Path(__file__).parents[2]
TOKEN = "t0ken-of-the-tests"
DEADLINE_SECONDS = 60.0


class Serving:
    """A context manager; ``restart()`` starts it again after ``kill()``."""

    def __init__(self, home: Path, token: str = TOKEN, **environment: str) -> None:
        self.home, self.token = home, token
        self.port = free_port()
        self._environment = {"TRACKIO_RATE_LIMIT": "0", **environment}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url_with_token(self) -> str:
        return f"{self.url}/?write_token={self.token}"

    def __enter__(self) -> Serving:  # noqa: PYI034 - Self came with Python 3.11
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "trackio.server.asgi:app", "--log-level", "error"]
        self.process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("TRACKIO_")},
                "PYTHONPATH": str(CHECKOUT),
                "TRACKIO_DIR": str(self.home),
                "TRACKIO_WRITE_TOKEN": self.token,
                **self._environment,
            },
        )
        wait_for(lambda: self.is_up)

    @property
    def is_up(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """As the system does it when memory runs out."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def project(self, name: str = "p") -> ProjectStore:
        """A project as the server has it."""
        store = Home(self.home).project(name)
        store.catch_up()
        return store

    def last_step(self, run: str, name: str = "p") -> int:
        """The last step of a run that the server has; -1 when it has none."""
        if name not in Home(self.home).projects():
            return -1
        found = [one.last_step for one in self.project(name).runs() if run in (one.id, one.name)]
        return -1 if not found or found[0] is None else found[0]


def wait_for(holds: Callable[[], bool], what: str = "") -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what or "it did not come to pass"
        time.sleep(0.02)


def wait_until_removed(project: Path) -> None:
    """Wait until the journals of a project are gone: while others read, a fold leaves what it removes to the next."""
    store = ProjectStore(project.name, project)
    wait_for(lambda: store.fold() is None and not list(layout.journals(project).iterdir()))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
