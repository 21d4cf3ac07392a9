"""Answers to pages: of each figure the lines of its view, as far as the page does not have them."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import replace
from hashlib import blake2b
from time import monotonic
from typing import Any

import numpy as np
import orjson

from trackio import grammar, lines
from trackio.energy.axis import along
from trackio.grammar import View
from trackio.lines import GREY, KWH, TIMES, Line
from trackio.live.asked import Asked, AskedFigure, budget
from trackio.live.made import Made
from trackio.live.parts import head, part
from trackio.live.project import LiveProject
from trackio.records import RunSeries, Series

PATIENCE = 5.0
"""A line that took long to make, and cannot be made by going on, is made anew after so many times as long."""

TURN_FIGURES, TURN_SERIES = 16, 256
"""After so many figures, or so many series that had to be read, others have their turn."""

_NONE = np.empty(0, np.int64)
_EMPTY = Series(_NONE, _NONE, _NONE, np.empty(0))
_UNMADE = Line("", "", GREY, np.empty(0), np.empty(0), None, None, None, 0, (), "", 0, 0, 1)


def answer(project: LiveProject, asked: Asked) -> dict[str, Any]:
    """What a page asked for: ``{"revision", "pending", "alerts", "statuses", "figures": {slug: figure}}``.

    ``alerts`` is another text when alerts came or went, empty where there are none. ``statuses`` are those of the runs
    that changed, where the page has asked before. A figure has ``signature``, ``axis`` and ``notes``; ``head``, the
    lines in order, where the page's names and colours are not these; and ``parts`` by key, the points that it lacks.
    ``pending`` says that some lines are not as new as they could be, and that it is worth asking again though nothing
    changed.

    Between some figures and the next, others have their turn. What comes in meanwhile is sent again after the revision.
    """
    with project.lock:
        revision = project.look()
        changed = project.changed(asked.since)
        result: dict[str, Any] = {
            "revision": revision,
            "pending": False,
            "alerts": project.alerts_version,
            "statuses": {} if asked.since < 0 else {run: project.runs[run].status for run in sorted(changed)},
            "figures": {},
        }
        rest = deque(asked.figures)
        while rest:
            for drawing in _next(project, asked, rest):
                result["figures"][drawing.figure.slug] = drawing.answer(changed)
                result["pending"] |= drawing.is_behind
            if rest:
                project.lock.give_way()
        project.tidy()
    return result


def _next(project: LiveProject, asked: Asked, rest: deque[AskedFigure]) -> list[_Drawing]:
    """The figures of one turn, whose series are read all together; taken from the rest."""
    drawings: list[_Drawing] = []
    missing: list[tuple[str, Any, str]] = []
    while rest and len(drawings) < TURN_FIGURES and len(missing) < TURN_SERIES:
        drawings.append(_Drawing(project, asked, rest.popleft()))
        missing += drawings[-1].missing()
    project.load(missing)
    return drawings


class _Drawing:
    """One figure while it is answered."""

    def __init__(self, project: LiveProject, asked: Asked, figure: AskedFigure) -> None:
        self.figure, self._project, self._asked = figure, project, asked
        self.view, _ = grammar.parse(asked.query, figure.defaults)
        self.is_behind = False
        self._made: dict[int, Made] = {}
        self._series = self._placeholders()
        records = sorted(project.runs.values(), key=lambda one: one.order)
        self._groups = lines.groups_of(records)
        shown = lines.selected(self._series, self.view)
        by = lines.grouping(shown, self.view)
        count = len({one.run_id if by is None else (lines.group_value(one, by) or one.run_id) for one in shown})
        self._budget = budget(count, self.view, is_grouped=by is not None, is_small=asked.is_small)

    def missing(self) -> list[tuple[str, Any, str]]:
        """The series that have to be read for lines that do not hold any more."""
        wanted: list[tuple[str, Any, str]] = []

        def note(bundle: Sequence[RunSeries], view: View, axis: str, budget: int) -> Line:
            found = self._project.made.find(self._key(bundle, view, axis, budget))
            if found is None or found.state != self._state(bundle, axis):
                wanted.extend((one.run_id, self.figure.kind, one.metric) for one in bundle)
            return _UNMADE

        lines.lines(self._series, self.view, self._budget, self._groups, make=note)
        return wanted

    def answer(self, changed: set[str]) -> dict[str, Any]:
        """The figure, without what the page has."""
        found = lines.lines(self._series, self.view, self._budget, self._groups, make=self._make)
        heads = [head(line) for line in found]
        signature = blake2b(orjson.dumps(heads), digest_size=6).hexdigest()
        result: dict[str, Any] = {
            "signature": signature,
            "axis": lines.axis_of(lines.selected(self._series, self.view), self.view),
            "notes": lines.notes(self._series, self.view),
            "parts": {},
        }
        if signature != self.figure.signature:
            result["head"] = heads
        for line in found:
            made = self._made[id(line.x)]
            version = self.figure.versions.get(line.key)
            is_known = bool(self.figure.signature) and version is None and changed.isdisjoint(line.members)
            if version != made.version and not is_known:
                known = None if version is None else self._project.made.past(version)
                result["parts"][line.key] = part(line, known, made.version)
        return result

    def _placeholders(self) -> list[RunSeries]:
        """The series of the figure without their points, which most looks need not read."""
        found = []
        for record in self._project.runs.values():
            if self._asked.run is not None and record.id != self._asked.run:
                continue
            logged = self._project.metrics.get(record.id, {})
            for metric in self.figure.metrics:
                known = logged.get((self.figure.kind, metric))
                if known is not None and known.is_numeric and known.count:
                    found.append(RunSeries.of(record, metric, _EMPTY))
        return self._on_axis(found)

    def _on_axis(self, found: list[RunSeries]) -> list[RunSeries]:
        """With the metric that is the x-axis beside each, or what its run had used."""
        axis = self.view.x
        if axis in TIMES:
            return found
        kind = self.figure.kind
        with_axis = [one for one in found if (kind, axis) in self._project.metrics.get(one.run_id, {})]
        if axis == KWH and not with_axis:
            return [along(self._filled(one), self._project.energy(one.run_id)) for one in found]
        places = [(one.run_id, kind, axis) for one in with_axis]
        self._project.load(places)
        axes = {place[0]: self._project.kept(place).held.series for place in places}
        return [replace(one, axis=axes.get(one.run_id)) for one in found]

    def _filled(self, one: RunSeries) -> RunSeries:
        return replace(one, series=self._project.kept((one.run_id, self.figure.kind, one.metric)).held.series)

    def _key(self, bundle: Sequence[RunSeries], view: View, axis: str, budget: int) -> Hashable:
        runs = tuple(one.run_id for one in bundle)
        window = (view.xmin, view.xmax, view.xscale, view.yscale, view.smoothing)
        return runs, bundle[0].metric, self.figure.kind, axis, window, view.band if len(runs) > 1 else "", budget

    def _state(self, bundle: Sequence[RunSeries], axis: str) -> Hashable:
        kind = self.figure.kind
        logged = [self._project.metrics[one.run_id] for one in bundle]
        counts = [known[kind, one.metric].count for known, one in zip(logged, bundle, strict=True)]
        if axis in TIMES:
            return tuple(counts)
        axes = [known[kind, axis].count if (kind, axis) in known else 0 for known in logged]
        # Energy grows between two rows too.
        used = [id(self._project.energy(one.run_id)) for one in bundle] if axis == KWH else []
        return tuple(counts), tuple(axes), tuple(used)

    def _make(self, bundle: Sequence[RunSeries], view: View, axis: str, budget: int) -> Line:
        key, state = self._key(bundle, view, axis, budget), self._state(bundle, axis)
        made, now = self._project.made.find(key), monotonic()
        if made is None or made.state != state:
            goes_on = len(bundle) == 1 and axis in TIMES and self._is_running(bundle[0])
            if made is not None and not goes_on and now - made.made_at < PATIENCE * made.cost_seconds:
                self.is_behind = True
            else:
                line = (
                    self._grown(bundle[0], view, axis, budget) if goes_on else self._whole(bundle, view, axis, budget)
                )
                made = self._project.made.put(key, line, state, now, monotonic() - now)
        self._made[id(made.line.x)] = made
        return made.line

    def _grown(self, one: RunSeries, view: View, axis: str, budget: int) -> Line:
        return self._project.curve(one, self.figure.kind, axis, view.smoothing).line(view, budget)

    def _whole(self, bundle: Sequence[RunSeries], view: View, axis: str, budget: int) -> Line:
        # What lies over energy has been read already, and lacks what was not measured.
        whole = bundle if axis == KWH and len(bundle[0].series) else [self._filled(one) for one in bundle]
        return lines.line(whole, view, axis, budget)

    def _is_running(self, one: RunSeries) -> bool:
        return self._project.runs[one.run_id].status == "running"
