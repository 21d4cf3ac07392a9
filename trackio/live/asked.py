"""What a page asks for, and how finely its lines are drawn (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trackio.grammar import View
from trackio.records import MetricKind

SCREEN_POINTS = 1600
"""Points that the widest plot can tell apart: two for each of its pixels."""
MOST_POINTS = 60_000
"""Points that are drawn in a blip, over all lines of a figure."""
FEWEST_POINTS = 50


@dataclass(frozen=True, slots=True)
class AskedFigure:
    """One figure of a page, and what the page has of it."""

    slug: str
    metrics: tuple[str, ...]
    kind: MetricKind = "metric"
    defaults: View = field(default_factory=View)
    """What holds where the page's query says nothing."""
    signature: str = ""
    """Of the names and colours that the page has; empty where it has nothing."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the lines of runs in progress that the page has, by key."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A page's question."""

    figures: tuple[AskedFigure, ...]
    query: str = ""
    """The page's, as the URL grammar has it."""
    run: str | None = None
    """The id of the one run that the page is about."""
    is_small: bool = True
    """Whether many figures share the page: they are drawn with half as many points."""
    since: int = -1
    """The revision of the answer before; -1 for none."""


def budget(count: int, view: View, *, is_grouped: bool, is_small: bool) -> int:
    """Points a line, as the browser draws series that it has whole (``site/src/data.js``)."""
    curves = 1 + (view.smoothing > 0) + 2 * is_grouped
    each = min(SCREEN_POINTS, MOST_POINTS / max(1, count * curves))
    return max(FEWEST_POINTS, int(each / 2 if is_small else each)) * curves
