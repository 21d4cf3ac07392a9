"""Alerts as a report tells them: panels of pages, what charts mark, and what the manifest counts (pure).

What runs say is cleaned as a whole and cut afterwards: half a secret would no longer look like one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from typing import Any

from trackio.flags import LEVELS, Alert, gravity, marked
from trackio.records import AlertRecord, Raised
from trackio.report import privacy, tables, words
from trackio.report.gather import Project, Run
from trackio.report.model import AlertItem, AlertsPanel, Link
from trackio.report.urls import relative

ANCHOR = "alerts"
"""The id of the panel on a project's page."""

LISTED = 100
"""So many of each level stand on a page, the newest: a flood of one hides no other."""

TITLE_LETTERS, TEXT_LETTERS, MARK_LETTERS = 300, 1000, 120
"""Of a title and a text on a page, and of a title beside a mark on a chart."""

MOST_DATA, NAME_LETTERS = 12, 60
"""So many values that were passed along stand on a page, and so much of their names."""


def of_project(project: Project, page: str) -> AlertsPanel | None:
    """The alerts of all runs of a project, for the page at ``page``; None where there are none."""
    runs = [run for run in project.runs if run.alerts is not None]
    return _panel(ANCHOR, runs, lambda run: Link(run.record.name, relative(project.urls.run(run.slug), page)))


def of_run(run: Run) -> AlertsPanel | None:
    """The alerts of one run, for its own page or its part of a single file; None where there are none."""
    return _panel(anchor(run), [run] if run.alerts is not None else [], lambda _: None)


def anchor(run: Run) -> str:
    """The id of the panel on a run's page."""
    return f"run-{run.slug}-{ANCHOR}"


def of_chart(raised: Mapping[str, Raised], created_ns: Mapping[str, int]) -> list[Alert]:
    """What charts mark, of the runs that ``created_ns`` says the beginnings of, in that order."""
    return [
        marked(one, created, cleaned(one.title, MARK_LETTERS))
        for run, created in created_ns.items()
        if run in raised
        for one in raised[run].newest
    ]


def of_own(run: Run) -> list[Alert]:
    """What the charts of its own page mark."""
    own = {} if run.alerts is None else {run.record.id: run.alerts}
    return of_chart(own, {run.record.id: run.record.created_ns})


def counts(raised: Iterable[Raised | None]) -> dict[str, int]:
    """How many there are of each level that occurs, the gravest first."""
    found = dict.fromkeys(reversed(LEVELS), 0)
    for one in raised:
        for level, count in ({} if one is None else one.counts).items():
            found[LEVELS[gravity(level)]] += count
    return {level: count for level, count in found.items() if count}


def stated(raised: Sequence[Raised | None], path: str) -> dict[str, Any] | None:
    """What the manifest says of alerts that are told at ``path``; None where there are none."""
    found = counts(raised)
    return {"count": sum(found.values()), "levels": found, "path": path} if found else None


def document(project: Project) -> dict[str, Any]:
    """The alerts of a project for programs, newest first."""
    found = [(one, run) for run in project.runs if run.alerts is not None for one in run.alerts.newest]
    found.sort(key=lambda entry: -entry[0].time_ns)
    return {"project": project.name, "alerts": [_entry(one, run) for one, run in found]}


@lru_cache(maxsize=1024)
def cleaned(text: str, letters: int) -> str:
    """The text as it may be published, cut where it is long."""
    text = privacy.public_text(text)
    return text if len(text) <= letters else text[:letters] + " …"


def _panel(anchor: str, runs: Sequence[Run], link: Callable[[Run], Link | None]) -> AlertsPanel | None:
    total = counts(run.alerts for run in runs)
    if not total:
        return None
    by_level: dict[str, list[tuple[int, int, Run, AlertRecord]]] = {level: [] for level in total}
    for run in runs:
        for place, one in enumerate(run.alerts.newest if run.alerts else ()):
            by_level[LEVELS[gravity(one.level)]].append((one.time_ns, place, run, one))
    newest = [entry for found in by_level.values() for entry in nlargest(LISTED, found, key=_newness)]
    items = tuple(_item(one, run, link(run)) for *_, run, one in sorted(newest, key=_newness, reverse=True))
    return AlertsPanel(anchor, sum(total.values()), tuple(total.items()), items)


def _newness(entry: tuple[int, int, Run, AlertRecord]) -> tuple[int, int, int]:
    time_ns, place, run, _ = entry
    return time_ns, place, run.record.order


def _item(one: AlertRecord, run: Run, link: Link | None) -> AlertItem:
    return AlertItem(
        level=LEVELS[gravity(one.level)],
        title=cleaned(one.title, TITLE_LETTERS),
        text=cleaned(one.text or "", TEXT_LETTERS),
        run_id=one.run_id,
        run=link,
        color=run.record.order % tables.COLOURED,
        step="" if one.step is None else f"step {one.step:,}",
        time=words.minute(one.time_ns),
        timestamp=_timestamp(one),
        data=_data(one),
    )


def _data(one: AlertRecord) -> tuple[tuple[str, str], ...]:
    """What was passed along with an alert; nothing where that was an empty value."""
    values = one.data if isinstance(one.data, Mapping) else {} if one.data is None else {"data": one.data}
    shown = list(words.flat(privacy.public(values)))[:MOST_DATA]
    return tuple((cleaned(key, NAME_LETTERS), cleaned(words.value(value), MARK_LETTERS)) for key, value in shown)


def _entry(one: AlertRecord, run: Run) -> dict[str, Any]:
    return {
        "run": run.record.name,
        "run_id": run.record.id,
        "level": LEVELS[gravity(one.level)],
        "title": cleaned(one.title, TITLE_LETTERS),
        "text": cleaned(one.text or "", TEXT_LETTERS),
        "step": one.step,
        "timestamp": _timestamp(one),
        "data": privacy.public({"data": one.data})["data"],
    }


def _timestamp(one: AlertRecord) -> str:
    return f"{words.moment(one.time_ns):%Y-%m-%dT%H:%M:%S}Z"
