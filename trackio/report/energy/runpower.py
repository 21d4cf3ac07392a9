"""The chart of power over time on the page of a run: a line a device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trackio import picture
from trackio.flags import placed
from trackio.grammar import View
from trackio.records import RunSeries
from trackio.report import alerts, data, figures, words
from trackio.report.energy import block, curves
from trackio.report.gather import Run

if TYPE_CHECKING:
    from markupsafe import Markup

VIEW = View(x="relative")


def figure(series: Sequence[RunSeries], run: Run) -> Markup:
    """The power of the run's devices over time."""
    return figures.markup(
        picture.figure(
            figures.draw(series, (), VIEW, is_small=True),
            VIEW,
            slug=block.SLUG,
            metric=curves.METRIC,
            title=block.TITLE,
            subtitle="",
            date=words.day(run.record.updated_ns),
            is_running=run.record.status == "running",
            heading=3,
            alerts=placed(alerts.of_own(run), series, VIEW.x),
        )
    )


def values(series: Sequence[RunSeries]) -> dict[str, Any]:
    """What the data file of the run holds of it."""
    columns = [data.columns(one) | {"metric": one.metric} for one in series]
    return {"metric": curves.METRIC, "complete": True, "series": columns}


def model(series: Sequence[RunSeries], address: str, run: Run) -> dict[str, Any]:
    """Its entry in the model of the page; ``address`` is that of the run's data file."""
    return {
        "metric": curves.METRIC,
        "slug": block.SLUG,
        "title": block.TITLE,
        "subtitle": "",
        "data": address,
        "key": f"run:{run.slug}",
        "full": None,
        "page": None,
        "links": {},
        "defaults": {"x": VIEW.x, "legend": VIEW.legend},
        "count": sum(len(one.series) for one in series),
    }
