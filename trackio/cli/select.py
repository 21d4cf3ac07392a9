"""The options that say which project, run and points, and what they stand for when they are left out."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

from trackio import settings
from trackio.api import Api, Project
from trackio.errors import TrackioError, UsageError
from trackio.logged import Run
from trackio.times import nanoseconds


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add ``--project``."""
    parser.add_argument(
        "--project",
        metavar="NAME",
        help="the project; may be left out when there is one, or when TRACKIO_PROJECT is set",
    )


def add_run(parser: argparse.ArgumentParser, otherwise: str) -> None:
    """Add ``--run``; the text tells what holds without it."""
    parser.add_argument("--run", metavar="NAME", help=f"the run, by id or name; {otherwise} when left out")


def add_points(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose points by step or time."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--step", type=int, metavar="N", help="only what was logged at this step")
    which.add_argument("--around", type=int, metavar="N", help="only steps within the window around this one")
    which.add_argument(
        "--at-time", metavar="T", help="only times within the window around this one (ISO 8601 or epoch)"
    )
    parser.add_argument(
        "--window",
        type=float,
        metavar="W",
        help="steps either side for --around, seconds for --at-time; 10 if left out",
    )


def project_of(args: argparse.Namespace) -> Project:
    """The project asked for; raises UsageError when it is left out and there are several."""
    api = Api()
    name = args.project or settings.text("TRACKIO_PROJECT")
    if name is not None:
        return api.project(name)
    known = api.projects()
    if not known:
        raise TrackioError(f"There is no project in {settings.home()} yet. trackio.init(project=...) makes one.")
    if len(known) > 1:
        names = ", ".join(project.name for project in known[:5])
        raise UsageError(f"Which project? Pass --project; there are {names}{', ...' if len(known) > 5 else ''}.")
    return known[0]


def run_of(args: argparse.Namespace, project: Project) -> Run:
    """The run asked for, else the newest; raises NotFound when there is none."""
    if args.run is not None:
        return project.run(args.run)
    runs = project.runs()
    if not runs:
        raise TrackioError(f"Project {project.name!r} has no runs yet.")
    return runs[-1]


@dataclass(frozen=True, slots=True)
class Span:
    """Which points are asked for: inclusive limits of the step or of the time; None is no limit."""

    steps: tuple[int, int] | None = None
    times_ns: tuple[int, int] | None = None

    def holds(self, step: int, time_ns: int) -> bool:
        """Whether a point lies inside."""
        return (self.steps is None or self.steps[0] <= step <= self.steps[1]) and (
            self.times_ns is None or self.times_ns[0] <= time_ns <= self.times_ns[1]
        )

    @property
    def is_everything(self) -> bool:
        """Whether there is no limit at all."""
        return self.steps is None and self.times_ns is None


def span_of(args: argparse.Namespace) -> Span:
    """The span that the options of `add_points` name; raises UsageError when they do not fit together."""
    if args.window is not None and args.around is None and args.at_time is None:
        raise UsageError("--window needs --around N or --at-time T beside it.")
    window = 10.0 if args.window is None else args.window
    if not 0 <= window < math.inf:
        raise UsageError("--window is a number from 0 on.")
    if args.step is not None:
        return Span(steps=(args.step, args.step))
    if args.around is not None:
        return Span(steps=(math.ceil(args.around - window), math.floor(args.around + window)))
    if args.at_time is not None:
        middle, reach = nanoseconds(args.at_time), round(window * 1e9)
        return Span(times_ns=(middle - reach, middle + reach))
    return Span()
