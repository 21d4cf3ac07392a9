"""The iframe of a view: one metric is its chart's page, several share the page of the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from trackio import grammar
from trackio.errors import UnknownMetric, UsageError
from trackio.report.chartjob import iframe
from trackio.report.gather import Project, Selection, gather
from trackio.report.heads import HEIGHT, WIDTH, Site
from trackio.report.urls import base_url
from trackio.settings import home as usual_home

CAPTION_HEIGHT = 108
"""Title, subtitle, axis and footer of a chart page: what its iframe needs beside a plot of fixed height."""


@dataclass(frozen=True, slots=True)
class Embed:
    """An iframe, and what was ignored of the view asked for."""

    html: str
    url: str
    width: int
    height: int
    notes: list[str]


def embed(
    project: str,
    view: Mapping[str, str | Sequence[str]],
    base: str,
    *,
    home: Path | None = None,
    width: int | None = None,
) -> Embed:
    """The iframe of ``view``, parameters of the URL grammar as text, over a project's report at ``base``.

    Unknown projects and metrics are errors that name the nearest; other bad values are left out with a note.
    """
    if urlsplit(base).scheme not in ("http", "https"):
        raise UsageError(f"--base-url {base!r} is no http or https address. Give the one where index.html will be.")
    site = Site(base_url(base))
    found = gather(home or usual_home(), Selection(projects=[project]))[0] if "*" not in project else None
    if found is None:
        raise UsageError("--project names one project, without *.")
    wanted, notes = grammar.parse(urlencode(view, doseq=True))
    metrics = _chosen(found, wanted)
    wide = width or WIDTH
    high = HEIGHT if wanted.height is None else wanted.height + CAPTION_HEIGHT * (wanted.title != "none")
    slugs = {metric.name: metric.slug for metric in found.metrics}
    if len(metrics) == 1:
        wanted = replace(wanted, metrics=(), metric_names=())
    url = site.url(found.urls.chart(slugs[metrics[0]])) or ""
    query = grammar.query(replace(wanted, project=None))
    address = f"{url}?{query}" if query else url
    title = ", ".join(metrics[:3]) + (", …" if len(metrics) > 3 else "") + f" · {found.name}"
    return Embed(iframe(address, title, wide, high), address, wide, high, notes)


def _chosen(project: Project, view: grammar.View) -> list[str]:
    names = [metric.name for metric in project.metrics]
    if not view.metrics and not view.metric_names:
        if len(names) == 1:
            return names
        raise UsageError(
            f"Say which charts: --metrics A,B. {project.name!r} has {', '.join(names[:5]) or 'none yet'}"
            f"{', ...' if len(names) > 5 else ''}."
        )
    for name in grammar.unmatched(names, view.metrics, view.metric_names):
        raise UnknownMetric(name, names, where=project.name)
    return grammar.chosen(names, view.metrics, view.metric_names)
