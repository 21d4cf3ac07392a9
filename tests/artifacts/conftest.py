"""A home of its own and a folder to work in, and a run to log artifacts with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import trackio
from tests.tracking.conftest import home, project, script
from trackio import Artifact
from trackio.tracking.run import Run

__all__ = ["home", "project", "script"]

Made = Callable[..., Artifact]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of each test."""
    path = tmp_path / "work"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def run() -> Iterator[Run]:
    """A run of the project ``p``."""
    with trackio.init(project="p", auto_log_cpu=False, auto_log_gpu=False) as begun:
        yield begun


@pytest.fixture
def made() -> Made:
    """``made("data", a="text")`` is a draft with the file ``a``."""

    def make(name: str = "data", kind: str = "dataset", /, **files: str) -> Artifact:
        artifact = Artifact(name, kind)
        for path, text in files.items():
            with artifact.new_file(path) as file:
                file.write(text)
        return artifact

    return make


def tree(folder: str | Path) -> dict[str, str]:
    """The files below a folder, with their texts."""
    root = Path(folder)
    return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}
