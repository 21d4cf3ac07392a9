"""The files beside the pages: exports of charts and runs, media, and the built scripts and styles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from fastapi.responses import Response

from trackio.dashboard import answers, exports, media, site, stored
from trackio.dashboard.desk import Desk
from trackio.dashboard.energies import Energy
from trackio.dashboard.known import Known
from trackio.dashboard.pages import shown
from trackio.lines import KWH
from trackio.report import data, resources
from trackio.report.energy import bars, block

router = APIRouter(include_in_schema=False)

ENERGY_SECONDS = 30.0
"""So long a file waits for what runs used."""

_METHODS = ["GET", "HEAD"]

Slug = Annotated[str, PathParameter(max_length=300)]


@router.api_route("/assets/{name}", methods=_METHODS)
def asset(request: Request, name: str) -> Response:
    """A built file; needs no token, as anybody can have it."""
    found = site.assets().get(name)
    if found is None:
        return answers.not_found(request, None)
    cached = "public, max-age=300" if found == name else answers.FOREVER
    return answers.content(
        request, resources.site_file(found).encode(), stored.mime(found), headers={"Cache-Control": cached}
    )


@router.api_route("/{project}/charts/{name}", methods=_METHODS)
def chart_file(request: Request, project: Slug, name: Slug) -> Response:
    """A chart as ``svg``, ``png``, ``csv`` or ``vl.json``."""

    def answer(here: Desk) -> Response:
        suffix = next((one for one in exports.SUFFIXES if name.endswith(f".{one}")), None)
        if suffix is None:
            return answers.not_found(request, None)
        known, slug = here.projects.at(project), name.removesuffix(f".{suffix}")
        is_of_energy = slug in (bars.SLUG, block.SLUG) or slug.endswith(f".{KWH}")
        energy = _energy(here, known) if is_of_energy else None
        return answers.download(request, exports.chart(known, slug, suffix, energy), name)

    return shown(request, answer)


@router.api_route("/{project}/media/{name}", methods=_METHODS)
def medium(request: Request, project: Slug, name: Slug) -> Response:
    """A stored file, or what is made of one."""

    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        return answers.kept_file(request, here.stored.file(known, name), name)

    return shown(request, answer)


@router.api_route("/{project}/data/runs/{run}/{name}", methods=_METHODS)
def run_media(request: Request, project: Slug, run: Slug, name: Slug) -> Response:
    """A script or a picture with the media of one name."""

    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        return answers.download(request, media.script(known, known.run(run), name), name)

    return shown(request, answer)


@router.api_route("/{project}/data/runs/{name}", methods=_METHODS)
def run_file(request: Request, project: Slug, name: Slug) -> Response:
    """The points of a run as Parquet, or the list of its media."""

    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        if name.endswith(".parquet"):
            return answers.download(request, exports.parquet(known, known.run(name.removesuffix(".parquet"))), name)
        if name.endswith(".media.json"):
            found = media.index(known, known.run(name.removesuffix(".media.json")))
            return answers.download(request, data.document(found), name)
        return answers.not_found(request, None)

    return shown(request, answer)


@router.api_route("/{project}/data/{name}", methods=_METHODS)
def project_file(request: Request, project: Slug, name: Slug) -> Response:
    """What scripts and programs read of a project: its alerts, its energy."""
    return _made(request, project, f"data/{name}", exports.document)


@router.api_route("/{project}/card.md", methods=_METHODS)
@router.api_route("/{project}/card.yaml", methods=_METHODS)
@router.api_route("/{project}/badge.svg", methods=_METHODS)
def card_file(request: Request, project: Slug) -> Response:
    """A file of the project's model card."""
    return _made(request, project, request.url.path.rpartition("/")[2], exports.card)


def _made(
    request: Request, project: str, name: str, make: Callable[[Known, str, Energy | None], bytes | None]
) -> Response:
    def answer(here: Desk) -> Response:
        known = here.projects.at(project)
        found = make(known, f"{known.project.urls.slug}/{name}", _energy(here, known))
        return answers.not_found(request, None) if found is None else answers.download(request, found, name)

    return shown(request, answer)


def _energy(here: Desk, known: Known) -> Energy | None:
    return here.energies.project(known, ENERGY_SECONDS)
