"""From the series of runs to the lines of a chart; the same as ``site/src/lines.js``.

Choose runs, find x, smooth each run whole, take means over groups, cut the window, reduce. The order matters: smoothing
after reducing would be off by a third of the range, and cutting first would bend the ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

import numpy as np

from trackio.grammar import View, chosen, number_text, unmatched
from trackio.records import RunSeries
from trackio.series import Floats, Indices, aggregate, carried, reduce, smooth

COLORS = 10
"""How many colours there are; more lines than that on a chart leave some grey."""

GREY = -1

KWH = "kwh"
"""The x-axis of energy used since the run began, in kWh, unless a run logged a metric of this name."""

TIMES = ("step", "time", "relative")
"""The x-axes that every series has."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of a chart; its arrays have one length and ascending x. Gaps are NaN in ``y``."""

    key: str
    """Steady between builds and unique on a chart: the run's id, or ``group:`` and the group."""
    label: str
    color: int
    """0 to 9, or -1 for grey."""
    x: Floats
    y: Floats
    lo: Floats | None
    hi: Floats | None
    raw: Floats | None
    """The unsmoothed values at the same x; None when there is no smoothing."""
    count: int
    """How many points were logged in the window; a mean has fewer than its runs logged."""
    members: tuple[str, ...]
    """The ids of the runs."""
    metric: str
    first: int
    """``[first, last)`` are the points inside the window; one neighbour either side lets the line run to the edge."""
    last: int
    dropped: int = 0
    """Points that a log axis has no place for."""

    @property
    def last_value(self) -> float:
        """The last finite value inside the window; NaN when there is none."""
        inside = self.y[self.first : self.last]
        finite = inside[np.isfinite(inside)]
        return float(finite[-1]) if len(finite) else float("nan")


class Grouped(Protocol):
    """What a record must have to be grouped: a `RunRecord` or a `RunSeries`."""

    @property
    def group(self) -> str | None: ...  # noqa: D102

    @property
    def order(self) -> int: ...  # noqa: D102

    @property
    def config(self) -> Mapping[str, Any]: ...  # noqa: D102


Maker: TypeAlias = "Callable[[Sequence[RunSeries], View, str, int], Line]"
"""From the series of a run or a group, a view, its x-axis and a budget of points to a line without name or colour."""


def lines(
    series: Sequence[RunSeries],
    view: View,
    budget: int = 400,
    groups: Sequence[str] = (),
    *,
    make: Maker | None = None,
) -> list[Line]:
    """The lines of one chart, by the order of their runs, each of about ``budget`` points at most.

    ``groups`` are all groups of the project as `groups_of` gives them: with it a group has one colour on all charts.
    Series of several metrics may come together; each run or group then has a line for each. ``make`` stands in for
    `line`, where lines are kept from one look to the next.
    """
    make = make or line
    shown = selected(series, view)
    by = grouping(shown, view)
    axis = axis_of(shown, view)
    bundles: dict[tuple[str, str], list[RunSeries]] = {}
    for one in shown:
        value = None if by is None else group_value(one, by)
        key = one.run_id if value is None else f"group:{value}"
        bundles.setdefault((key, one.metric), []).append(one)
    firsts = [bundle[0] for bundle in bundles.values()]
    names = list(dict.fromkeys([*groups, *(groups_of(shown, by) if by else ())]))
    # Colours and labels are dealt before the window is cut: a line keeps its own when others leave the picture.
    colors = colours([_wish(one, by, names) for one in firsts])
    several = len({one.metric for one in firsts}) > 1
    found = []
    for (key, metric), color, label in zip(bundles, colors, _labels(firsts, by), strict=True):
        made = make(bundles[key, metric], view, axis, budget)
        if len(made.x) or made.dropped:
            found.append(replace(made, key=f"{key}/{metric}" if several else key, color=color, label=label))
    return found


def selected(series: Sequence[RunSeries], view: View) -> list[RunSeries]:
    """The series of the runs that the view asks for, by the order of the runs."""
    shown = sorted(series, key=lambda one: one.order)
    if view.runs or view.run_names:
        wanted = _wanted(_names(shown), view.runs, view.run_names)
        shown = [one for one in shown if one.run_id in wanted or one.run_name in wanted]
    if view.group is not None:
        shown = [one for one in shown if one.group == view.group]
    return shown


def _names(series: Sequence[RunSeries]) -> tuple[str, ...]:
    return tuple(name for one in series for name in (one.run_id, one.run_name))


# Hundreds of charts of a page ask the same of the same runs, and an address may name a thousand patterns.
@lru_cache(64)
def _wanted(names: tuple[str, ...], patterns: tuple[str, ...], verbatim: tuple[str, ...]) -> frozenset[str]:
    return frozenset(chosen(names, patterns, verbatim))


