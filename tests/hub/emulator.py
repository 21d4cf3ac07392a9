"""A small Hub on loopback: what the Hugging Face client asks of one to make repositories and fill them.

Files of some kinds go through LFS, as on the real one; all others come inside the commit. Xet is not spoken: set
HF_HUB_DISABLE_XET=1 for the client.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_test"
USER = "ada"
LARGE = (".parquet", ".png", ".safetensors", ".bin")
KINDS = {"model": "models", "dataset": "datasets", "space": "spaces"}
INITIAL = {".gitattributes": b"*.png filter=lfs\n", "README.md": b"---\nsdk: static\n---\n"}
"""What the Hub puts into a new Space."""


@dataclass
class Repo:
    """A repository as it stands."""

    id: str
    kind: str
    sdk: str | None = None
    private: bool = False
    files: dict[str, bytes] = field(default_factory=lambda: dict(INITIAL))
    commits: list[str] = field(default_factory=list)

    @property
    def tags(self) -> list[str]:
        """The tags in the card's metadata, one a line."""
        parts = self.files.get("README.md", b"").decode().split("---")
        return re.findall(r"^ *- (\S+)$", parts[1], re.MULTILINE) if len(parts) > 2 else []

    def oid(self, path: str) -> str | None:
        """The digest by which a client tells whether a file has changed."""
        content = self.files.get(path)
        if content is None:
            return None
        return (
            sha256(content).hexdigest()
            if is_large(path)
            else sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()
        )


class Refused(Exception):
    """An answer other than success."""

    def __init__(self, status: int, message: str, code: str = "", **body: str) -> None:
        self.status, self.code, self.body = status, code, {"error": message, **body}
        super().__init__(message)


class Hub:
    """A context manager: ``with Hub() as hub`` serves at ``hub.endpoint`` until its end."""

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        """By kind (``models``, ``datasets``, ``spaces``) and id."""
        self.blobs: dict[str, bytes] = {}
        """Large files by their sha256."""
        self.requests: list[str] = []
        """Method and path of each, in order."""
        self.failing: dict[str, int] = {}
        """The status to answer with to paths that match a pattern."""

    def space(self, space_id: str) -> Repo:
        """The Space of that id; KeyError when there is none."""
        return self.repos["spaces", space_id]

    def add(self, kind: str, repo_id: str, sdk: str | None = None, *, private: bool = False) -> Repo:
        """Put a repository there, as one is when it is new."""
        self.repos[kind, repo_id] = Repo(repo_id, kind, sdk, private)
        return self.repos[kind, repo_id]

    def __enter__(self) -> Hub:  # noqa: PYI034 - Self is not in Python 3.10
        handler = type("Handler", (Requests,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, body: bytes, user: str | None) -> Any:
        """What a request gets, as JSON; raises Refused."""
        for pattern, status in self.failing.items():
            if re.search(pattern, path):
                raise Refused(status, f"refused with {status}")
        if path == "/api/validate-yaml":
            return {"errors": [], "warnings": []}
        if path == "/api/whoami-v2":
            return {"type": "user", "name": _known(user), "orgs": [], "auth": {"type": "access_token"}}
        if path == "/api/repos/create":
            return self._create(json.loads(body), _known(user))
        if found := re.fullmatch(r"/api/(models|datasets|spaces)/([^/]+/[^/]+)/?(.*)", path):
            return self._of_repo(self._repo(found[1], found[2], user), found[3], body, user)
        if path.endswith(".git/info/lfs/objects/batch"):
            _known(user)
            return {"transfer": "basic", "objects": [self._place(**one) for one in json.loads(body)["objects"]]}
        if path.startswith("/upload/"):
            self.blobs[sha256(body).hexdigest()] = body
            return {}
        raise Refused(404, f"this Hub knows no {path}")

    def _repo(self, kind: str, repo_id: str, user: str | None) -> Repo:
        repo = self.repos.get((kind, repo_id))
        if repo is None or (repo.private and user is None):
            raise Refused(404 if user else 401, "Repository not found", "RepoNotFound")
        return repo

    def _create(self, asked: Mapping[str, Any], user: str) -> Any:
        if asked.get("organization") not in (None, user):
            raise Refused(403, f"You may not write to {asked['organization']}.")
        kind, repo_id = KINDS[asked.get("type") or "model"], f"{user}/{asked['name']}"
        if (kind, repo_id) in self.repos:
            raise Refused(409, "You already created this repo", url=self._page(self.repos[kind, repo_id]))
        is_private = bool(asked.get("private")) or asked.get("visibility") == "private"
        return {"url": self._page(self.add(kind, repo_id, asked.get("sdk"), private=is_private)), "name": repo_id}

    def _of_repo(self, repo: Repo, asked: str, body: bytes, user: str | None) -> Any:
        if asked == "" or asked.startswith("revision/"):
            return {
                "id": repo.id,
                "sha": _revision(repo),
                "private": repo.private,
                "sdk": repo.sdk,
                "tags": repo.tags,
                "siblings": [{"rfilename": path} for path in repo.files],
            }
        if asked.startswith("tree/"):
            return [
                {"type": "file", "path": path, "size": len(content), "oid": repo.oid(path)}
                for path, content in repo.files.items()
            ]
        _known(user)
        if asked.startswith("preupload/"):
            paths = [one["path"] for one in json.loads(body)["files"]]
            modes = {path: "lfs" if is_large(path) else "regular" for path in paths}
            return {
                "files": [
                    {"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": repo.oid(path)}
                    for path, mode in modes.items()
                ]
            }
        if asked.startswith("commit/"):
            return self._commit(repo, [json.loads(line) for line in body.splitlines()])
        raise Refused(404, f"this Hub knows no {asked} of a repository")

    def _commit(self, repo: Repo, lines: list[dict[str, Any]]) -> Any:
        for line in lines:
            value = line["value"]
            if line["key"] == "header":
                repo.commits.append(value["summary"])
            elif line["key"] == "file":
                repo.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                repo.files[value["path"]] = self.blobs[value["oid"]]
            else:
                del repo.files[value["path"]]
        oid = _revision(repo)
        return {"success": True, "commitUrl": f"{self._page(repo)}/commit/{oid}", "commitOid": oid}

    def _page(self, repo: Repo) -> str:
        return f"{self.endpoint}/{'' if repo.kind == 'models' else f'{repo.kind}/'}{repo.id}"

    def _place(self, oid: str, size: int) -> Any:
        """Where a large file goes; nowhere when it is there."""
        there = {"oid": oid, "size": size}
        return (
            there if oid in self.blobs else {**there, "actions": {"upload": {"href": f"{self.endpoint}/upload/{oid}"}}}
        )


class Requests(BaseHTTPRequestHandler):
    """HTTP around `Hub.answer`."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(f"{self.command} {path}")
        user = USER if self.headers.get("Authorization") == f"Bearer {TOKEN}" else None
        try:
            self._send(200, self.hub.answer(path, body, user))
        except Refused as refused:
            self._send(refused.status, refused.body, refused.code)

    do_POST = do_PUT = do_GET  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass

    def _send(self, status: int, answer: Any, code: str = "") -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        self.wfile.write(data)


def is_large(path: str) -> bool:
    """Whether a file goes through LFS."""
    return path.endswith(LARGE)


def _known(user: str | None) -> str:
    if user is None:
        raise Refused(401, "Invalid username or password.")
    return user


def _revision(repo: Repo) -> str:
    return sha1(f"{repo.id} {len(repo.commits)}".encode()).hexdigest()
