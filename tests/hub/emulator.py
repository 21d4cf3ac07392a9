"""A small Hub on loopback: what the Hugging Face client asks of one to make repositories, read them and fill them.

Files of some kinds go through LFS, as on the real one; all others come inside the commit. Xet is not spoken: set
HF_HUB_DISABLE_XET=1 for the client.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

TOKEN = "hf_test"
USER = "ada"
LARGE = (".parquet", ".png", ".safetensors", ".bin")
KINDS = {"model": "models", "dataset": "datasets", "space": "spaces"}
INITIAL = {".gitattributes": b"*.png filter=lfs\n"}
"""What the Hub puts into a new repository."""
SPACE = {"README.md": b"---\nsdk: static\n---\n"}
"""What it puts into a new Space besides."""
BLOCK = re.compile(r"^\s*---(?:\r\n|\r|\n)([\S\s]*?)(?:\r\n|\r|\n)---[ \t]*(?:\r\n|\n|$)")
"""The metadata of a card."""


@dataclass
class Branch:
    """A line of commits as it stands."""

    files: dict[str, bytes]
    commits: list[str] = field(default_factory=list)
    """Their messages."""
    description: str = ""
    """Of the last of them; of a pull request, its text."""

    def oid(self, path: str) -> str | None:
        """The digest by which a client tells whether a file has changed."""
        content = self.files.get(path)
        if content is None:
            return None
        large = sha256(content).hexdigest()
        return large if is_large(path) else sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()

    def sibling(self, path: str) -> dict[str, Any]:
        """A file as the Hub describes it."""
        size, digest = len(self.files[path]), self.oid(path)
        if not is_large(path):
            return {"rfilename": path, "size": size, "blobId": digest}
        lfs = {"size": size, "sha256": digest, "pointerSize": 128}
        return {"rfilename": path, "size": size, "blobId": sha1(path.encode()).hexdigest(), "lfs": lfs}


@dataclass
class Repo:
    """A repository."""

    id: str
    kind: str
    sdk: str | None = None
    private: bool = False
    gated: bool = False
    """Whether its files are for those alone who were let in, which the user was not."""
    branches: dict[str, Branch] = field(default_factory=dict)
    """``main``, and ``refs/pr/1`` and so on for pull requests."""
    past: dict[str, Branch] = field(default_factory=dict)
    """How a branch stood, by the id of a commit."""

    def __post_init__(self) -> None:
        self.branches["main"] = Branch(INITIAL | (SPACE if self.kind == "spaces" else {}))

    @property
    def files(self) -> dict[str, bytes]:
        """Those of ``main``."""
        return self.branches["main"].files

    @property
    def commits(self) -> list[str]:
        """The messages of those on ``main``."""
        return self.branches["main"].commits

    @property
    def tags(self) -> list[str]:
        """The tags in the card's metadata, one a line."""
        parts = self.files.get("README.md", b"").decode().split("---")
        return re.findall(r"^ *- (\S+)$", parts[1], re.MULTILINE) if len(parts) > 2 else []

    def commit(self, message: str, files: Mapping[str, bytes], revision: str = "main") -> str:
        """Change files on a branch; the id of the commit."""
        branch = self.branches[revision]
        branch.files.update(files)
        branch.commits.append(message)
        return self.head(revision)

    def head(self, revision: str) -> str:
        """The id of a branch's last commit, kept from now on."""
        branch = self.branches[revision]
        oid = sha1(f"{self.id} {revision} {len(branch.commits)}".encode()).hexdigest()
        self.past[oid] = replace(branch, files=dict(branch.files), commits=list(branch.commits))
        return oid

    def at(self, revision: str) -> tuple[str, Branch]:
        """A branch, or how one stood at a commit, with the commit's id; raises Refused."""
        if revision in self.branches:
            return self.head(revision), self.branches[revision]
        if revision in self.past:
            return revision, self.past[revision]
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")


@dataclass
class File:
    """An answer that is a file's content."""

    content: bytes
    headers: dict[str, str]