@lru_cache(64)
def _missing(names: tuple[str, ...], patterns: tuple[str, ...], verbatim: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(unmatched(names, patterns, verbatim))


def notes(series: Sequence[RunSeries], view: View) -> list[str]:
    """A short sentence for each wish of the view that this data cannot meet; `lines` leaves the wish out."""
    missing = _missing(_names(series), view.runs, view.run_names) if view.runs or view.run_names else ()
    said = [f'There is no run "{name}" here.' for name in missing]
    if view.group is not None and all(one.group != view.group for one in series):
        said.append(f'There is no group "{view.group}" here.')
    shown = selected(series, view)
    if not shown:
        return said
    if view.groupby not in (None, "none") and grouping(shown, view) is None:
        said.append(f'No run here has "{view.groupby}" to group by.')
    if view.x != axis_of(shown, view):
        lack = "has measured its energy" if view.x == KWH else f'has logged "{view.x}"'
        said.append(f"No run here {lack}; the x-axis shows steps.")
    else:
        without = sum(not _is_on(one, view.x) for one in shown)
        if without:
            lack = "measured energy" if view.x == KWH else f'"{view.x}"'
            said.append(f"{without} of {len(shown)} curves have no {lack} and are left out.")
    return said


def grouping(shown: Sequence[RunSeries], view: View) -> str | None:
    """What lines are grouped by, or None. The default: by group, when that makes fewer lines of more than ten."""
    if view.groupby == "none":
        return None
    if view.groupby is not None:
        return view.groupby if any(group_value(one, view.groupby) is not None for one in shown) else None
    runs = {one.run_id: one.group for one in shown}
    named = [group for group in runs.values() if group is not None]
    return "group" if len(runs) > COLORS and len(set(named)) < len(named) else None


def axis_of(shown: Sequence[RunSeries], view: View) -> str:
    """The x-axis that can be drawn: the view's, or ``step`` when it is a metric that no run has logged."""
    return view.x if any(_is_on(one, view.x) for one in shown) or view.x in TIMES else "step"


def groups_of(runs: Iterable[Grouped], by: str = "group") -> list[str]:
    """The groups of these runs, in the order in which they first appeared."""
    values = [group_value(run, by) for run in sorted(runs, key=lambda run: run.order)]
    return list(dict.fromkeys(value for value in values if value is not None))


def group_value(run: Grouped, by: str) -> str | None:
    """The text of the run's group, or of the config value at ``by``; None when it has none.

    ``by`` may lead into nested config with slashes or dots: ``optim/lr``, ``optim.lr``.
    """
    if by == "group":
        return run.group
    value = _config_value(run.config, by)
    return None if value is None else _value_text(value)


def colours(wishes: Sequence[int]) -> list[int]:
    """A colour for each line, from the running number that it wishes to be coloured by.

    Up to ten lines all get one, the next free one where two wish for the same. Of more than ten the first to wish for
    a colour has it and the rest are grey: so a run is in its own colour or in none, and at most ten stand out.
    """
    taken: set[int] = set()
    result = []
    for wish in wishes:
        color = wish % COLORS
        if color in taken:
            free = (c % COLORS for c in range(color, color + COLORS) if c % COLORS not in taken)
            color = next(free) if len(wishes) <= COLORS else GREY
        taken.add(color)
        result.append(color)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """The arrays of a line while it is made."""

    x: Floats
    y: Floats
    lo: Floats | None
    hi: Floats | None
    raw: Floats | None

    def at(self, places: slice | Indices) -> _Curve:
        lo, hi, raw = (None if a is None else a[places] for a in (self.lo, self.hi, self.raw))
        return _Curve(self.x[places], self.y[places], lo, hi, raw)


def _is_on(one: RunSeries, axis: str) -> bool:
    """Whether a series has points on an axis: all have their times, and those with the metric that is the axis."""
    return axis in TIMES or (one.axis is not None and len(one.axis) > 0)


def line(bundle: Sequence[RunSeries], view: View, axis: str, budget: int) -> Line:
    """The line of a run or of a group, without its name and colour."""
    points = [_points(one, axis) for one in bundle]
    curve, dropped = _on_scales(_curve(points, view), view)
    curve, first, last, offset = _cut(curve, view)
    count = last - first if len(points) == 1 else sum(_inside(x, view) for x, _ in points)
    if len(curve.x):
        kept = reduce([c for c in (curve.y, curve.lo, curve.hi, curve.raw) if c is not None], budget, offset)
        first, last = (int(np.searchsorted(kept, place)) for place in (first, last))
        curve = curve.at(kept)
    return Line(
        key="",
        label="",
        color=GREY,
        x=curve.x,
        y=curve.y,
        lo=curve.lo,
        hi=curve.hi,
        raw=curve.raw,
        count=count,
        members=tuple(dict.fromkeys(one.run_id for one in bundle if _is_on(one, axis))),
        metric=bundle[0].metric,
        first=first,
        last=last,
        dropped=dropped,
    )


def _inside(x: Floats, view: View) -> int:
    """How many of these ascending places lie in the window."""
    start = 0 if view.xmin is None else int(np.searchsorted(x, view.xmin, "left"))
    stop = len(x) if view.xmax is None else int(np.searchsorted(x, view.xmax, "right"))
    if view.xscale == "log":
        start = max(start, int(np.searchsorted(x, 0.0, "right")))
    return max(0, stop - start)


def _curve(points: Sequence[tuple[Floats, Floats]], view: View) -> _Curve:
    """The whole curve of a run or a group, smoothed."""
    curves = [(x, smooth(y, view.smoothing)) for x, y in points]
    if len(curves) == 1:
        (x, y), raw = curves[0], points[0][1]
        return _Curve(x, y, None, None, raw if view.smoothing > 0 else None)
    x, y, lo, hi = aggregate(curves, view.band)
    return _Curve(x, y, lo, hi, aggregate(points, "none").mean if view.smoothing > 0 else None)


def _points(one: RunSeries, axis: str) -> tuple[Floats, Floats]:
    """The whole series with ascending x; points of equal x stay in order of arrival."""
    series = one.series
    y = np.asarray(series.value, dtype=np.float64)
    if axis == "step":
        x = series.step.astype(np.float64)
    elif axis == "time":
        x = series.time_ns / 1e6
    elif axis == "relative":
        x = (series.time_ns - one.created_ns) / 1e9
    elif one.axis is None:
        x = np.full(len(y), np.nan)
    else:
        x = carried(series.row, one.axis.row, np.asarray(one.axis.value, dtype=np.float64))
    if np.isnan(x).any():
        known = ~np.isnan(x)
        x, y = x[known], y[known]
    if (x[1:] < x[:-1]).any():
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
    return x, y


def _on_scales(curve: _Curve, view: View) -> tuple[_Curve, int]:
    """The curve without what log axes have no place for, and how many points that were."""
    dropped = 0
    if view.xscale == "log":
        dropped = int(np.searchsorted(curve.x, 0.0, "right"))
        curve = curve.at(slice(dropped, None))
    if view.yscale == "log":
        dropped += int((curve.y <= 0).sum())
        y, lo, hi, raw = (
            None if c is None else np.where(c > 0, c, np.nan) for c in (curve.y, curve.lo, curve.hi, curve.raw)
        )
        assert y is not None  # noqa: S101 - narrows the type
        if lo is not None and np.isfinite(y).any():
            # A band that reaches below zero is drawn down to the smallest mean.
            lo = np.where(np.isnan(lo), np.nanmin(y), lo)
        curve = _Curve(curve.x, y, lo, hi, raw)
    return curve, dropped


def _cut(curve: _Curve, view: View) -> tuple[_Curve, int, int, int]:
    """The curve in the window with a neighbour either side, where the inside begins and ends, and what lay ahead."""
    n = len(curve.x)
    start = 0 if view.xmin is None else int(np.searchsorted(curve.x, view.xmin, "left"))
    stop = n if view.xmax is None else int(np.searchsorted(curve.x, view.xmax, "right"))
    if start >= stop and (start == 0 or stop == n):
        return curve.at(slice(0, 0)), 0, 0, 0
    ahead = max(0, start - 1)
    return curve.at(slice(ahead, stop + 1)), start - ahead, stop - ahead, ahead


def _wish(one: RunSeries, by: str | None, names: Sequence[str]) -> int:
    value = None if by is None else group_value(one, by)
    if value is not None:
        return names.index(value)
    # Runs without a group come after all groups.
    return one.order if by is None else len(names) + one.order


def _labels(firsts: Sequence[RunSeries], by: str | None) -> list[str]:
    metrics, runs = {one.metric for one in firsts}, {one.run_id for one in firsts}
    ids: dict[str, set[str]] = {}
    for one in firsts:
        ids.setdefault(one.run_name, set()).add(one.run_id)

    def label(one: RunSeries) -> str:
        value = None if by is None else group_value(one, by)
        if value is not None:
            name = value if by == "group" else f"{by}={value}"
        elif len(metrics) > 1 and len(runs) == 1:
            return one.metric
        else:
            name = one.run_name if len(ids[one.run_name]) == 1 else f"{one.run_name} ({one.run_id[:8]})"
        return f"{name} · {one.metric}" if len(metrics) > 1 else name

    return [label(one) for one in firsts]


def _config_value(config: Mapping[str, Any], by: str) -> object:
    if by in config:
        return config[by]
    for mark in ("/", "."):
        value: Any = config
        for part in by.split(mark):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            return value
    return None


def _value_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and np.isfinite(value):
        return number_text(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
