"""A home, and a real server over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.running import TOKEN, Client, in_thread
from trackio.server.options import ServerOptions
from trackio.store.home import Home
from trackio.store.project import ProjectStore


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the server keeps everything."""
    for name in ("TRACKIO_WRITE_TOKEN", "TRACKIO_READ_TOKEN", "TRACKIO_ALLOWED_HOSTS", "TRACKIO_ROOT_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def client(home: Path) -> Iterator[Client]:
    """Asks a server of this process, with its write token."""
    with in_thread(ServerOptions(home, TOKEN)) as found:
        yield found


@pytest.fixture
def store(home: Path) -> ProjectStore:
    """The project ``p``, whether it is there yet or not."""
    from trackio.store import layout

    return ProjectStore("p", layout.project_directory(Home(home).path, "p"))
