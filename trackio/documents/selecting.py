"""Which project, run and points a document is about, and what holds when that is left out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trackio.api import Project
from trackio.errors import TrackioError, UsageError
from trackio.logged import Run
from trackio.store.home import Home
from trackio.times import nanoseconds


class NothingYet(TrackioError):
    """There is none of what would be meant if nothing is named."""


def project_of(home: Home, name: str | None) -> Project:
    """The project of that name, else the only one; raises UnknownProject, UsageError and NothingYet."""
    if name is not None:
        return Project(home.project(name))
    known = home.projects()
    if not known:
        raise NothingYet(f"There is no project in {home.path} yet. trackio.init(project=...) makes one.")
    if len(known) > 1:
        raise UsageError(
            f"Which project? Pass --project; there are {', '.join(known[:5])}{', ...' if len(known) > 5 else ''}."
        )
    return Project(home.project(known[0]))


def run_of(project: Project, name: str | None) -> Run:
    """The run of that id or name, else the newest; raises UnknownRun, and NothingYet when there is none at all."""
    if name is not None:
        return project.run(name)
    runs = project.runs()
    if not runs:
        raise NothingYet(f"Project {project.name!r} has no runs yet.")
    return runs[-1]


@dataclass(frozen=True, slots=True)
class Span:
    """Which points are asked for: inclusive limits of the step or of the time; None is no limit."""

    steps: tuple[int, int] | None = None
    times_ns: tuple[int, int] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether there is no limit at all."""
        return self.steps is None and self.times_ns is None


def span_of(step: int | None, around: int | None, at_time: str | None, window: float | None) -> Span:
    """The span that these mean; raises UsageError when they do not fit together."""
    given = [
        option
        for option, value in (("--step", step), ("--around", around), ("--at-time", at_time))
        if value is not None
    ]
    if len(given) > 1:
        raise UsageError(f"{given[1]} is not allowed with {given[0]}: name one place.")
    if window is not None and around is None and at_time is None:
        raise UsageError("--window needs --around N or --at-time T beside it.")
    reach = 10.0 if window is None else window
    if not 0 <= reach < math.inf:
        raise UsageError("--window is a number from 0 on.")
    if step is not None:
        return Span(steps=(step, step))
    if around is not None:
        return Span(steps=(math.ceil(around - reach), math.floor(around + reach)))
    if at_time is not None:
        middle, reach_ns = nanoseconds(at_time), round(reach * 1e9)
        return Span(times_ns=(middle - reach_ns, middle + reach_ns))
    return Span()
