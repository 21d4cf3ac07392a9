"""What runs said in words: ``list alerts``, ``list reports`` and ``get report``."""

from __future__ import annotations

from trackio.documents.encoding import Document
from trackio.documents.selecting import project_of, run_of
from trackio.errors import NotFound, UsageError
from trackio.store.home import Home
from trackio.times import iso, nanoseconds


class UnknownReport(NotFound):
    """The run logged no Markdown under that name."""

    noun = "report"


def alerts(
    home: Home,
    *,
    project: str | None = None,
    run: str | None = None,
    level: str | None = None,
    since: str | None = None,
    after: int | None = None,
    limit: int | None = None,
) -> Document:
    """The alerts that fit, oldest first; of those the newest ``limit``."""
    if limit is not None and limit < 0:
        raise UsageError("--limit is a number from 0 on.")
    since_ns = None if since is None else nanoseconds(since)
    found = project_of(home, project)
    return {
        "project": found.name,
        "alerts": [
            {
                "id": alert.num,
                "timestamp": iso(alert.time_ns),
                "run": alert.run_name,
                "run_id": alert.run_id,
                "level": alert.level,
                "title": alert.title,
                "text": alert.text,
                "step": alert.step,
                "data": alert.data,
            }
            for alert in found.alerts(run=run, level=level, since_ns=since_ns, after=after, limit=limit)
        ],
    }


def reports(home: Home, *, project: str | None = None, run: str | None = None) -> Document:
    """The Markdown that a run logged, or all runs, by name and step."""
    found = project_of(home, project)
    runs = found.runs() if run is None else [found.run(run)]
    return {
        "project": found.name,
        "run": None if run is None else runs[0].name,
        "reports": [
            {
                "run": one.name,
                "run_id": one.id,
                "report": report.name,
                "step": report.step,
                "timestamp": iso(report.time_ns),
            }
            for one in runs
            for report in one.reports()
        ],
    }


def report(home: Home, *, report: str, project: str | None = None, run: str | None = None) -> Document:
    """The Markdown that a run logged under a name; raises UnknownReport."""
    found = project_of(home, project)
    one = run_of(found, run)
    known = one.reports()
    wanted = [each for each in known if each.name == report]
    if not wanted:
        raise UnknownReport(report, list(dict.fromkeys(each.name for each in known)), f"run {one.name!r}")
    return {
        "project": found.name,
        "run": one.name,
        "report": report,
        "values": [{"step": each.step, "timestamp": iso(each.time_ns), "content": each.content} for each in wanted],
    }
