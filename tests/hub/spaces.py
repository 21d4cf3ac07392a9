"""What the Hub knows of Spaces that run: variables, secrets, mounted volumes, how they are; and buckets.

Nothing runs here: a test that wants the Space to run starts what is in its repository, with its environment. Histories
can be cut with ``super-squash``. Of buckets there is no more than that they are there.
"""

from __future__ import annotations

from re import Match
from typing import TYPE_CHECKING, Any

from .answers import Refused, Request, Route
from .reading import REPO
from .running import Running

if TYPE_CHECKING:
    from .emulator import Hub

SPACE = "/api/spaces/([^/]+/[^/]+)"


def _space(hub: Hub, request: Request, found: Match[str]) -> Running:
    repo = hub.repo("spaces", found[1], request)
    hub.check_writer(repo, request)
    return repo.running


def variables(hub: Hub, request: Request, found: Match[str]) -> Any:
    running = _space(hub, request, found)
    if request.method == "POST":
        running.variables[request.json["key"]] = request.json["value"]
    if request.method == "DELETE":
        del running.variables[request.json["key"]]
    return {key: {"value": value} for key, value in running.variables.items()}


def secrets(hub: Hub, request: Request, found: Match[str]) -> Any:
    running = _space(hub, request, found)
    if request.method == "POST":
        running.secrets[request.json["key"]] = request.json["value"]
    if request.method == "DELETE":
        del running.secrets[request.json["key"]]
    return {key: {} for key in running.secrets}


def runtime(hub: Hub, request: Request, found: Match[str]) -> Any:
    return hub.repo("spaces", found[1], request).running.told()


def restart(hub: Hub, request: Request, found: Match[str]) -> Any:
    running = _space(hub, request, found)
    running.stage, running.restarts = "RUNNING", running.restarts + 1
    return running.told()


def volumes(hub: Hub, request: Request, found: Match[str]) -> Any:
    running = _space(hub, request, found)
    for one in request.json["volumes"]:
        if one["type"] == "bucket" and one["source"] not in hub.buckets:
            raise Refused(404, f"There is no bucket {one['source']}.")
    running.volumes = request.json["volumes"]
    return running.told()


def squash(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo = hub.repo(found[1], found[2], request)
    hub.check_writer(repo, request)
    repo.branches[found[3]].commits.clear()
    repo.cuts += 1
    repo.commit(request.json["message"], {}, found[3])
    return {}


def bucket(hub: Hub, request: Request, found: Match[str]) -> Any:
    owner = request.writer
    if found[1].partition("/")[0] not in (owner, *hub.organizations):
        raise Refused(403, f"You may not write to {found[1]}.")
    if found[1] in hub.buckets:
        raise Refused(409, "You already created this bucket")
    hub.buckets[found[1]] = request.json or {}
    return {"url": f"{hub.endpoint}/buckets/{found[1]}"}


ROUTES: list[Route] = [
    *((method, f"{SPACE}/variables", variables) for method in ("GET", "POST", "DELETE")),
    *((method, f"{SPACE}/secrets", secrets) for method in ("GET", "POST", "DELETE")),
    ("GET", f"{SPACE}/runtime", runtime),
    ("POST", f"{SPACE}/restart", restart),
    ("PUT", f"{SPACE}/volumes", volumes),
    ("POST", f"{REPO}/super-squash/([^/]+)", squash),
    ("POST", "/api/buckets/([^/]+/[^/]+)", bucket),
]
