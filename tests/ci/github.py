"""A small GitHub on loopback: users, and comments on issues with pages, permissions and faults on demand.

It speaks what `trackio comment` asks: ``GET /user``, ``GET`` and ``POST /repos/{owner}/{name}/issues/{n}/comments``,
``PATCH /repos/{owner}/{name}/issues/comments/{id}``.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_job"
READ_ONLY = "ghs_fork"
PERSON = "ghp_person"
_COMMENTS = re.compile(r"/repos/o/r/issues/(\d+)/comments")
_COMMENT = re.compile(r"/repos/o/r/issues/comments/(\d+)")


@dataclass
class GitHub:
    """Its state, and what it was asked."""

    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Methods and paths."""
    faults: list[tuple[str, str]] = field(default_factory=list)
    """The next requests of a method: ``busy`` answers 503, ``limited`` 429, ``lost`` does it and answers nothing."""
    url: str = ""

    def add(self, body: str, *, login: str = "someone", kind: str = "User") -> int:
        number = len(self.comments) + 1
        self.comments[number] = {
            "id": number,
            "body": body,
            "user": {"login": login, "type": kind},
            "html_url": f"https://github.com/o/r/pull/3#issuecomment-{number}",
        }
        return number

    def start(self) -> ThreadingHTTPServer:
        state = self

        class Handler(_Handler):
            github = state

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server


class _Handler(BaseHTTPRequestHandler):
    github: GitHub

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def _answer(self, method: str) -> None:
        parts = urlsplit(self.path)
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        self.github.asked.append(f"{method} {self.path}")
        fault = next((one for one in self.github.faults if one[0] == method), None)
        if fault is not None:
            self.github.faults.remove(fault)
            if fault[1] != "lost":
                self._send(503 if fault[1] == "busy" else 429, {"message": "later"}, {"Retry-After": "0"})
                return
        status, content = self._done(method, parts.path, parse_qs(parts.query), sent)
        if fault is not None:
            self.close_connection = True
            return
        self._send(status, content)

    def _done(self, method: str, path: str, query: dict[str, list[str]], sent: dict[str, Any]) -> tuple[int, Any]:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token not in (TOKEN, READ_ONLY, PERSON):
            return 401, {"message": "Bad credentials"}
        if path == "/user":
            forbidden = {"message": "Resource not accessible by integration"}
            return (200, {"login": "person", "type": "User"}) if token == PERSON else (403, forbidden)
        if method != "GET" and token == READ_ONLY:
            return 403, {"message": "Resource not accessible by integration"}
        if _COMMENTS.fullmatch(path) and method == "GET":
            page, size = int(query["page"][0]), int(query["per_page"][0])
            return 200, list(self.github.comments.values())[(page - 1) * size : page * size]
        found = _COMMENT.fullmatch(path)
        if _COMMENTS.fullmatch(path) and method == "POST":
            if len(sent["body"]) > 65_536:
                return 422, {"message": "Validation Failed"}
            owner = ("person", "User") if token == PERSON else ("github-actions[bot]", "Bot")
            number = self.github.add(sent["body"], login=owner[0], kind=owner[1])
            return 201, self.github.comments[number]
        if found and method == "PATCH" and int(found[1]) in self.github.comments:
            self.github.comments[int(found[1])]["body"] = sent["body"]
            return 200, self.github.comments[int(found[1])]
        return 404, {"message": "Not Found"}

    def _send(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass
