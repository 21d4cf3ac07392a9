"""Which of very many metrics have charts, and which of these are drawn before anybody asks (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trackio.report.gather import Metric, Project
from trackio.telling import telling

MOST_DRAWN = 200
"""So many charts of a page are drawn from the start; the others when a reader asks for them by name."""

MOST_CHARTS = 2_000
"""So many metrics of a project have a chart in a report, unless more are asked for."""

MOST_VALUES = 500
"""So many values of a run are listed on its page, or beside those of others."""

TELLING = 4
"""So many of the most telling metrics come before all others."""


def foremost(names: Sequence[str], most: int) -> list[str]:
    """The names that come before others where there is no room for all, in their order.

    They are the first ones, with those that tell most of a run among them wherever they stand.
    """
    if len(names) <= most:
        return list(names)
    kept = set(telling(names)[: min(TELLING, most)])
    for name in names:
        if len(kept) >= most:
            break
        kept.add(name)
    return [name for name in names if name in kept]


def limited(project: Project, most: int) -> Project:
    """The project with ``most`` metrics, or a few more that others cannot do without; the rest are its ``left``."""
    if len(project.metrics) <= most:
        return project
    known = {metric.name: metric for metric in project.metrics}
    kept = set(foremost(list(known), most))
    kept |= {known[name].x for name in kept if known[name].x in known}
    kept |= {project.target[0]} & known.keys() if project.target is not None else set()
    metrics = tuple(metric for metric in project.metrics if metric.name in kept)
    left = tuple(metric for metric in project.metrics if metric.name not in kept)
    return replace(project, metrics=metrics, left=left)


def drawn(project: Project) -> tuple[Metric, ...]:
    """The metrics of a project that its page draws."""
    kept = set(foremost([metric.name for metric in project.metrics], MOST_DRAWN))
    return tuple(metric for metric in project.metrics if metric.name in kept)
