"""Projects with something of everything, and whether two homes hold the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

import trackio
from trackio.store import layout
from trackio.store.home import Home

QUIET: dict[str, Any] = {"auto_log_cpu": False, "auto_log_gpu": False}


def record(project: str = "p", name: str = "first", steps: int = 5, **options: Any) -> str:
    """A run that is finished; its id."""
    with trackio.init(project=project, name=name, config={"lr": 0.1, "text": "ä"}, **QUIET, **options) as run:
        for step in range(steps):
            run.log({"loss": 1 / (step + 1), "count": step, "sign": "up" if step % 2 else 1.5})
        run.log({"odd": float("nan"), "far": float("-inf"), "wide": 2**60, "is_on": True})
        run.alert("low", "a text", level="ERROR")
        run.log({"picture": trackio.Image(np.zeros((4, 4, 3), np.uint8))})
        artifact = trackio.Artifact("weights", "model")
        with artifact.new_file("w.txt") as file:
            file.write("weights of " + name)
        run.log_artifact(artifact)
    return str(run.id)


def tables(home: Path, project: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that a project's database holds, each value with its type; but when snapshots were made, which goes on."""
    path = layout.database(layout.project_directory(home, project))
    with closing(sqlite3.connect(":memory:")) as db:
        with closing(sqlite3.connect(path)) as kept:
            kept.backup(db)
        db.execute("UPDATE runs SET sealed_revision = NULL")
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            name: sorted((tuple(map(repr, row)) for row in db.execute(f"SELECT * FROM {name}")), key=repr)
            for name in names
            if name != "sqlite_stat1"
        }


def assert_same(one: Path, other: Path) -> None:
    """Two homes hold the same projects, rows and files."""
    assert Home(other).projects() == Home(one).projects()
    for project in Home(one).projects():
        assert tables(other, project) == tables(one, project)
        here, there = Home(one).project(project).blobs, Home(other).project(project).blobs
        assert list(there.names()) == list(here.names())
        for name in here.names():
            assert there.read(name) == here.read(name)
