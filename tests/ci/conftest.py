"""A home with runs that rules can ask: seeds of a baseline, one after them, and energy that was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

import trackio
from tests.cli.conftest import Cli, Done, cli, home

__all__ = ["Cli", "Done", "cli", "home", "log", "seeds"]


def log(name: str, *losses: float, project: str = "p", **more: object) -> None:
    """A run that logged these losses, and an accuracy that is what they lack of 1."""
    given = {"config": {"lr": 0.1, "optimizer": {"name": "adam", "beta": 0.9}}, **more}
    with trackio.init(project=project, name=name, auto_log_cpu=False, auto_log_gpu=False, **given) as run:  # type: ignore[arg-type]
        for step, loss in enumerate(losses):
            run.log({"val/loss": loss, "val/acc": 1 - loss, "odd-name": float(step)}, step=10 * step)


@pytest.fixture
def seeds(home: Path) -> Path:
    """Two seeds of a baseline, tagged, and a run after them."""
    log("seed-1", 0.9, 0.50, group="main", tags=["main", "old"])
    log("seed-2", 0.9, 0.52, group="main", tags=["main"])
    log("new", 0.8, 0.51)
    return home
