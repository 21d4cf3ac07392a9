"""A home with everything, the command line over it, and a real server of it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

from tests.cli.conftest import cli
from tests.documents.full import fill
from trackio.server.app import create_app
from trackio.server.options import ServerOptions

__all__ = ["cli"]

READ_TOKEN = "read-me"
WRITE_TOKEN = "write-me"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home, which TRACKIO_DIR names."""
    path = tmp_path / "home"
    monkeypatch.setenv("TRACKIO_DIR", str(path))
    for name in ("TRACKIO_PROJECT", "TRACKIO_SERVER_URL", "TRACKIO_READ_TOKEN", "TRACKIO_WRITE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return path


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with everything in it, made once, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TRACKIO_DIR", str(folder / "home"))
        fill(folder / "home", folder)
    return folder / "home"


@pytest.fixture
def full(home: Path, filled: Path) -> Path:
    """The home with everything in it."""
    shutil.copytree(filled, home)
    return home


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """``serve(home)`` is the address of a server of it; ``read_token=`` closes it to others."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(home: Path, read_token: str | None = None) -> str:
        options = ServerOptions(home=home, write_token=WRITE_TOKEN, read_token=read_token)
        config = uvicorn.Config(create_app(options), host="127.0.0.1", port=0, log_level="error", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        while not server.started:
            assert thread.is_alive()
            thread.join(0.01)
        [listening] = server.servers
        return f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()
