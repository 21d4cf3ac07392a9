"""What pages that follow a project ask for: ``/api/live/lines``, ``/api/live/runs`` and ``/api/live/alerts``.

They answer with no more than what is new to the page that asks.
"""

from __future__ import annotations

import gzip
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from trackio.grammar import View
from trackio.live.alerts import document as raised
from trackio.live.asked import Asked, AskedFigure
from trackio.live.figures import answer
from trackio.live.known import document
from trackio.live.project import LiveHome, LiveProject
from trackio.records import MetricKind
from trackio.server.access import Reader

router = APIRouter(prefix="/api/live", tags=["live"], dependencies=[Reader])

MOST_METRICS = 400
"""Of all figures of a question together: each is a line for every run."""

PACKED_BYTES = 1400
"""Answers that fit into one packet are not worth packing."""


class Figure(BaseModel):
    """One figure of the page, and what the page has of it."""

    model_config = ConfigDict(extra="forbid")

    slug: str = Field(max_length=300)
    metrics: list[str] = Field(max_length=100)
    kind: MetricKind = "metric"
    x: str = "step"
    """The x-axis unless the query names another."""
    signature: str = Field("", max_length=40)
    versions: dict[str, str] = {}


class Question(BaseModel):
    """What the page shows: the figures in sight and the query that says how."""

    model_config = ConfigDict(extra="forbid")

    project: str
    run: str | None = None
    query: str = Field("", max_length=20_000)
    small: bool = True
    """Whether many figures share the page."""
    since: int = -1
    """The revision of the answer before."""
    figures: list[Figure] = Field(max_length=400)

    @field_validator("figures")
    @classmethod
    def _are_few(cls, figures: list[Figure]) -> list[Figure]:
        if sum(len(one.metrics) for one in figures) > MOST_METRICS:
            raise ValueError(f"the figures have more than {MOST_METRICS} metrics together; ask for some at a time")
        return figures


def live_project(request: Request, project: str) -> LiveProject:
    """The project as it is followed here; raises UnknownProject."""
    state = request.app.state
    if not hasattr(state, "live"):
        state.live = LiveHome(state.homes.project)
    found: LiveProject = state.live.project(project)
    return found


@router.post("/lines")
def lines(request: Request, question: Question) -> Response:
    """The lines of figures, as far as the page does not have them.

    See `trackio.live.figures.answer` for what it says.
    """
    figures = tuple(
        AskedFigure(
            slug=one.slug,
            metrics=tuple(dict.fromkeys(one.metrics)),
            kind=one.kind,
            defaults=View(x=one.x),
            signature=one.signature,
            versions=one.versions,
        )
        for one in question.figures
    )
    asked = Asked(figures, question.query, question.run, question.small, question.since)
    return packed(request, answer(live_project(request, question.project), asked))


@router.get("/runs")
def runs(request: Request, project: str, since: Annotated[int, Query()] = -1) -> Response:
    """The runs and metrics of a project as the scripts of its pages know them; with ``since``, only if that changed.

    ``{"revision", "runs", "groups", "metrics"}``, or ``{"revision"}``.
    """
    followed = live_project(request, project)
    with followed.lock:
        revision = followed.look()
        if revision == since:
            return packed(request, {"revision": revision})
        return packed(request, {**document(followed), "revision": revision})


@router.get("/alerts")
def alerts(request: Request, project: str, run: str | None = None, x: str = "step") -> Response:
    """The alerts of the runs of a project, or of one by id, for the marks on charts over an x-axis.

    ``{"version", "alerts"}``; the version is the one that answers about lines name.
    """
    followed = live_project(request, project)
    with followed.lock:
        followed.look()
        return packed(request, {"version": followed.alerts_version, "alerts": raised(followed, x, run)})


def packed(request: Request, value: Any) -> Response:
    """JSON that no cache keeps, packed where that saves something."""
    body = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY, default=str)
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if len(body) > PACKED_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)
