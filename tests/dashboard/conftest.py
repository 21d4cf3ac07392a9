"""A home, and a real server with the dashboard over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import trackio
from tests.server.conftest import shared
from tests.server.running import TOKEN, Client
from tests.server.shared import Shared
from trackio.dashboard.app import create
from trackio.server.options import ServerOptions

__all__ = ["shared"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where runs of this process record, and what the server shows."""
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    yield tmp_path / "home"
    trackio.finish()


@pytest.fixture
def dashboard(home: Path, shared: Shared) -> Iterator[Client]:
    """The dashboard of that home; anybody may look."""
    options = ServerOptions(home, TOKEN)
    with shared.serving(create(options), options) as found:
        yield found
