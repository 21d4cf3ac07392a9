"""A home, and a real server over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.running import TOKEN, Client
from tests.server.shared import Shared
from trackio.server.app import create_app
from trackio.server.options import ServerOptions
from trackio.store.home import Home
from trackio.store.project import ProjectStore


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the server keeps everything."""
    for name in ("TRACKIO_WRITE_TOKEN", "TRACKIO_READ_TOKEN", "TRACKIO_ALLOWED_HOSTS", "TRACKIO_ROOT_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture(scope="session")
def shared() -> Iterator[Shared]:
    """A server of this process, for one app after the other."""
    with Shared() as running:
        yield running


@pytest.fixture
def client(home: Path, shared: Shared) -> Iterator[Client]:
    """Asks an app of its own, with its write token."""
    options = ServerOptions(home, TOKEN)
    with shared.serving(create_app(options), options) as found:
        yield found


@pytest.fixture
def store(home: Path) -> ProjectStore:
    """The project ``p``, whether it is there yet or not."""
    from trackio.store import layout

    return ProjectStore("p", layout.project_directory(Home(home).path, "p"))
