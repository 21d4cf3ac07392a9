"""A small Hub on loopback, which the unmodified Hugging Face client talks to through ``HF_ENDPOINT``.

It speaks these parts of the Hub's protocol, each in the module of its name:

* ``accounts``: logins (write and read-only tokens), repositories made, deleted, made private, metadata checked.
* ``reading``: information, trees in pages, paths, commits, branches, files with ``ETag`` and ``Range``.
* ``writing``: ``preupload``, commits as lines of JSON with a parent, LFS (batch, basic, multipart, verify).
* ``discussions``: discussions and pull requests, opened, changed, commented on and merged.
* ``spaces``: variables, secrets, volumes and state of Spaces that run; histories cut; buckets made.
* ``pages``: static Spaces on hosts of their own, and the Hub's page around them.
* ``faults``: refusals (401, 403, 409, 412, 429 with Retry-After, 5xx) and cut connections, on demand.

Files of some kinds, and those above 10 MB, go through LFS, as on the real one; all others come inside the commit. Xet
is not spoken: set HF_HUB_DISABLE_XET=1 for the client.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any

from . import accounts, discussions, pages, reading, spaces, writing
from .answers import Answer, Login, Refused, Request, Route
from .faults import Faults, limited
from .repos import Branch, Repo, is_large
from .serving import Requests

__all__ = ["READ_TOKEN", "TOKEN", "USER", "Branch", "Hub", "Refused", "Repo", "is_large", "limited"]

TOKEN, READ_TOKEN = "hf_test", "hf_reading"
USER = "ada"

ROUTES: list[Route] = [
    *accounts.ROUTES,
    *reading.ROUTES,
    *writing.ROUTES,
    *discussions.ROUTES,
    *spaces.ROUTES,
    *pages.ROUTES,
]
"""Another module adds its own here."""


class Hub(Faults):
    """A context manager: ``with Hub() as hub`` serves at ``hub.endpoint`` until its end."""

    def __init__(self) -> None:
        super().__init__()
        self.repos: dict[tuple[str, str], Repo] = {}
        """By kind (``models``, ``datasets``, ``spaces``) and id."""
        self.logins = {TOKEN: Login(USER), READ_TOKEN: Login(USER, "read")}
        """By token."""
        self.organizations: list[str] = []
        """Where the user may make repositories too."""
        self.blobs: dict[str, bytes] = {}
        """Large files by their sha256."""
        self.parts: dict[str, dict[int, bytes]] = {}
        """Parts of large files that are on their way."""
        self.buckets: dict[str, Any] = {}
        """By id, what was asked for when they were made."""
        self.requests: list[str] = []
        """Method and path of each, in order."""
        self.received = 0
        """Bytes of all that was sent here, without headers."""
        self.page_size = 1000
        """Of lists that come in pages."""
        self.multipart_bytes, self.part_bytes = 5_000_000_000, 5_000_000
        """From which size on a large file comes in parts, and of which size these are."""
        self.file_bytes, self.commit_bytes = 50_000_000_000, 1_000_000_000
        """The most that a file, and a commit without its large files, may have."""
        self.lock = threading.RLock()

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
        self.port = self._server.server_port
        self.endpoint = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> Any:
        """What a request gets: an `Answer`, or what becomes JSON; raises Refused."""
        with self.lock:
            self.fail(request.path)
            found = pages.hosted(self, request)
            if found is not None:
                return found
            for method, pattern, answer in ROUTES:
                match = re.fullmatch(pattern, request.path)
                if match and method == request.method:
                    return answer(self, request, match)
        raise Refused(404, f"this Hub knows no {request.method} {request.path}")

    def repo(self, kind: str, repo_id: str, request: Request) -> Repo:
        """A repository that is there for who asks; raises Refused."""
        repo = self.repos.get((kind, repo_id))
        if repo is None or (repo.private and not self._is_member(repo, request)):
            raise Refused(404 if request.login else 401, "Repository not found", "RepoNotFound")
        return repo

    def check_writer(self, repo: Repo, request: Request, *, is_pull: bool = False) -> None:
        """Refuse who may not write to a repository; anyone with a token that writes may propose."""
        _ = request.writer
        if not is_pull and not self._is_member(repo, request):
            raise Refused(403, f"You don't have the rights to write to {repo.id}.")

    def page(self, repo: Repo) -> str:
        """The address of a repository's page."""
        return f"{self.endpoint}/{'' if repo.kind == 'models' else f'{repo.kind}/'}{repo.id}"

    def paged(self, request: Request, entries: list[Any]) -> Answer:
        """The page of a list that was asked for, and where the next one is."""
        start = int(request.parameter("cursor", "0"))
        headers = {}
        if start + self.page_size < len(entries):
            after = reading.next_page(request.path, dict(request.query), start + self.page_size)
            headers["Link"] = f'<{self.endpoint}{after}>; rel="next"'
        return Answer(json.dumps(entries[start : start + self.page_size]).encode(), headers, kind="application/json")

    def count(self, asked: str, size: int) -> int:
        """Take note of a request; its number, from 1."""
        with self.lock:
            self.requests.append(asked)
            self.received += size
            return len(self.requests)

    def _is_member(self, repo: Repo, request: Request) -> bool:
        owner = repo.id.partition("/")[0]
        return request.login is not None and owner in (request.login.name, *self.organizations)
