"""``/api/live/page``, what an open page asks for each second while somebody can see it, and ``/api/live/charts``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from trackio import grammar
from trackio.dashboard import compare, news, overview
from trackio.dashboard.charts import find
from trackio.dashboard.desk import Desk, desk, seen, version
from trackio.dashboard.known import Known
from trackio.errors import UnknownRun, UsageError
from trackio.server.access import Reader
from trackio.server.live import packed

router = APIRouter(prefix="/api/live", tags=["live"], dependencies=[Reader])

Kind = Literal["index", "project", "run", "chart", "energy", "compare", "reports"]


@router.get("/page")
def page(
    request: Request,
    kind: Kind,
    project: str | None = None,
    run: Annotated[list[str] | None, Query(max_length=200)] = None,
    since: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """News of a page: nothing but its ``revision`` when there are none. ``run`` is that of its page, or those compared.

    Else ``structure``, which differs when the page has to be asked for again, ``updated_ms``, ``meta``, and by kind
    ``rows`` (of changed runs, by id: ``row`` and ``item``), ``values``, ``amounts``, ``cards`` and ``alerts``, all of
    them HTML.
    """
    return packed(request, _news(desk(request), kind, project, run or [], since))


@router.get("/charts")
def charts(
    request: Request,
    project: str,
    run: str | None = None,
    metrics: Annotated[str, Query(max_length=20_000)] = "",
    metric: Annotated[list[str] | None, Query(max_length=1_000)] = None,
) -> Response:
    """The charts that an address names, for pages of very many: ``metrics`` and ``metric`` as addresses have them.

    ``{"charts", "count", "missing"}``: the first of them, how many there are, and the words that find none.
    """
    words = urlencode([("metrics", metrics), *(("metric", name) for name in metric or ())], errors="replace")
    view, _ = grammar.parse(words)
    known = desk(request).projects.project(project)
    return packed(request, find(known, run, view.metrics, view.metric_names))


def _news(here: Desk, kind: Kind, project: str | None, runs: Sequence[str], since: str) -> dict[str, Any]:
    if kind == "index":
        summaries = here.summaries.all()
        revision = overview.version(summaries)
        return {"revision": revision} | ({} if revision == since else news.of_index(summaries, here.site()))
    if project is None:
        raise UsageError("project= says whose page it is.")
    known = here.projects.project(project)
    if kind == "run":
        return _of_run(here, known, runs[0] if runs else "", since)
    energy = here.energies.project(known) if kind in ("project", "energy") else None
    reckoning = max(seen(since, known)[1], 0 if energy is None else energy.revision)
    revision = version(known, energy, reckoning)
    if revision == since:
        return {"revision": revision}
    if kind == "project":
        return {"revision": revision} | news.of_project(known, energy, here.site(known), seen(since, known))
    if kind == "energy":
        return {"revision": revision} | news.of_energy(known, reckoning)
    structures = {"reports": overview.structure_of_reports, "chart": overview.structure_of_chart}
    structure = compare.structure(known, runs) if kind == "compare" else structures[kind](known)
    return {"revision": revision, "structure": structure, "updated_ms": known.project.updated_ns // 1_000_000}


def _of_run(here: Desk, known: Known, run_id: str, since: str) -> dict[str, Any]:
    revision = version(known, None)
    if revision == since:
        return {"revision": revision}
    found = next((run for run in known.project.runs if run.record.id == run_id), None)
    if found is None:
        raise UnknownRun(run_id, [run.record.name for run in known.project.runs], known.project.name)
    if found.record.revision <= seen(since, known)[0]:
        # Other runs of the project went on.
        return {"revision": revision, "structure": overview.structure(known, found)}
    energy = here.energies.run(known, run_id)
    return {"revision": revision} | news.of_run(known, found, energy, here.site(known))
