"""The question before something becomes public for the first time: only in a terminal, never in Python calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO, TypeAlias

from trackio.errors import PublishError, UsageError
from trackio.harmless import plain

Confirm: TypeAlias = Callable[[str, str, str], None]
"""Given what is published, the id of the Space and its address; raises where nobody agrees."""


def is_asked(space_id: str, *, is_private: bool | None, before: str | None) -> bool:
    """Whether publishing there asks: to a Space that all may see, or may come to, and that was not published to before.

    ``is_private`` is what the Space is, or is to be; None when that is left to its owner's default. ``before`` is the
    Space that the project was published to last.
    """
    return is_private is not True and before != space_id


def terminal(answers: TextIO, questions: TextIO, *, is_agreed: bool) -> Confirm:
    """What asks a person at a terminal; ``is_agreed`` is ``--yes``, and then nobody is asked.

    What it gives raises UsageError where nobody can be asked, and PublishError when the answer is no.
    """

    def confirm(what: str, space_id: str, url: str) -> None:
        if is_agreed:
            return
        if not answers.isatty():
            raise UsageError(
                f"This would make {what} public at {url}, and there is no terminal to ask. Pass --yes to agree, or "
                "--private to let only members see it. Nothing was published."
            )
        print(plain(f"This makes {what} public at {url}. Go on? [y/N] "), end="", file=questions, flush=True)
        if answers.readline().strip().lower() not in ("y", "yes"):
            raise PublishError(
                f"{space_id} was left as it is", "the answer was not yes", "Use --private to let only members see it."
            )

    return confirm
