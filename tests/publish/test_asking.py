"""Who is asked before something becomes public, and what the answers mean."""

from __future__ import annotations

import io

import pytest

from trackio.errors import PublishError, UsageError
from trackio.publish.asking import is_asked, terminal


class Terminal(io.StringIO):
    """Where a person types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("is_private", "before", "asks"),
    [
        (False, None, True),
        (None, None, True),
        (None, "ada/other", True),
        (True, None, False),
        (False, "ada/charts", False),
    ],
)
def test_the_first_time_in_a_space_that_others_may_see_asks(
    is_private: bool | None, before: str | None, asks: bool
) -> None:
    assert is_asked("ada/charts", is_private=is_private, before=before) is asks


@pytest.mark.parametrize("answer", ["y\n", "Yes\n", " y "])
def test_a_yes_goes_on(answer: str) -> None:
    said = io.StringIO()
    terminal(Terminal(answer), said, is_agreed=False)("p", "ada/charts", "https://ada-charts.static.hf.space/")
    assert said.getvalue() == "This makes p public at https://ada-charts.static.hf.space/. Go on? [y/N] "


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "yess\n", "no"])
def test_anything_else_publishes_nothing(answer: str) -> None:
    with pytest.raises(PublishError, match="the answer was not yes"):
        terminal(Terminal(answer), io.StringIO(), is_agreed=False)("p", "ada/charts", "https://x.example/")


def test_without_a_terminal_nobody_is_asked_and_nothing_published() -> None:
    said = io.StringIO()
    with pytest.raises(UsageError, match=r"Pass --yes to agree, or --private"):
        terminal(io.StringIO("y\n"), said, is_agreed=False)("p", "ada/charts", "https://x.example/")
    assert said.getvalue() == ""


def test_who_agreed_beforehand_is_not_asked() -> None:
    said = io.StringIO()
    terminal(io.StringIO(), said, is_agreed=True)("p", "ada/charts", "https://x.example/")
    assert said.getvalue() == ""


def test_a_hostile_name_moves_nothing_on_the_terminal() -> None:
    said = io.StringIO()
    terminal(Terminal("y"), said, is_agreed=False)("p\x1b[2J\n", "ada/charts", "https://x.example/")
    assert said.getvalue().isprintable()