class Refused(Exception):
    """An answer other than success."""

    def __init__(self, status: int, message: str, code: str = "", **body: Any) -> None:
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
        self.before: dict[str, Callable[[], object]] = {}
        """What happens once, just before a path that matches a pattern is answered; it may raise Refused."""

    def space(self, space_id: str) -> Repo:
        """The Space of that id; KeyError when there is none."""
        return self.repos["spaces", space_id]

    def model(self, repo_id: str) -> Repo:
        """The model of that id; KeyError when there is none."""
        return self.repos["models", repo_id]

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

    def answer(self, path: str, query: Mapping[str, list[str]], body: bytes, user: str | None) -> Any:
        """What a request gets, as JSON or a file; raises Refused."""
        for pattern in [pattern for pattern in self.before if re.search(pattern, path)]:
            self.before.pop(pattern)()
        for pattern, status in self.failing.items():
            if re.search(pattern, path):
                raise Refused(status, f"refused with {status}")
        if path == "/api/validate-yaml":
            return validated(json.loads(body)["content"])
        if path == "/api/whoami-v2":
            return {"type": "user", "name": _known(user), "orgs": [], "auth": {"type": "access_token"}}
        if path == "/api/repos/create":
            return self._create(json.loads(body), _known(user))
        if found := re.fullmatch(r"/api/(models|datasets|spaces)/([^/]+/[^/]+)/?(.*)", path):
            is_pull = query.get("create_pr") == ["1"]
            return self._of_repo(self._repo(found[1], found[2], user), found[3], body, user, is_pull=is_pull)
        if path.endswith(".git/info/lfs/objects/batch"):
            _known(user)
            return {"transfer": "basic", "objects": [self._place(**one) for one in json.loads(body)["objects"]]}
        if path.startswith("/upload/"):
            self.blobs[sha256(body).hexdigest()] = body
            return {}
        if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/(refs/pr/\d+|[^/]+)/(.+)", path):
            return self._file(self._repo("models", found[1], user), found[2], found[3], user)
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

    def _of_repo(self, repo: Repo, asked: str, body: bytes, user: str | None, *, is_pull: bool) -> Any:
        verb, _, named = asked.partition("/")
        revision = named or "main"
        if verb in ("", "revision"):
            oid, branch = repo.at(revision)
            known = {"id": repo.id, "sha": oid, "private": repo.private, "sdk": repo.sdk, "tags": repo.tags}
            return {**known, "siblings": [branch.sibling(path) for path in branch.files]}
        if verb == "tree":
            branch = repo.at(revision)[1]
            return [
                {"type": "file", "path": path, "size": len(content), "oid": branch.oid(path)}
                for path, content in branch.files.items()
            ]
        if not is_pull and repo.id.partition("/")[0] != _known(user):
            raise Refused(403, f"You don't have the rights to write to {repo.id}.")
        if verb == "preupload":
            branch = repo.at(revision)[1]
            paths = [one["path"] for one in json.loads(body)["files"]]
            modes = {path: "lfs" if is_large(path) else "regular" for path in paths}
            return {
                "files": [
                    {"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": branch.oid(path)}
                    for path, mode in modes.items()
                ]
            }
        if verb == "commit":
            _known(user)
            return self._commit(repo, revision, [json.loads(line) for line in body.splitlines()], is_pull=is_pull)
        raise Refused(404, f"this Hub knows no {asked} of a repository")

    def _commit(self, repo: Repo, revision: str, lines: list[dict[str, Any]], *, is_pull: bool) -> Any:
        header = next(line["value"] for line in lines if line["key"] == "header")
        oid, branch = repo.at(revision)
        parent = header.get("parentCommit")
        if parent is not None and is_pull:
            branch = repo.at(parent)[1]
        elif parent not in (None, oid):
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
        if is_pull:
            revision = f"refs/pr/{len(repo.branches)}"
            branch = repo.branches[revision] = Branch(dict(branch.files))
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                branch.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                branch.files[value["path"]] = self.blobs[value["oid"]]
            elif line["key"] == "deletedFile":
                del branch.files[value["path"]]
        branch.description = header.get("description", "")
        oid = repo.commit(header["summary"], {}, revision)
        answer = {"success": True, "commitUrl": f"{self._page(repo)}/commit/{oid}", "commitOid": oid}
        if is_pull:
            answer["pullRequestUrl"] = f"{self._page(repo)}/discussions/{revision.rpartition('/')[2]}"
        return answer

    def _file(self, repo: Repo, revision: str, path: str, user: str | None) -> File:
        if repo.gated:
            raise Refused(403 if user else 401, f"Access to model {repo.id} is restricted.", "GatedRepo")
        oid, branch = repo.at(revision)
        if path not in branch.files:
            raise Refused(404, "Entry not found", "EntryNotFound")
        return File(branch.files[path], {"ETag": f'"{branch.oid(path)}"', "X-Repo-Commit": oid})

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
        asked = urlsplit(self.path)
        path = unquote(asked.path)
        self.hub.requests.append(f"{self.command} {path}")
        user = USER if self.headers.get("Authorization") == f"Bearer {TOKEN}" else None
        try:
            self._send(200, self.hub.answer(path, parse_qs(asked.query), body, user))
        except Refused as refused:
            message = " ".join(str(refused).split())
            self._send(refused.status, refused.body, {"X-Error-Code": refused.code, "X-Error-Message": message})

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass

    def _send(self, status: int, answer: Any, headers: Mapping[str, str] | None = None) -> None:
        found = answer if isinstance(answer, File) else File(json.dumps(answer).encode(), dict(headers or {}))
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(answer, File) else "application/json")
        self.send_header("Content-Length", str(len(found.content)))
        for name, value in found.headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.content)


def validated(content: str) -> Any:
    """What the Hub says of a card: it is read, and the fields that it draws have to be what they should be."""
    found = BLOCK.match(content)
    if found is None or not found[1].strip():
        return {"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]}
    try:
        data = yaml.safe_load(found[1])
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


def is_large(path: str) -> bool:
    """Whether a file goes through LFS."""
    return path.endswith(LARGE)


def _invalid(message: str) -> Refused:
    return Refused(400, message, errors=[{"message": message}], warnings=[])


def _known(user: str | None) -> str:
    if user is None:
        raise Refused(401, "Invalid username or password.")
    return user
