"""Quiet trainers of one thread, scripts in processes of their own, and a small Hub on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from hub.emulator import TOKEN, Hub
from transformers.utils import logging

FOLDER = Path(__file__).parents[1]
Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def quiet() -> None:
    logging.set_verbosity_error()
    torch.set_num_threads(1)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as running:
        yield running


@pytest.fixture
def script(home: Path) -> Script:
    """Runs code in a process of its own, which reaches ``hub`` when it is given one."""

    def run(code: str, hub: Hub | None = None, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(FOLDER)])}
        if hub is not None:
            online = dict.fromkeys(("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"), "0")
            variables |= {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", **online}
        done = subprocess.run(
            [sys.executable, "-c", f"import trackio\nfrom hf.tiny import *\n{code}"],
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run
