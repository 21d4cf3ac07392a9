"""Logins, and repositories that are made, changed and deleted.

``whoami-v2``, ``validate-yaml``, ``repos/create``, ``repos/delete`` and ``settings`` (who may see a repository).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from re import Match
from typing import TYPE_CHECKING, Any

import yaml

from .answers import Refused, Request, Route

if TYPE_CHECKING:
    from .emulator import Hub
    from .repos import Repo

KINDS = {"model": "models", "dataset": "datasets", "space": "spaces"}
NAME = re.compile(r"(?!.*(--|\.\.))[A-Za-z0-9]([\w.-]{0,94}[A-Za-z0-9_])?")
BLOCK = re.compile(r"^\s*---(?:\r\n|\r|\n)([\S\s]*?)(?:\r\n|\r|\n)---[ \t]*(?:\r\n|\n|$)")
"""The metadata of a card."""

CREATED: list[Callable[[Hub, Repo, dict[str, Any]], None]] = []
"""What else is done with what ``repos/create`` was asked, once the repository is there."""


def whoami(hub: Hub, request: Request, found: Match[str]) -> Any:
    name = request.user
    role = request.login.role if request.login else ""
    orgs = [{"type": "org", "name": org} for org in hub.organizations]
    token = {"displayName": "test", "role": role}
    return {"type": "user", "name": name, "orgs": orgs, "auth": {"type": "access_token", "accessToken": token}}


def create(hub: Hub, request: Request, found: Match[str]) -> Any:
    asked, user = request.json, request.writer
    owner = asked.get("organization") or user
    if owner != user and owner not in hub.organizations:
        raise Refused(403, f"You don't have the rights to create a repository under the namespace {owner!r}.")
    if not NAME.fullmatch(asked["name"]):
        raise Refused(400, f"Invalid repo name: {asked['name']}")
    kind, repo_id = KINDS[asked.get("type") or "model"], f"{owner}/{asked['name']}"
    if (kind, repo_id) in hub.repos:
        raise Refused(409, "You already created this repo", url=hub.page(hub.repos[kind, repo_id]))
    is_private = bool(asked.get("private")) or asked.get("visibility") == "private"
    repo = hub.add(kind, repo_id, asked.get("sdk"), private=is_private)
    for then in CREATED:
        then(hub, repo, asked)
    return {"url": hub.page(repo), "name": repo_id, "id": repo_id}


def delete(hub: Hub, request: Request, found: Match[str]) -> Any:
    asked, user = request.json, request.writer
    repo = hub.repo(
        KINDS[asked.get("type") or "model"], f"{asked.get('organization') or user}/{asked['name']}", request
    )
    hub.check_writer(repo, request)
    del hub.repos[repo.kind, repo.id]
    return {}


def settings(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo = hub.repo(found[1], found[2], request)
    hub.check_writer(repo, request)
    asked = request.json
    if "visibility" in asked or "private" in asked:
        repo.private = asked.get("visibility") == "private" or bool(asked.get("private"))
    if "gated" in asked:
        repo.gated = bool(asked["gated"])
    return {}


def validate(hub: Hub, request: Request, found: Match[str]) -> Any:
    """What the Hub says of a card: it is read, and the fields that it draws have to be what they should be."""
    block = BLOCK.match(request.json["content"])
    if block is None or not block[1].strip():
        return {"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]}
    try:
        data = yaml.safe_load(block[1])
    except yaml.YAMLError as error:
        raise _invalid(str(error)) from error
    if not isinstance(data, dict):
        raise _invalid("the metadata must be a mapping")
    tags = data.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise _invalid('"tags" must be an array of strings')
    emissions = data.get("co2_eq_emissions", 0.0)
    if isinstance(emissions, dict):
        emissions = emissions.get("emissions")
    if isinstance(emissions, bool) or not isinstance(emissions, int | float):
        raise _invalid('"co2_eq_emissions.emissions" must be a number')
    return {"errors": [], "warnings": []}


def _invalid(message: str) -> Refused:
    return Refused(400, message, errors=[{"message": message}], warnings=[])


ROUTES: list[Route] = [
    ("GET", "/api/whoami-v2", whoami),
    ("POST", "/api/validate-yaml", validate),
    ("POST", "/api/repos/create", create),
    ("DELETE", "/api/repos/delete", delete),
    ("PUT", "/api/(models|datasets|spaces)/([^/]+/[^/]+)/settings", settings),
]
