"""A Space that runs as the Hub would run it: what is in its repository, started with its variables and secrets."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

from tests.hub.emulator import Hub
from tests.remote.serving import free_port, wait_for
from trackio.store.home import Home
from trackio.store.project import ProjectStore


class Hosted:
    """A context manager; the process can be killed, its disk wiped, and started again at the same address."""

    def __init__(self, hub: Hub, space_id: str, folder: Path, **environment: str) -> None:
        self._hub, self.space_id, self._folder = hub, space_id, folder
        self._environment = environment
        self.port = free_port()
        self.home = folder / "disk"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Hosted:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start what is in the repository now, and wait until it answers."""
        repo = self._hub.space(self.space_id)
        app = self._folder / "app"
        shutil.rmtree(app, ignore_errors=True)
        app.mkdir(parents=True)
        for name, content in repo.files.items():
            (app / name).write_bytes(content)
        self.process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=app,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith(("TRACKIO_", "HF_"))},
                **repo.running.environment,
                "HF_ENDPOINT": self._hub.endpoint,
                "HF_HUB_DISABLE_XET": "1",
                "HF_HOME": str(self._folder / "cache"),
                "SPACE_ID": self.space_id,
                "SPACE_HOST": f"127.0.0.1:{self.port}",
                "GRADIO_SERVER_PORT": str(self.port),
                "TRACKIO_DIR": str(self.home),
                "TRACKIO_RATE_LIMIT": "0",
                "PYTHONPATH": "",
                **self._environment,
            },
        )
        wait_for(lambda: self.is_up)

    @property
    def is_up(self) -> bool:
        assert self.process is None or self.process.poll() is None, "the Space has ended"
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """As the Hub does it with what does not end."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """As the Hub tells it to end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process = None

    def wipe(self) -> None:
        """What a Space without persistent storage starts with."""
        shutil.rmtree(self.home, ignore_errors=True)

    def project(self, name: str = "p") -> ProjectStore:
        """A project as the Space has it."""
        store = Home(self.home).project(name)
        store.catch_up()
        return store

    def rows(self, run: str, name: str = "p") -> int:
        """How many rows of a run it has."""
        if name not in Home(self.home).projects():
            return 0
        return next((one.row_count for one in self.project(name).runs() if run in (one.id, one.name)), 0)
