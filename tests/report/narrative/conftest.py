"""A home with a few runs, and notes that are built into a site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.conftest import Build, Record
from trackio.errors import NotesError
from trackio.report.build import Report
from trackio.report.gather import Selection, gather
from trackio.report.narrative.facts import ProjectFacts

Write = Callable[..., Path]
Made = Callable[..., Report]


@pytest.fixture
def recorded(record: Record, home: Path) -> Path:
    """Project ``mnist``: two optimizers with two seeds each; project ``other`` with one run."""
    ends = {"sgd-1": 0.5, "sgd-2": 0.7, "adam-1": 0.2, "adam-2": 0.3}
    for name, end in ends.items():
        optimizer = name.partition("-")[0]
        metrics = {"val/loss": [1.0, end], "val/acc": [0.1, 1 - end], "train/loss": [2.0, 1.0, end]}
        config = {"lr": 0.1 if optimizer == "sgd" else 1e-3, "optim": {"name": optimizer}, "api_key": "hidden"}
        record("mnist", name, metrics, group=optimizer, config=config)
    record("other", "lone", {"loss": [3.0, 2.0]})
    return home


@pytest.fixture
def facts(recorded: Path) -> dict[str, ProjectFacts]:
    """What is known of both projects."""
    return {one.name: ProjectFacts(recorded, one) for one in gather(recorded, Selection())}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write notes: ``write("text")``; the front matter names ``mnist`` unless the text has one of its own."""
    folder = tmp_path / "notes"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def write(text: str, name: str = "notes.md") -> Path:
        whole = text if text.startswith("---") else f"---\nproject: mnist\ntitle: Notes\n---\n\n{text}"
        (folder / name).write_text(whole, "utf-8")
        return Path(name)

    return write


@pytest.fixture
def made(write: Write, built: Build, recorded: Path) -> Made:
    """Write notes and build the site with them: ``made("text")``."""

    def made(text: str, **options: object) -> Report:
        return built(notes=[write(text)], **options)

    return made


@pytest.fixture
def wrong(made: Made) -> Callable[[str], list[str]]:
    """What is wrong with notes, a line each."""

    def wrong(text: str) -> list[str]:
        with pytest.raises(NotesError) as caught:
            made(text)
        return [str(problem) for problem in caught.value.problems]

    return wrong
