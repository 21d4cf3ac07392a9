"""Energy of runs as horizontal bars, longest first (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trackio.energy import units
from trackio.energy.records import KINDS
from trackio.energy.statement import RunEnergy
from trackio.energy.totals import WORDS
from trackio.grammar import number_text
from trackio.lines import GREY
from trackio.picture import footer
from trackio.report import words
from trackio.report.energy.model import Bar, Bars, Segment
from trackio.report.energy.targets import Target
from trackio.report.figures import is_grouped, markup, member
from trackio.report.gather import Project, Run
from trackio.report.tables import COLOURED, color
from trackio.report.urls import relative

SLUG, TITLE = "energy.runs", "Energy per run"

MOST = 20
"""So many runs have bars; the table of runs has all of them."""

NAMES: Mapping[str, str] = {"rest": "after that", **{str(kind): name for kind, name in WORDS.items()}}
"""What the parts of bars are called, by kind; ``site/energy.css`` gives them their strength."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar."""

    kind: str
    joules: float


Entry = tuple[Run, tuple[Part, ...]]
"""A run and the parts of its bar, from the left."""


def by_kind(found: Sequence[tuple[Run, RunEnergy]]) -> list[Entry]:
    """What each run used, by kind of device; runs of which nothing is known are left out."""
    entries = []
    for run, energy in found:
        if energy.account.joules is not None:
            parts = [Part(kind, energy.by_kind[kind].joules or 0.0) for kind in KINDS if kind in energy.by_kind]
            entries.append((run, tuple(parts)))
    return sorted(entries, key=lambda entry: -total(entry))


def to_target(found: Sequence[tuple[Run, RunEnergy]], used: Mapping[str, float | None]) -> list[Entry]:
    """What each run used until it reached a target, the least first, and after that."""
    entries = []
    for run, energy in found:
        joules = used.get(run.record.id)
        if joules is not None and energy.account.joules is not None:
            rest = max(0.0, energy.account.joules - joules)
            entries.append((run, (Part("gpu", joules), Part("rest", rest))))
    return sorted(entries, key=lambda entry: entry[1][0].joules)


def runs(project: Project, found: Sequence[tuple[Run, RunEnergy]], page: str, links: Mapping[str, str]) -> Bars:
    """The bars of what runs used."""
    entries = by_kind(found)
    kinds = [kind for kind in KINDS if any(part.kind == kind for _, parts in entries for part in parts)]
    without = len(found) - len(entries)
    shown = entries[:MOST]
    return Bars(
        slug=SLUG,
        title=TITLE,
        words=words.count(len(entries), "run"),
        bars=_bars(project, shown, page, [total(entry) for entry in shown]),
        more=_more(entries),
        legend=tuple((kind, WORDS[kind]) for kind in kinds) if len(kinds) > 1 else (),
        without=f"Nothing was measured of {words.count(without, 'more run')}." if without else "",
        footer=markup(footer(words.day(project.updated_ns), links)),
    )


def target(
    project: Project,
    found: Sequence[tuple[Run, RunEnergy]],
    page: str,
    aim: Target,
    used: Mapping[str, float | None],
) -> Bars:
    """The bars of what runs used until they reached a target."""
    entries = to_target(found, used)
    shown = entries[:MOST]
    without = len(used) - len(entries)
    return Bars(
        slug="",
        title=aim.title,
        words=aim.words,
        bars=_bars(project, shown, page, [parts[0].joules for _, parts in shown]),
        more=_more(entries),
        legend=(("gpu", "until then"), ("rest", "after that")) if entries else (),
        without=f"{words.count(without, 'run')} did not reach it while energy was measured." if without else "",
        footer=markup(""),
    )


def _more(entries: Sequence[Entry]) -> str:
    count = len(entries) - MOST
    return f"{words.count(count, 'more run')} in the table below" if count > 0 else ""


def _bars(project: Project, entries: Sequence[Entry], page: str, amounts: Sequence[float]) -> tuple[Bar, ...]:
    longest = max((total(entry) for entry in entries), default=0.0)
    unit, colors = units.energy_unit(amounts), hues(project)
    found = []
    for (run, parts), joules in zip(entries, amounts, strict=True):
        found.append(
            Bar(
                id=run.record.id,
                name=run.record.name,
                href=relative(project.urls.run(run.slug), page),
                color=colors[run.record.id],
                segments=tuple(_segments(parts, longest)),
                text=f"{units.in_unit(joules, unit)} {unit}",
            )
        )
    return tuple(found)


def _segments(parts: Sequence[Part], longest: float) -> list[Segment]:
    start, found = 0.0, []
    for part in parts:
        share = part.joules / longest if longest else 0.0
        title = f"{NAMES[part.kind]}: {units.energy(part.joules)}"
        found.append(Segment(part.kind, _percent(start), _percent(share), title))
        start += share
    return found


def hues(project: Project) -> dict[str, int]:
    """The colour of each run, by id: its own, or its group's where charts show groups."""
    if not is_grouped([member(run) for run in project.runs]):
        return {run.record.id: color(project, run) for run in project.runs}
    places = {group: place for place, group in enumerate(project.groups) if place < COLOURED}
    return {run.record.id: places.get(run.record.group or "", GREY) for run in project.runs}


def total(entry: Entry) -> float:
    """The joules of a whole bar."""
    return sum(part.joules for part in entry[1])


def _percent(share: float) -> str:
    return f"{number_text(round(share * 100, 2))}%"
