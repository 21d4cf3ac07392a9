"""Names become file names: any text, no collision, no escape."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from trackio.errors import InvalidName, UnknownProject
from trackio.store import layout
from trackio.store.home import Home

HOSTILE = [
    "plain",
    "Plain",
    "a/b",
    "a-b",
    "a b",
    "../../etc/passwd",
    "..",
    ".",
    "/",
    "con",
    "🦦",
    "\u202eevil",
    "nul\x00byte",
    "x" * 300,
    "x" * 301,
    "<script>alert(1)</script>",
    "a-0123abcd",
    " padded ",
    "lone \udc80 surrogate",
    "naïve",
    "naive",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_project_of_any_name_stays_inside_the_home_and_is_shown_as_given(name: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    made = home.create(name)
    assert made.directory.parent == tmp_path / "home" / "projects"
    assert made.directory.resolve().is_relative_to(tmp_path / "home")
    assert home.projects() == [layout.clean(name)]
    assert home.project(name).directory == made.directory


def test_no_two_names_share_a_folder() -> None:
    keys = [layout.key(layout.clean(name)) for name in HOSTILE]
    assert len({key.lower() for key in keys}) == len(keys)
    assert all(len(key) <= 80 for key in keys)


def test_a_name_made_to_look_like_the_key_of_another_gets_a_key_of_its_own() -> None:
    victim = layout.key("A")
    assert layout.key(victim) != victim


@pytest.mark.parametrize("name", ["", "  ", "\n", None, 7, b"bytes"])
def test_empty_names_and_other_types_are_refused(name: object, tmp_path: Path) -> None:
    with pytest.raises(InvalidName, match="usable project name"):
        Home(tmp_path).create(name)  # type: ignore[arg-type]


def test_an_unknown_project_suggests_the_nearest(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create("mnist")
    with pytest.raises(UnknownProject, match="Nearest: mnist"):
        home.project("minst")


def test_a_project_that_comes_while_it_is_looked_for_is_found(tmp_path: Path) -> None:
    class Meanwhile(Home):
        def projects(self) -> list[str]:
            self.create("demo")
            return super().projects()

    assert Meanwhile(tmp_path).project("demo").name == "demo"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": 3}', "{}"])
def test_folders_that_hold_no_project_are_passed_over(content: str, tmp_path: Path) -> None:
    stray = tmp_path / "projects" / "stray"
    stray.mkdir(parents=True)
    (stray / "project.json").write_text(content)
    (tmp_path / "projects" / "a file").write_text("")
    assert Home(tmp_path).projects() == []


def test_a_home_that_is_not_there_has_no_projects(tmp_path: Path) -> None:
    assert Home(tmp_path / "nowhere").projects() == []


def test_projects_are_sorted(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name in ("b", "C", "a"):
        home.create(name)
    assert all(one <= two for one, two in pairwise(home.projects()))
