"""A small Hub on loopback, and places for backups."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import disable_progress_bars, enable_progress_bars

from tests.hub.emulator import TOKEN
from tests.hub.emulator import Hub as SmallHub
from trackio.backup.archives import Archive
from trackio.backup.dataset import Dataset
from trackio.backup.folder import Folder

Archives = Callable[[], Archive]


@pytest.fixture(autouse=True)
def no_bars() -> Iterator[None]:
    """What is uploaded is told by the tests, not drawn."""
    disable_progress_bars()
    yield
    enable_progress_bars()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a test records."""
    for name in list(os.environ):
        if name.startswith(("TRACKIO_", "WANDB_", "HF_")):
            monkeypatch.delenv(name)
    # The client reads these when it is imported.
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    """The Hub, which the environment names."""
    with SmallHub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.endpoint)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield running


@pytest.fixture(params=["dataset", "folder"])
def archives(request: pytest.FixtureRequest, hub: SmallHub, tmp_path: Path) -> Archives:
    """Opens one place for backups, as each server does for itself."""
    if request.param == "dataset":
        return lambda: Dataset("ada/runs", TOKEN)
    (tmp_path / "bucket").mkdir()
    return lambda: Folder(tmp_path / "bucket")
