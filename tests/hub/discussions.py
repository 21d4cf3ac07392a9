"""Discussions and pull requests: listed, read, opened, commented on, closed and merged.

A pull request is merged file by file; where ``main`` changed the same file otherwise meanwhile, it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from re import Match
from typing import TYPE_CHECKING, Any

from .answers import Refused, Request, Route
from .reading import REPO
from .repos import Branch, Discussion, Repo

if TYPE_CHECKING:
    from .emulator import Hub

WHEN = "2026-01-01T00:00:00.000Z"


def listed(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo = hub.repo(found[1], found[2], request)
    kind, status = request.parameter("type", "all"), request.parameter("status", "all")
    fitting = [
        one
        for one in repo.discussions
        if kind in ("all", "pull_request" if one.is_pull else "discussion") and status in ("all", one.status)
    ]
    start = int(request.parameter("p", "0")) * hub.page_size
    told = [_told(repo, one) for one in fitting[start : start + hub.page_size]]
    return {"count": len(fitting), "start": start, "discussions": told}


def read(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo, one = _found(hub, request, found)
    texts = [one.text, *one.comments]
    events = [_comment(one, number, text) for number, text in enumerate(texts)]
    told = {**_told(repo, one), "events": events}
    if one.is_pull:
        told |= {"changes": {"base": "refs/heads/main"}, "filesWithConflicts": [], "diff": ""}
    return told


def opened(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo, user, asked = hub.repo(found[1], found[2], request), request.writer, request.json
    if asked["pullRequest"]:
        pull(repo, asked["title"], asked["description"], user, repo.files)
    else:
        repo.discussions.append(Discussion(len(repo.discussions) + 1, asked["title"], user, asked["description"]))
    return {"num": len(repo.discussions)}


def commented(hub: Hub, request: Request, found: Match[str]) -> Any:
    _, one = _found(hub, request, found)
    _ = request.writer
    one.comments.append(request.json["comment"])
    return {"newMessage": _comment(one, len(one.comments), one.comments[-1])}


def changed(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo, one = _found(hub, request, found)
    hub.check_writer(repo, request, is_pull=one.author == request.user)
    one.status = request.json["status"]
    event = {"id": "1", "type": "status-change", "createdAt": WHEN, "author": {"name": request.user}}
    return {"newStatus": {**event, "data": {"status": one.status}}}


def merged(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo, one = _found(hub, request, found)
    hub.check_writer(repo, request)
    branch, main = repo.branches[f"refs/pr/{one.number}"], repo.branches["main"]
    touched = {path for path in {*branch.base, *branch.files} if branch.base.get(path) != branch.files.get(path)}
    if one.status not in ("open", "draft"):
        raise Refused(400, "This pull request is not open.")
    if any(main.files.get(path) not in (branch.base.get(path), branch.files.get(path)) for path in touched):
        raise Refused(409, "This pull request has conflicts.")
    for path in touched:
        if path in branch.files:
            main.files[path] = branch.files[path]
        else:
            main.files.pop(path, None)
    one.status = "merged"
    repo.commit(one.title, {})
    return {}


def pull(repo: Repo, title: str, text: str, author: str, base: Mapping[str, bytes]) -> str:
    """Open a pull request that changes nothing yet; its branch."""
    number = len(repo.discussions) + 1
    repo.discussions.append(Discussion(number, title, author, text, is_pull=True))
    repo.branches[f"refs/pr/{number}"] = Branch(dict(base), description=text, base=dict(base))
    return f"refs/pr/{number}"


def _found(hub: Hub, request: Request, found: Match[str]) -> tuple[Repo, Discussion]:
    repo = hub.repo(found[1], found[2], request)
    for one in repo.discussions:
        if one.number == int(found[3]):
            return repo, one
    raise Refused(404, "There is no such discussion.")


def _told(repo: Repo, one: Discussion) -> dict[str, Any]:
    return {
        "num": one.number,
        "title": one.title,
        "author": {"name": one.author},
        "createdAt": WHEN,
        "status": one.status,
        "isPullRequest": one.is_pull,
        "repo": {"name": repo.id, "type": repo.kind.removesuffix("s")},
    }


def _comment(one: Discussion, number: int, text: str) -> dict[str, Any]:
    data = {"edited": False, "hidden": False, "latest": {"raw": text}}
    return {"id": str(number), "type": "comment", "createdAt": WHEN, "author": {"name": one.author}, "data": data}


ROUTES: list[Route] = [
    ("GET", f"{REPO}/discussions", listed),
    ("POST", f"{REPO}/discussions", opened),
    ("GET", rf"{REPO}/discussions/(\d+)", read),
    ("POST", rf"{REPO}/discussions/(\d+)/comment", commented),
    ("POST", rf"{REPO}/discussions/(\d+)/status", changed),
    ("POST", rf"{REPO}/discussions/(\d+)/merge", merged),
]
