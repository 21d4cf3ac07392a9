"""What is in a repository: information, trees, single paths, commits, branches, and files.

A tree comes in pages (``Link: <...>; rel="next"``), recursive or one folder of it. A file comes with its digest as
``ETag`` and the commit as ``X-Repo-Commit``, whole, in a range, or not at all where the reader has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from posixpath import dirname
from re import Match
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from .answers import Answer, Refused, Request, Route
from .repos import Branch, git_hash

if TYPE_CHECKING:
    from .emulator import Hub

REPO = "/api/(models|datasets|spaces)/([^/]+/[^/]+)"
REVISION = r"(refs/pr/\d+|[^/]+)"


def info(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo = hub.repo(found[1], found[2], request)
    oid, branch = repo.at(found[3] or "main")
    known = {"id": repo.id, "sha": oid, "private": repo.private, "gated": repo.gated, "tags": repo.tags}
    if repo.kind == "spaces":
        host = f"http://{repo.subdomain}.hf.space:{hub.port}"
        known |= {"sdk": repo.sdk, "subdomain": repo.subdomain, "host": host}
    return {**known, "siblings": [branch.sibling(path) for path in branch.files]}


def tree(hub: Hub, request: Request, found: Match[str]) -> Any:
    branch = hub.repo(found[1], found[2], request).at(found[3])[1]
    folder = (found[4] or "").strip("/")
    is_recursive = request.parameter("recursive").lower() in ("1", "true")
    entries = _entries(branch, folder, is_recursive=is_recursive)
    if folder and not entries:
        raise Refused(404, f"{folder} does not exist", "EntryNotFound")
    return hub.paged(request, entries)


def paths(hub: Hub, request: Request, found: Match[str]) -> Any:
    branch = hub.repo(found[1], found[2], request).at(found[3])[1]
    asked = parse_qs(request.body.decode()).get("paths", []) if request.body[:1] != b"{" else request.json["paths"]
    folders = {folder for path in branch.files for folder in _parents(path)}
    return [branch.entry(path) for path in asked if path in branch.files] + [
        _folder(branch, path) for path in asked if path in folders
    ]


def commits(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo = hub.repo(found[1], found[2], request)
    _, branch = repo.at(found[3])
    revision = found[3] if found[3] in repo.branches else "main"
    owner = repo.id.partition("/")[0]
    told = [
        {
            "id": repo.commit_id(revision, number),
            "title": title,
            "message": "",
            "authors": [{"user": owner}],
            "date": "2026-01-01T00:00:00.000Z",
        }
        for number, title in enumerate(["initial commit", *branch.commits])
    ]
    return hub.paged(request, told[::-1])


def refs(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo = hub.repo(found[1], found[2], request)
    told: dict[str, list[Any]] = {"branches": [], "tags": [], "converts": [], "pullRequests": []}
    for name in repo.branches:
        kind, ref = ("pullRequests", name) if name.startswith("refs/pr/") else ("branches", f"refs/heads/{name}")
        told[kind].append({"name": name.removeprefix("refs/"), "ref": ref, "targetCommit": repo.head(name)})
    return told


def file(hub: Hub, request: Request, found: Match[str]) -> Answer:
    repo = hub.repo((found[1] or "models/").rstrip("/"), found[2], request)
    if repo.gated:
        raise Refused(403 if request.login else 401, f"Access to {repo.id} is restricted.", "GatedRepo")
    oid, branch = repo.at(found[4])
    if found[5] not in branch.files:
        raise Refused(404, "Entry not found", "EntryNotFound")
    return ranged(
        branch.files[found[5]], request, {"ETag": f'"{branch.oid(found[5])}"', "X-Repo-Commit": oid}, "text/plain"
    )


def ranged(content: bytes, request: Request, headers: dict[str, str], kind: str) -> Answer:
    """A file's content, or the part of it that was asked for."""
    headers = {**headers, "Accept-Ranges": "bytes"}
    wanted = {name.lower(): value for name, value in request.headers.items()}
    if wanted.get("if-none-match") == headers["ETag"]:
        return Answer(b"", headers, 304, kind)
    unit, _, span = wanted.get("range", "").partition("=")
    if unit != "bytes" or "," in span:
        return Answer(content, headers, 200, kind)
    first, _, last = span.partition("-")
    start = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last) + 1, len(content)) if first and last else len(content)
    if start >= end:
        return Answer(b"", {**headers, "Content-Range": f"bytes */{len(content)}"}, 416, kind)
    part = {**headers, "Content-Range": f"bytes {start}-{end - 1}/{len(content)}"}
    return Answer(content[start:end], part, 206, kind)


def next_page(path: str, query: dict[str, list[str]], cursor: int) -> str:
    """The address of the next page of a list."""
    return f"{path}?{urlencode({**query, 'cursor': [str(cursor)]}, doseq=True)}"


def _entries(branch: Branch, folder: str, *, is_recursive: bool) -> list[dict[str, Any]]:
    files = [path for path in branch.files if not folder or path.startswith(f"{folder}/")]
    folders = {parent for path in files for parent in _parents(path) if not folder or parent.startswith(f"{folder}/")}
    if not is_recursive:
        files = [path for path in files if dirname(path) == folder]
        folders = {path for path in folders if dirname(path) == folder}
    found = [_folder(branch, path) for path in folders] + [branch.entry(path) for path in files]
    return sorted(found, key=lambda entry: str(entry["path"]))


def _folder(branch: Branch, path: str) -> dict[str, Any]:
    inside = "\n".join(sorted(name for name in branch.files if name.startswith(f"{path}/")))
    return {"type": "directory", "path": path, "size": 0, "oid": git_hash(inside.encode())}


def _parents(path: str) -> Iterable[str]:
    while path := dirname(path):
        yield path


ROUTES: list[Route] = [
    ("GET", f"{REPO}(?:/revision/{REVISION})?", info),
    ("GET", f"{REPO}/tree/{REVISION}(/.*)?", tree),
    ("POST", f"{REPO}/paths-info/{REVISION}", paths),
    ("GET", f"{REPO}/commits/{REVISION}", commits),
    ("GET", f"{REPO}/refs", refs),
    ("GET", f"/(datasets/|spaces/)?([^/]+/[^/]+)/(resolve|raw)/{REVISION}/(.+)", file),
]
