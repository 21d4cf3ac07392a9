"""Alerts as marks on the x-axis of a chart; the same as ``site/src/flags.js`` (pure).

An alert stands where its run was when it was raised: at its step, at its time, or at the last value that the run had
logged of the metric that is the x-axis. Where that is unknown it has no mark. Alerts that would cover each other share
one, so that ten thousand of them are as light as forty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from trackio.lines import TIMES

if TYPE_CHECKING:
    from trackio.grammar import View
    from trackio.lines import Line
    from trackio.records import AlertRecord, RunSeries
    from trackio.scales import Axis
    from trackio.series import Floats

LEVELS = ("info", "warn", "error")
"""From the mildest; any other word counts as the mildest."""

GRID = 2000
"""The width of the plot in the units that marks are rounded to, as `trackio.geometry` has it."""

NEAR = 48
"""So many units from its first alert a mark takes in the next ones: twelve pixels of a plot of usual width."""

LISTED = 10
"""So many marks are told to those who do not see them, the gravest first."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a chart needs to know of an alert."""

    run_id: str
    run_name: str
    level: str
    title: str
    step: int | None
    created_ms: float
    """When its run began, in milliseconds since 1970."""
    since_ms: float
    """How long after that it was raised, in whole milliseconds, as the browser counts them."""
    x: float = math.nan
    """Where it stands on the x-axis of the chart; NaN where that is unknown."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One mark on the x-axis."""

    place: int
    """From 0, the start of the axis, to `GRID`, its end."""
    level: str
    """That of the gravest."""
    alerts: tuple[Alert, ...]
    """The gravest first, then as they were raised."""


def marked(one: AlertRecord, created_ns: int, title: str | None = None) -> Alert:
    """What charts need of an alert whose run began at ``created_ns``; ``title`` stands for its own."""
    return Alert(
        run_id=one.run_id,
        run_name=one.run_name,
        level=LEVELS[gravity(one.level)],
        title=one.title if title is None else title,
        step=one.step,
        created_ms=created_ns / 1e6,
        since_ms=float(round((one.time_ns - created_ns) / 1e6)),
    )


def placed(alerts: Iterable[Alert], series: Sequence[RunSeries], axis: str) -> list[Alert]:
    """The alerts with their places on an x-axis, which for a metric is told by the ``series`` of their runs."""
    if axis in TIMES:
        return [replace(one, x=_on_time(one, axis)) for one in alerts]
    along = {one.run_id: _values(one) for one in reversed(series) if one.axis is not None and len(one.axis)}
    return [replace(one, x=_carried(one, along.get(one.run_id))) for one in alerts]


def flags(alerts: Sequence[Alert], lines: Sequence[Line], axis: Axis, view: View) -> tuple[Flag, ...]:
    """The marks of those alerts whose runs are on the chart, from left to right.

    What was raised before the first point or after the last one stands at the edge, unless a limit cuts it off there.
    """
    if view.alerts == "hidden":
        return ()
    members = {member for line in lines for member in line.members}
    shown = [one for one in alerts if one.run_id in members]
    shares = axis.place(np.asarray([one.x for one in shown], dtype=np.float64)).tolist()
    found = []
    for one, share in zip(shown, shares, strict=True):
        is_cut = (share < 0 and view.xmin is not None) or (share > 1 and view.xmax is not None)
        if math.isfinite(share) and not is_cut:
            found.append((math.floor(min(max(share, 0.0), 1.0) * GRID + 0.5), one))
    bundles: list[tuple[int, list[Alert]]] = []
    for place, one in sorted(found, key=lambda entry: entry[0]):
        if bundles and place - bundles[-1][0] < NEAR:
            bundles[-1][1].append(one)
        else:
            bundles.append((place, [one]))
    return tuple(_flag(place, bundle) for place, bundle in bundles)


def gravity(level: str) -> int:
    """0 for the mildest level."""
    return LEVELS.index(level) if level in LEVELS else 0


def count(found: Sequence[Flag]) -> int:
    """How many alerts have a mark."""
    return sum(len(flag.alerts) for flag in found)


def told(found: Sequence[Flag]) -> tuple[list[Flag], int]:
    """The marks that are put into words, the gravest first, and how many alerts the others stand for."""
    order = sorted(found, key=lambda flag: -gravity(flag.level))
    return order[:LISTED], count(order[LISTED:])


def words(one: Alert) -> str:
    """What stands before the name of its run: ``error, step 1,200, ``."""
    return f"{LEVELS[gravity(one.level)]}, " + ("" if one.step is None else f"step {one.step:,}, ")


def _flag(place: int, bundle: Sequence[Alert]) -> Flag:
    order = sorted(bundle, key=lambda one: (-gravity(one.level), one.created_ms + one.since_ms))
    return Flag(place, LEVELS[gravity(order[0].level)], tuple(order))


def _on_time(one: Alert, axis: str) -> float:
    if axis == "step":
        return math.nan if one.step is None else float(one.step)
    return one.created_ms + one.since_ms if axis == "time" else one.since_ms / 1000


def _values(one: RunSeries) -> tuple[Floats, Floats]:
    """When the metric on the x-axis was logged, in ascending milliseconds of the run, and its finite values."""
    assert one.axis is not None  # noqa: S101 - narrows the type
    value = np.asarray(one.axis.value, dtype=np.float64)
    since = np.rint((one.axis.time_ns - one.created_ns) / 1e6)
    # Rows of several processes, and imported ones, need not come in the order of their times.
    order = np.argsort(since, kind="stable")
    order = order[np.isfinite(value[order])]
    return since[order], value[order]


def _carried(one: Alert, along: tuple[Floats, Floats] | None) -> float:
    """The last value that had been logged when the alert was raised."""
    if along is None:
        return math.nan
    since, value = along
    place = int(np.searchsorted(since, one.since_ms, "right"))
    return float(value[place - 1]) if place else math.nan
