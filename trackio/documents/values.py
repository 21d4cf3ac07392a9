"""``get metric``, ``get system-metric`` and ``get snapshot``: values, all of them or those around a place."""

from __future__ import annotations

from trackio.documents.encoding import Document
from trackio.documents.points import Points
from trackio.documents.selecting import Span, project_of, run_of, span_of
from trackio.logged import Run
from trackio.records import MetricKind
from trackio.store.home import Home


def metric(
    home: Home,
    *,
    metric: str,
    project: str | None = None,
    run: str | None = None,
    step: int | None = None,
    around: int | None = None,
    at_time: str | None = None,
    window: float | None = None,
) -> Document:
    """The values of one metric of a run."""
    span = span_of(step, around, at_time, window)
    return _one(run_of(project_of(home, project), run), metric, span, "metric")


def system_metric(
    home: Home,
    *,
    metric: str | None = None,
    project: str | None = None,
    run: str | None = None,
    step: int | None = None,
    around: int | None = None,
    at_time: str | None = None,
    window: float | None = None,
) -> Document:
    """The values of one system metric of a run; without a name those of all, in the form of a snapshot."""
    span = span_of(step, around, at_time, window)
    one = run_of(project_of(home, project), run)
    return _several(one, span, "system") if metric is None else _one(one, metric, span, "system")


def snapshot(
    home: Home,
    *,
    project: str | None = None,
    run: str | None = None,
    step: int | None = None,
    around: int | None = None,
    at_time: str | None = None,
    window: float | None = None,
) -> Document:
    """The values of all metrics of a run around a place; without one the last of each."""
    span = span_of(step, around, at_time, window)
    return _several(run_of(project_of(home, project), run), span, "metric", is_last=span.is_everything)


def _one(run: Run, metric: str, span: Span, kind: MetricKind) -> Document:
    points = Points(run.points([metric], kind)[metric]).inside(span.steps, span.times_ns)
    return {"project": run.project, "run": run.name, "metric": metric, "values": points}


def _several(run: Run, span: Span, kind: MetricKind, *, is_last: bool = False) -> Document:
    found = {name: Points(given).inside(span.steps, span.times_ns) for name, given in run.points(kind=kind).items()}
    metrics = {name: points[-1:] if is_last else points for name, points in found.items() if len(points)}
    return {"project": run.project, "run": run.name, "metrics": metrics}
