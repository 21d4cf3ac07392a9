"""Stretches of time: ``(k, 2)`` arrays of nanoseconds, ascending, that neither touch nor overlap."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from trackio.energy.records import Session

Nanoseconds = NDArray[np.int64]


def union(starts: Nanoseconds, ends: Nanoseconds) -> Nanoseconds:
    """The stretches that any of these cover, in whatever order they come; those without length are none."""
    kept = ends > starts
    order = np.argsort(starts[kept], kind="stable")
    starts, reached = starts[kept][order], np.maximum.accumulate(ends[kept][order])
    is_apart = starts[1:] > reached[:-1]
    firsts, lasts = np.append(True, is_apart), np.append(is_apart, True)
    return np.stack((starts[firsts], reached[lasts]), axis=1) if len(starts) else np.empty((0, 2), np.int64)


def of_sessions(sessions: Iterable[Session], window_ns: tuple[int, int] | None = None) -> Nanoseconds:
    """The union of sessions, cut to the window."""
    bounds = np.array([(one.start_ns, one.end_ns) for one in sessions], np.int64).reshape(-1, 2)
    if window_ns is not None:
        bounds = np.clip(bounds, *window_ns)
    return union(bounds[:, 0], bounds[:, 1])


def length(spans: Nanoseconds) -> int:
    """How many nanoseconds they last together."""
    return int((spans[:, 1] - spans[:, 0]).sum())


def covered(spans: Nanoseconds, moments: Nanoseconds) -> Nanoseconds:
    """How many nanoseconds of the spans lie before each moment."""
    if not len(spans):
        return np.zeros(len(moments), np.int64)
    before = np.append(0, np.cumsum(spans[:, 1] - spans[:, 0]))
    place = np.searchsorted(spans[:, 0], moments, "right")
    inside = np.minimum(moments, spans[place - 1, 1]) - spans[place - 1, 0]
    return np.where(place > 0, before[place - 1] + inside, 0)


def cut(
    starts: Nanoseconds, ends: Nanoseconds, spans: Nanoseconds
) -> tuple[NDArray[np.intp], Nanoseconds, Nanoseconds]:
    """The parts of stretches that lie in spans: for each part the place of its stretch, its start and its end.

    The stretches ascend and do not overlap; one that lies in several spans has a part in each.
    """
    first = np.searchsorted(ends, spans[:, 0], "right")
    counts = np.searchsorted(starts, spans[:, 1], "left") - first
    span = np.repeat(np.arange(len(spans)), counts)
    place = np.arange(len(span)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    return place, np.maximum(starts[place], spans[span, 0]), np.minimum(ends[place], spans[span, 1])
