"""What the browser reads: series and lines as compact columns in classic scripts, and the model of a page.

Classic scripts, as ``fetch`` is blocked on pages opened from disk; each calls ``trackioData(key, value)``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trackio.lines import Line
from trackio.records import RunRecord, RunSeries
from trackio.report import privacy
from trackio.report.columns import encode
from trackio.report.foremost import MOST_DRAWN, drawn
from trackio.report.gather import Project
from trackio.series import reduce

COMPLETE_POINTS = 20_000
"""Up to so many points a chart's first data file holds the whole series."""

_NO_SLUG = re.compile("[^-a-z0-9_]+")

RUN_POINTS = 20_000
"""Points of one metric on a run's page; a longer series is reduced there, and whole on its chart's page."""


def script(key: str, value: object) -> bytes:
    """A data file."""
    return f"trackioData({_json(key)},{_json(value)})\n".encode()


def inline(value: object) -> str:
    """JSON that can stand inside a ``<script>``: nothing in it ends the script or begins a comment."""
    text = _json(value)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def document(value: object) -> bytes:
    """A JSON file for programs and people."""
    return json.dumps(jsonable(value), ensure_ascii=True, indent=1).encode() + b"\n"


def columns(one: RunSeries) -> dict[str, Any]:
    """One run's series."""
    return _columns(one, None)


def run_columns(one: RunSeries) -> tuple[dict[str, Any], bool]:
    """One run's series for its own page, and whether it is complete."""
    if len(one.series) <= RUN_POINTS:
        return _columns(one, None), True
    return _columns(one, reduce([one.series.value], RUN_POINTS // 4)), False


def line(one: Line) -> dict[str, Any]:
    """One line of the picture."""
    found: dict[str, Any] = {"key": one.key, "label": one.label, "color": one.color}
    found |= {"x": encode(one.x), "y": encode(one.y)}
    if one.lo is not None and one.hi is not None:
        found |= {"lo": encode(one.lo), "hi": encode(one.hi)}
    return found | {"count": one.count, "members": list(one.members)}


def run(record: RunRecord, path: str | None = None) -> dict[str, Any]:
    """A run as scripts know it; ``path`` is the address of its page in a site."""
    return {
        "id": record.id,
        "name": record.name,
        "group": record.group,
        "status": record.status,
        "order": record.order,
        "created_ms": record.created_ns / 1e6,
        **({} if path is None else {"path": path}),
        "config": jsonable(privacy.public(record.config)),
    }


def project(one: Project) -> dict[str, Any]:
    """The project's own file."""
    shown = drawn(one)
    metrics = [
        {"metric": m.name, "slug": m.slug, "count": m.count, "complete": m.count <= COMPLETE_POINTS} for m in shown
    ]
    runs = [run(r.record, one.urls.run(r.slug)) for r in one.runs]
    found = {"project": one.name, "groups": list(one.groups), "runs": runs, "metrics": metrics}
    found |= {"index": "data/project.metrics.js"} if len(shown) < len(one.metrics) else {}
    # Beside this file; only a page that draws over energy, or that marks alerts, loads them.
    found |= {"energy": "data/project.energy.js"} if one.has_energy_axis else {}
    return found | ({"alerts": "data/project.alerts.js"} if one.raised else {})


def metrics_names(one: Project) -> tuple[str, ...]:
    """The file of the names of all charts, where the project's own file has some of them only."""
    return (one.urls.metrics,) if len(one.metrics) > MOST_DRAWN else ()


def metrics(one: Project) -> dict[str, Any]:
    """All charts in little space; ``slugs`` are those that do not follow from names, by place, as are ``axes``."""
    slugs = {str(k): m.slug for k, m in enumerate(one.metrics) if _usual_slug(m.name) != m.slug}
    axes = {str(k): m.x for k, m in enumerate(one.metrics) if m.x != "step"}
    found = {"names": [m.name for m in one.metrics], "slugs": slugs, "axes": axes}
    return found | {"counts": encode([m.count for m in one.metrics]), "most": COMPLETE_POINTS}


def _usual_slug(name: str) -> str:
    """As ``site/src/charts.js`` has it."""
    return _NO_SLUG.sub("-", name.lower()).strip("-") if name.isascii() else ""


def chart(
    metric: str, series: Sequence[RunSeries], lines: Sequence[Line], *, is_whole: bool
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A chart's first data file, and the one with the whole series when the first is not to hold it."""
    if is_whole:
        return {"metric": metric, "complete": True, "series": [columns(one) for one in series]}, None
    first = {"metric": metric, "complete": False, "lines": [line(one) for one in lines]}
    return first, {"metric": metric, "complete": True, "series": [columns(one) for one in series]}


def jsonable(value: Any) -> Any:
    """The value with numbers that JSON lacks as their names."""
    if isinstance(value, float) and not np.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124 - NaN
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return value


def _columns(one: RunSeries, kept: Any) -> dict[str, Any]:
    series = one.series
    arrays = {
        "row": series.row,
        "step": series.step,
        # From the run's start, in whole milliseconds: what an axis of hours can show, in three bytes a point.
        "time": np.rint((series.time_ns - one.created_ns) / 1e6),
        "y": series.value,
    }
    return {"run": one.run_id} | {name: encode(a if kept is None else a[kept]) for name, a in arrays.items()}


def _json(value: object) -> str:
    # ASCII, so that a server that names another encoding does no harm; surrogates that stand alone survive as escapes.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False, default=str)
