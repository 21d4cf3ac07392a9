"""What is wrong in a file of notes, collected so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from trackio.errors import NotesError, nearest

Say: TypeAlias = Callable[[int, str], None]
"""Takes the line, counted from 1, and a sentence."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake and where it stands."""

    path: str
    line: int
    """Counted from 1."""
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(slots=True)
class Problems:
    """Mistakes, which stop a build, and warnings, which do not."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, path: str) -> Say:
        """What notes down mistakes in one file."""
        return lambda line, text: self.errors.append(Problem(path, line, text))

    def warning(self, path: str) -> Say:
        """What notes down warnings of one file."""
        return lambda line, text: self.warnings.append(Problem(path, line, text))

    def check(self) -> None:
        """Raise `NotesError` when there are mistakes."""
        if self.errors:
            found = sorted(self.errors, key=lambda one: (one.path, one.line))
            raise NotesError(list(dict.fromkeys(found)))


def near(name: str, known: Sequence[str]) -> str:
    """``Nearest: a, b.``, or what there is where nothing is alike."""
    found = nearest(name, known)
    if found:
        return f"Nearest: {', '.join(found)}."
    return f"There are: {', '.join(known[:8])}{', ...' if len(known) > 8 else ''}." if known else "There are none."
