"""From the files that were named to notes that hold against the data: what a build asks for, before it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trackio.report.gather import Project, Selection
from trackio.report.narrative import notes
from trackio.report.narrative.notes import Draft, Note
from trackio.report.narrative.problems import Problem, Problems
from trackio.store.home import Home


@dataclass(frozen=True, slots=True)
class Drafts:
    """Files whose front matter was read."""

    found: tuple[Draft, ...]
    selection: Selection
    """What the report is about, with the projects that the files name."""
    problems: Problems = field(default_factory=Problems)


@dataclass(frozen=True, slots=True)
class Held:
    """Notes in which nothing leads nowhere."""

    notes: tuple[Note, ...] = ()
    warnings: tuple[Problem, ...] = ()


def drafts(paths: Sequence[Path], home: Path, selection: Selection) -> Drafts:
    """The files as far as they can be read without the data. Raises NotesError where none can."""
    if not paths:
        return Drafts((), selection)
    known, problems = Home(home).projects(), Problems()
    found = notes.drafts(paths, known, problems)
    chosen = notes.selection(found, selection, known, problems)
    if not any(one.projects for one in found) and not chosen.projects:
        # With nothing to be about, every sentence would be a mistake of its own.
        problems.check()
    return Drafts(tuple(found), chosen, problems)


def held(read: Drafts, home: Path, projects: Sequence[Project]) -> Held:
    """The notes. Raises NotesError with all that is wrong in any of them."""
    if not read.found and not read.problems.errors:
        return Held()
    found = notes.read(read.found, home, projects, read.problems)
    read.problems.check()
    return Held(tuple(found), tuple(read.problems.warnings))
