"""Charts by name, for pages that draw the first of very many and find the others when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trackio import grammar
from trackio.dashboard import shells
from trackio.dashboard.known import Known
from trackio.dashboard.site import LiveSite, asked
from trackio.errors import UnknownRun
from trackio.report import chartjob, plan
from trackio.report.foremost import MOST_DRAWN


def find(known: Known, run_id: str | None, patterns: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """The charts that an address names: ``charts`` as the models of pages have them, `MOST_DRAWN` of them at most.

    ``count`` is how many there are, and ``missing`` are the words that find none. With the id of a run the charts are
    those of its page; raises UnknownRun.
    """
    project = known.project
    metrics = {metric.name: metric for metric in project.metrics}
    own: dict[str, Any] = dict(metrics)
    run = next((run for run in project.runs if run.record.id == run_id), None)
    if run is not None:
        own = {one.name: one for one in run.numeric("metric") if one.name in metrics}
    elif run_id is not None:
        raise UnknownRun(run_id, [run.record.name for run in project.runs], project.name)
    found = grammar.chosen(list(own), patterns, names)
    shown = found[:MOST_DRAWN]
    if run is None:
        site, path = LiveSite(), project.urls.index
        jobs = [plan.chart_job(project, metrics[name], site, Path()) for name in shown]
        charts = [asked(chartjob.chart_model(job, path, "")) for job in jobs]
    else:
        charts = [shells.run_model(project, metrics[name], own[name], project.urls.run(run.slug)) for name in shown]
    return {"charts": charts, "count": len(found), "missing": grammar.unmatched(list(own), patterns, names)}
