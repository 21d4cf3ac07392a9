"""Tags of runs: a column of the table, chips on their pages, words of the filter, and part of the manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.report.conftest import Build, Record
from tests.report.test_pages import Page as Parsed

Page = Any

SHOWN = "[...document.querySelectorAll('.tk-runs tbody tr:not([hidden]) th bdi')].map((name) => name.textContent)"
LISTED = "[...document.querySelectorAll('.tk-runlist li:not([hidden]) input:not([data-run=\"*\"])')].length"


@pytest.fixture
def tagged(record: Record, built: Build, out: Path) -> Path:
    record("p", "first", tags=["best", "paper v2"])
    record("p", "second", tags=["baseline"])
    record("p", "third-best")
    built()
    return out


def test_the_manifest_names_the_tags_of_each_run(tagged: Path) -> None:
    [project] = json.loads((tagged / "manifest.json").read_text())["projects"]
    assert [run["tags"] for run in project["runs"]] == [["best", "paper v2"], ["baseline"], []]


def test_tags_stand_in_the_table_and_on_the_page_of_their_run(tagged: Path) -> None:
    assert "paper v2" in Parsed((tagged / "p/index.html").read_text()).text
    assert "paper v2" in Parsed((tagged / "p/runs/first.html").read_text()).text
    assert "tk-tag" not in (tagged / "p/runs/third-best.html").read_text().partition("<body")[2]


def test_without_any_tag_there_is_no_column(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    text = (out / "p/index.html").read_text()
    assert ">tags<" not in text
    assert "tag:" not in text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("best", ["first", "third-best"]),
        ("tag:best", ["first"]),
        ("tag:BASE", ["second"]),
        ('tag:"paper v2"', ["first"]),
        ('tag:"paper', ["first"]),
        ('tag:"paper"', []),
        ("tag:", ["first", "second"]),
        ("tag:paper second", []),
        ("baseline sec", ["second"]),
    ],
)
def test_the_filter_of_runs_finds_by_tag(page: Page, tagged: Path, words: str, expected: list[str]) -> None:
    page.goto(f"file://{tagged}/p/index.html")
    page.evaluate("trackio.ready")
    page.locator("#tk-runs-filter").fill(words)
    assert page.evaluate(SHOWN) == expected
    assert page.evaluate(LISTED) == len(expected)


def test_a_click_on_a_tag_shows_the_runs_that_have_it(page: Page, tagged: Path) -> None:
    page.goto(f"file://{tagged}/p/index.html")
    # The first click is also what loads the script of the page.
    page.get_by_role("button", name="paper v2").click()
    page.wait_for_function(f"() => {SHOWN}.join() === 'first'")
    assert page.locator("#tk-runs-filter").input_value() == 'tag:"paper v2"'


def test_a_change_of_tags_alone_is_seen_by_the_next_build(tagged: Path, built: Build) -> None:
    import trackio

    run = next(one for one in trackio.Api().runs("p") if one.name == "second")
    run.tags = ["other"]
    run.update()
    built()
    assert "other" in Parsed((tagged / "p/index.html").read_text()).text
    [project] = json.loads((tagged / "manifest.json").read_text())["projects"]
    assert project["runs"][1]["tags"] == ["other"]
