"""The pages of the dashboard by their addresses, which are those of the generated site."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from trackio.dashboard import answers, compare, energy, overview, reports, runs
from trackio.dashboard.desk import Desk, desk
from trackio.dashboard.known import Known
from trackio.dashboard.writing import written
from trackio.errors import NotFound, StoreError
from trackio.report.served import Edits
from trackio.report.urls import INDEX, relative
from trackio.server.access import is_writer

router = APIRouter(include_in_schema=False)

_METHODS = ["GET", "HEAD"]


def shown(request: Request, make: Callable[[Desk], Response]) -> Response:
    """What a page's function makes, for those who may look; a page that says so where it cannot."""
    closed = answers.refused(request)
    if closed is not None:
        return closed
    try:
        return make(desk(request))
    except NotFound as error:
        return answers.not_found(request, error)
    except StoreError as error:
        return answers.failed(request, error, 500)
    except sqlite3.OperationalError as error:
        return answers.failed(request, error, 503)


@router.api_route("/", methods=_METHODS)
@router.api_route(f"/{INDEX}", methods=_METHODS)
def index(request: Request) -> Response:
    """Every project; with ``project=`` in the address, the way to that one."""

    def answer(here: Desk) -> Response:
        asked = request.query_params.get("project")
        if asked:
            return RedirectResponse(_address(request, here.projects.project(asked)), 303)
        found = overview.index(here.summaries.all(), here.site())
        return answers.html(request, written(found))

    return shown(request, answer)


@router.api_route("/{project}/", methods=_METHODS)
@router.api_route(f"/{{project}}/{INDEX}", methods=_METHODS)
def project(request: Request, project: str) -> Response:
    """The charts and runs of a project."""

    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        found, may = here.energies.project(known), edits(request, known, known.project.urls.index)
        key = ("project", may, None if found is None else found.revision)
        body = known.made.get(key)
        if body is None:
            body = known.keep(key, written(overview.project(known, found, here.site(known, found), may)))
        return answers.html(request, body)

    return shown(request, answer)


@router.api_route("/{project}", methods=_METHODS)
def folder(request: Request, project: str) -> Response:
    """The way to a project's page; told from here, as only whoever asks knows where a proxy puts the server."""

    def answer(here: Desk) -> Response:
        found = f"./{quote(here.projects.at(project).project.urls.slug)}/"
        query = request.url.query
        return RedirectResponse(f"{found}?{query}" if query else found, 307)

    return shown(request, answer)


@router.api_route("/{project}/runs/{run}.html", methods=_METHODS)
def run(request: Request, project: str, run: str) -> Response:
    """One run."""

    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        found = known.run(run)
        used = here.energies.run(known, found.record.id)
        page = runs.page(known, found, used, here.site(known), edits(request, known, known.project.urls.run(run)))
        return answers.html(request, written(page))

    return shown(request, answer)


@router.api_route("/{project}/charts/{slug}.html", methods=_METHODS)
def chart(request: Request, project: str, slug: str) -> Response:
    """One chart, made for an iframe."""

    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        return answers.html(request, written(overview.chart(known, slug, here.site(known))))

    return shown(request, answer)


@router.api_route("/{project}/energy.html", methods=_METHODS)
def energy_page(request: Request, project: str) -> Response:
    """What the runs of a project used so far."""

    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        found = here.energies.project(known, patience_seconds=30.0)
        if found is None:
            return answers.not_found(request, None)
        return answers.html(request, written(energy.page(known, found, here.site(known, found))))

    return shown(request, answer)


@router.api_route(f"/{{project}}/{overview.COMPARE}", methods=_METHODS)
def compare_page(request: Request, project: str, run: Annotated[list[str] | None, Query()] = None) -> Response:
    """Runs side by side."""

    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        return answers.html(request, written(compare.page(known, run or (), here.site(known))))

    return shown(request, answer)


@router.api_route(f"/{{project}}/{overview.REPORTS}", methods=_METHODS)
def reports_page(request: Request, project: str) -> Response:
    """All Markdown of a project's runs."""

    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        return answers.html(request, written(reports.page(known, here.site(known))))

    return shown(request, answer)


def edits(request: Request, known: Known, path: str) -> Edits | None:
    """What whoever asks may change on the page at ``path``; None for those who may only look."""
    return overview.edits(known.project, desk(request).projects.urls(), path) if is_writer(request) else None


def _address(request: Request, known: Known) -> str:
    """The page that a dashboard's own address with ``project=`` means: the project's, or that of one of its runs."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "project"]
    keys = [value for name, value in rest if name == "run"]
    found = known.named(keys[0]) if len(keys) == 1 else None
    urls = known.project.urls
    if found is None:
        page = urls.index
    else:
        page, rest = urls.run(found.slug), [(name, value) for name, value in rest if name != "run"]
    return f"{relative(page, INDEX)}?{urlencode(rest, errors='replace')}" if rest else relative(page, INDEX)
