"""Runs side by side: what was asked of each, and what came of it; what differs comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trackio.dashboard.known import Known
from trackio.dashboard.overview import COMPARE, digest
from trackio.dashboard.site import LiveSite
from trackio.report import privacy, tables, words
from trackio.report.foremost import MOST_VALUES, foremost
from trackio.report.gather import Run
from trackio.report.media.found import kind_of
from trackio.report.model import Head, Link, State
from trackio.report.urls import INDEX, relative

MOST_RUNS = 24
"""More columns than these no page can show."""


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A column."""

    id: str
    name: str
    href: str
    color: int
    state: State
    facts: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """A row: a config key or a metric, and its value in each run."""

    key: str
    cells: tuple[str, ...]
    """Empty where a run has none."""
    is_differing: bool


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """The rows of one kind: those that differ, and those that do not."""

    title: str
    differing: tuple[ComparedValue, ...]
    same: tuple[ComparedValue, ...]
    count: int
    """How many keys there are, and how many of them differ; of very many not all are listed."""
    differing_count: int

    @property
    def unlisted(self) -> int:
        """How many are not listed."""
        return self.count - len(self.differing) - len(self.same)


@dataclass(frozen=True, slots=True)
class ComparePage:
    """``compare.html.j2``."""

    head: Head
    crumbs: tuple[Link, ...]
    name: str
    runs: tuple[ComparedRun, ...]
    parts: tuple[ComparedPart, ...]
    others: tuple[ComparedRun, ...]
    """All runs of the project, to choose from."""
    notes: tuple[str, ...]
    """What was asked for and is not there."""


def page(known: Known, keys: Sequence[str], site: LiveSite) -> ComparePage:
    """The page of the runs of these ids or names; those that are not there are named."""
    project = known.project
    path = f"{project.urls.slug}/{COMPARE}"
    chosen, missing = _chosen(known, keys)
    runs = chosen[:MOST_RUNS]
    notes = [f"There is no run {key[:300]!r} here." for key in missing]
    if len(chosen) > MOST_RUNS:
        notes.append(f"{len(chosen)} runs were chosen; the first {MOST_RUNS} are shown.")
    model = {"page": "compare", "project": project.name, "base": "", "charts": [], "defaults": {}}
    names = ", ".join(run.record.name for run in runs[:3])
    # By their ids: names may change while the page is open.
    asked = (*(run.record.id for run in runs), *missing[:MOST_RUNS])
    head = replace(site, runs=asked, structure=structure(known, asked)).head(
        path,
        title=f"Runs side by side · {project.name}",
        description=f"{words.count(len(runs), 'run')} of {project.name} side by side: {names}",
        model=model,
    )
    configs = [dict(words.flat(privacy.public(run.record.config))) for run in runs]
    return ComparePage(
        head=head,
        crumbs=(Link("Projects", relative(INDEX, path)), Link(project.name, relative(project.urls.index, path))),
        name="Runs side by side",
        runs=tuple(_column(known, run, path) for run in runs),
        parts=tuple(
            part
            for part in (_part("Config", configs), _part("Summary", [_summary(run) for run in runs]))
            if part.differing or part.same
        ),
        others=tuple(_column(known, run, path) for run in project.runs),
        notes=tuple(notes),
    )


def structure(known: Known, keys: Sequence[str]) -> str:
    """Text that differs when the page of these runs has to be asked for again."""
    chosen, missing = _chosen(known, keys)
    return digest(
        [
            [(run.record.id, run.record.revision) for run in chosen],
            [(run.record.id, run.record.name, run.slug) for run in known.project.runs],
            missing,
        ]
    )


def _chosen(known: Known, keys: Sequence[str]) -> tuple[list[Run], list[str]]:
    """The runs of these ids or names, each once, and the keys of none."""
    named = {key: known.named(key) for key in dict.fromkeys(keys)}
    found = {run.record.id: run for run in named.values() if run is not None}
    return list(found.values()), [key for key, run in named.items() if run is None]


def _column(known: Known, run: Run, path: str) -> ComparedRun:
    record = run.record
    facts = [record.group and f"group {record.group}", words.duration(record.seconds)]
    facts += [None if record.last_step is None else f"step {record.last_step:,}"]
    return ComparedRun(
        id=record.id,
        name=record.name,
        href=relative(known.project.urls.run(run.slug), path),
        color=tables.color(known.project, run),
        state=tables.state(run),
        facts=tuple(fact for fact in facts if fact),
        tags=record.tags,
    )


def _summary(run: Run) -> dict[str, Any]:
    """What came of a run: the last values of its metrics, and what its script set itself."""
    last = {one.name: one.last for one in run.numeric("metric") if one.last is not None}
    own = {key: value for key, value in run.record.summary.items() if kind_of(value) is None}
    return last | dict(words.flat(privacy.public(own)))


def _part(title: str, values: Sequence[Mapping[str, Any]]) -> ComparedPart:
    rows = [_row(key, values) for key in dict.fromkeys(key for one in values for key in one)]
    kept = set(foremost([row.key for row in rows if row.is_differing], MOST_VALUES))
    differing = tuple(row for row in rows if row.is_differing and row.key in kept)
    same = tuple(row for row in rows if not row.is_differing)[: MOST_VALUES - len(differing)]
    return ComparedPart(title, differing, same, len(rows), sum(row.is_differing for row in rows))


def _row(key: str, values: Sequence[Mapping[str, Any]]) -> ComparedValue:
    own = [one[key] for one in values if key in one]
    cells = tuple(words.value(one[key]) if key in one else "" for one in values)
    is_differing = len(own) < len(values) or len({(type(value) is bool, words.value(value)) for value in own}) > 1
    return ComparedValue(key, cells, is_differing)
