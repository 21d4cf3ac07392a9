"""A small Hub on loopback, and places for backups."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub.utils import disable_progress_bars, enable_progress_bars

from tests.hub.emulator import TOKEN
from tests.hub.emulator import Hub as SmallHub
from tests.publish.conftest import home, hub
from trackio.backup.archives import Archive
from trackio.backup.dataset import Dataset
from trackio.backup.folder import Folder

__all__ = ["home", "hub"]

Archives = Callable[[], Archive]


@pytest.fixture(autouse=True)
def no_bars() -> Iterator[None]:
    """What is uploaded is told by the tests, not drawn."""
    disable_progress_bars()
    yield
    enable_progress_bars()


@pytest.fixture(params=["dataset", "folder"])
def archives(request: pytest.FixtureRequest, hub: SmallHub, tmp_path: Path) -> Archives:
    """Opens one place for backups, as each server does for itself."""
    if request.param == "dataset":
        return lambda: Dataset("ada/runs", TOKEN)
    (tmp_path / "bucket").mkdir()
    return lambda: Folder(tmp_path / "bucket")
