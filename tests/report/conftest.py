"""Projects recorded with the real tracking API, and reports built of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trackio
from trackio.report.build import Options, Report, build
from trackio.report.gather import Selection

Record = Callable[..., None]
Build = Callable[..., Report]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "home"
    monkeypatch.setenv("TRACKIO_DIR", str(path))
    return path


@pytest.fixture
def record(home: Path) -> Record:
    """Record one run: ``record("project", "run", {"loss": [1, 0.5]})``."""

    def record(project: str, name: str, metrics: dict[str, list[Any]] | None = None, **options: Any) -> None:
        metrics = {"loss": [1.0, 0.5, 0.25]} if metrics is None else metrics
        run = trackio.init(project=project, name=name, auto_log_cpu=False, auto_log_gpu=False, **options)
        for step in range(max(map(len, metrics.values()), default=0)):
            run.log({key: values[step] for key, values in metrics.items() if step < len(values)}, step=step)
        run.finish()

    return record


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def built(home: Path, out: Path) -> Build:
    """Build the report into ``out``, in this process."""

    def built(
        projects: tuple[str, ...] = (), runs: tuple[str, ...] = (), metrics: tuple[str, ...] = (), **options: Any
    ) -> Report:
        selection = Selection(projects, runs, metrics)
        return build(Options(options.pop("output", out), home, selection, workers=1, **options))

    return built


def files(path: Path) -> dict[str, bytes]:
    """Every file below a folder, by name; the lock, which is empty, aside."""
    found = (p for p in sorted(path.rglob("*")) if p.is_file() and p.suffix != ".lock")
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in found}
