"""Series to pictures: which points are drawn, in what words, and the sections that charts stand in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from markupsafe import Markup

from trackio import lines, picture
from trackio.grammar import View
from trackio.records import MetricKind, RunSeries, Series
from trackio.report.gather import Run
from trackio.report.model import Section
from trackio.store.home import Home

NAMED = 4
"""Up to so many prefixes are named in the heading of a section they share."""

OPEN_CHARTS = 24
"""Up to so many charts of a page stand open from the start."""

T = TypeVar("T")

_NONE = np.empty(0, np.int64)
_BLANK = np.full(1, np.nan)
_NO_POINTS = Series(_NONE, _NONE, _NONE, np.empty(0))


@dataclass(frozen=True, slots=True)
class Member:
    """What charts need to know of a run; small, as it travels to other processes with each of its charts."""

    id: str
    name: str
    group: str | None
    order: int
    created_ns: int


def member(run: Run) -> Member:
    """The run in short."""
    record = run.record
    return Member(record.id, record.name, record.group, record.order, record.created_ns)


def read(
    home: Path, project: str, members: Mapping[str, Sequence[Member]], axes: Mapping[str, str]
) -> dict[str, list[RunSeries]]:
    """The series of some metrics, each of its own runs; runs that have no number of one are left out there.

    ``axes`` are the metrics that are x-axes of others, by the others' names. Together, as opening a run's file takes
    longer than reading another column of it.
    """
    store = Home(home).project(project)
    wanted: dict[Member, list[str]] = {}
    for metric, runs in members.items():
        for one in runs:
            wanted.setdefault(one, []).append(metric)
    found: dict[str, list[RunSeries]] = {metric: [] for metric in members}
    for one in sorted(wanted, key=lambda one: one.order):
        names = wanted[one]
        logged = store.series(one.id, [*names, *(axes[name] for name in names if name in axes)])
        for metric in names:
            series = logged.get(metric)
            if series is not None and len(series):
                found[metric].append(_run_series(one, metric, series, logged.get(axes.get(metric, ""))))
    return found


def read_run(home: Path, project: str, one: Member, kind: MetricKind, axes: Mapping[str, str]) -> dict[str, RunSeries]:
    """All series of one run, by metric; ``axes`` as for `read`."""
    logged = Home(home).project(project).series(one.id, None, kind)
    return {
        name: _run_series(one, name, series, logged.get(axes.get(name, "")))
        for name, series in logged.items()
        if len(series)
    }


def is_grouped(members: Sequence[Member]) -> bool:
    """Whether a chart of these runs shows groups unless asked otherwise."""
    return lines.grouping([_run_series(one, "", _NO_POINTS) for one in members], View()) is not None


def stand_ins(members: Sequence[Member], view: View, groups: Sequence[str]) -> list[lines.Line]:
    """Lines without points, for what is said of a chart before its points are read."""
    return lines.lines([_run_series(one, "", _NO_POINTS) for one in members], view, groups=groups, make=_stand_in)


def draw(
    series: Sequence[RunSeries], groups: Sequence[str], view: View | None = None, *, is_small: bool = False
) -> list[lines.Line]:
    """The lines of a view, by default the grammar's own.

    Charts of many lines have fewer points a line: a picture is no wider than a screen.
    """
    view = view or View()
    by = lines.grouping(series, view)
    count = len({one.run_id if by is None else lines.group_value(one, by) or one.run_id for one in series})
    budget = 800 if count <= 6 else 400 if count <= 10 else 200 if count <= 40 else 100
    return lines.lines(series, view, budget // 2 if is_small else budget, groups)


def markup(figure: str) -> Markup:
    """A figure that ``picture`` wrote and escaped."""
    return Markup(figure)  # noqa: S704 - written by picture, which escapes every text


def thumbnail(found: Sequence[lines.Line], view: View, metric: str) -> Markup:
    """The lines alone."""
    return markup(picture.thumbnail(found, view, metric=metric))


def sections(items: Sequence[T], name: Callable[[T], str], figure: Callable[[T], Markup]) -> tuple[Section, ...]:
    """The figures by prefix."""
    return tuple(
        Section(prefix, len(members), tuple(figure(member) for member in members), is_open)
        for prefix, members, is_open in sections_of(items, name, "charts")
    )


def sections_of(items: Sequence[T], name: Callable[[T], str], noun: str) -> list[tuple[str, list[T], bool]]:
    """The items by prefix (``train/``), in the order in which prefixes first came, and whether each stands open.

    Names without a prefix come last; ``noun`` stands for theirs when there is no other. Prefixes of one item each share
    a section: a row of its own for each would leave most of the page empty.
    """
    by_prefix: dict[str, list[T]] = {}
    for item in items:
        prefix, slash, _ = name(item).rpartition("/")
        by_prefix.setdefault(prefix + slash, []).append(item)
    if "" in by_prefix:
        by_prefix["other" if len(by_prefix) > 1 else noun] = by_prefix.pop("")
    lone = [prefix for prefix, members in by_prefix.items() if len(members) == 1]
    if len(lone) > 1:
        names = [name(by_prefix[prefix][0]) if prefix in ("other", noun) else prefix for prefix in lone]
        together = ", ".join(names) if len(names) <= NAMED else "others"
        by_prefix = {(together if prefix == lone[0] else prefix): members for prefix, members in by_prefix.items()}
        for prefix in lone[1:]:
            by_prefix[together] = by_prefix[together] + by_prefix.pop(prefix)
    shown = 0
    found: list[tuple[str, list[T], bool]] = []
    for prefix, members in by_prefix.items():
        found.append((prefix, members, shown < OPEN_CHARTS))
        shown += len(members)
    return found


def _stand_in(bundle: Sequence[RunSeries], view: View, axis: str, budget: int) -> lines.Line:  # noqa: ARG001 - a Maker
    # One place, as a line without any is left out.
    band = _BLANK if len(bundle) > 1 and view.band != "none" else None
    members = tuple(dict.fromkeys(one.run_id for one in bundle))
    metric = bundle[0].metric
    return lines.Line("", "", lines.GREY, np.zeros(1), _BLANK, band, band, None, 0, members, metric, 0, 0)


def _run_series(one: Member, metric: str, series: Series, axis: Series | None = None) -> RunSeries:
    return RunSeries(one.id, one.name, one.group, one.order, one.created_ns, {}, metric, series, axis)
