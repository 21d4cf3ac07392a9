"""The alerts of all runs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.store.journals import Written
from trackio.store import raised
from trackio.store.project import ProjectStore

if TYPE_CHECKING:
    import pytest


def test_alerts_are_counted_by_level_and_come_oldest_first(project: ProjectStore) -> None:
    Written(project, "a").event("alert", title="one", level="WARN", step=3).event("alert", title="two", level="error")
    Written(project, "b").event("alert", title="three", text="why", level="warn")
    Written(project, "c").rows([0])
    project.catch_up()
    found = project.raised()
    assert {run: dict(one.counts) for run, one in found.items()} == {"a": {"warn": 1, "error": 1}, "b": {"warn": 1}}
    assert [(one.title, one.level, one.step) for one in found["a"].newest] == [
        ("one", "warn", 3),
        ("two", "error", None),
    ]
    assert found["b"].newest[0].text == "why"
    assert found["a"].count == 2


def test_a_project_without_alerts_has_none(project: ProjectStore) -> None:
    Written(project).rows([0])
    project.catch_up()
    assert project.raised() == {}


def test_of_many_alerts_the_newest_are_read_and_all_are_counted(
    project: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raised, "MOST_ALERTS", 5)
    monkeypatch.setattr(raised, "MOST_TEXTS", 2)
    monkeypatch.setattr(raised, "LETTERS", 10)
    written = Written(project)
    for number in range(8):
        written.event("alert", title=f"alert {number} of many", text="x" * 1000, level="info")
    project.catch_up()
    found = project.raised()["r"]
    assert found.counts == {"info": 8}
    assert [one.title for one in found.newest] == [f"alert {number} of" for number in range(3, 8)]
    assert [one.text for one in found.newest] == [None, None, None, "x" * 10, "x" * 10]
