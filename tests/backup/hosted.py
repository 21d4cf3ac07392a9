"""A Space that runs as the Hub would run it: what is in its repository, started with its variables and secrets."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.hub.emulator import Hub
from tests.remote.serving import Serving, wait_for
from trackio.store.home import Home


class Hosted(Serving):
    """A context manager; the process can be killed, its disk wiped, and started again at the same address."""

    def __init__(self, hub: Hub, space_id: str, folder: Path, **environment: str) -> None:
        super().__init__(folder / "disk", **environment)
        self._hub, self.space_id, self._folder = hub, space_id, folder

    def __enter__(self) -> Hosted:  # noqa: PYI034 - Self came with Python 3.11
        # What it is to run may not be there yet.
        return self

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
                "PYTHONPATH": "",
                **self._environment,
            },
        )
        wait_for(self._has_come_up)

    def _has_come_up(self) -> bool:
        assert self.process is None or self.process.poll() is None, "the Space has ended"
        return self.is_up

    def end(self) -> None:
        """As the Hub tells it to end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process = None

    def wipe(self) -> None:
        """What a Space without persistent storage starts with."""
        shutil.rmtree(self.home, ignore_errors=True)

    def rows(self, run: str, name: str = "p") -> int:
        """How many rows of a run it has."""
        if name not in Home(self.home).projects():
            return 0
        return next((one.row_count for one in self.project(name).runs() if run in (one.id, one.name)), 0)
