"""What scripts of pages know of a project besides the lines: its runs, groups and metrics."""

from __future__ import annotations

from itertools import islice
from typing import Any

from trackio.lines import groups_of
from trackio.live.project import LiveProject
from trackio.report import data, slugs, urls
from trackio.report.foremost import MOST_DRAWN


def document(project: LiveProject) -> dict[str, Any]:
    """``{"project", "groups", "runs", "metrics"}``, as the file ``data/project.js`` of a report has them.

    Of very many metrics these are the first.
    """
    records = sorted(project.runs.values(), key=lambda one: one.order)
    counts: dict[str, int] = {}
    for record in records:
        for (kind, name), metric in project.metrics[record.id].items():
            if kind == "metric" and metric.is_numeric:
                counts[name] = counts.get(name, 0) + metric.count
    # A page asks by name for those that it does not know; what names came later changes no slug of these.
    first = dict(islice(counts.items(), MOST_DRAWN))
    own = slugs.slugs({name: name for name in first}, "metric", urls.RESERVED_METRICS)
    return {
        "project": project.store.name,
        "groups": groups_of(records),
        "runs": [data.run(record) for record in records],
        "metrics": [{"metric": name, "slug": own[name], "count": count} for name, count in first.items()],
    }
