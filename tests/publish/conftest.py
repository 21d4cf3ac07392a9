"""A small Hub on loopback, and a project to publish there with the Hub's own client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

import trackio
from tests.hub.emulator import TOKEN
from tests.hub.emulator import Hub as SmallHub


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
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
    """The Hub, which the environment names, with a user who is logged in."""
    with SmallHub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.endpoint)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield running


@pytest.fixture
def recorded(home: Path) -> str:
    """The project ``p`` with a finished run ``first``."""
    with trackio.init(project="p", name="first", auto_log_cpu=False, auto_log_gpu=False) as run:
        for step in range(3):
            run.log({"loss": 1 / (step + 1)})
    return "p"
