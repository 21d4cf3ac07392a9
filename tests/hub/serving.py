"""HTTP around a small Hub."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from .answers import Answer, Refused, Request

if TYPE_CHECKING:
    from .emulator import Hub


class Requests(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        body = self._body()
        asked = urlsplit(self.path)
        method = "GET" if self.command == "HEAD" else self.command
        number = self.hub.count(f"{self.command} {unquote(asked.path)}", len(body))
        if self.hub.is_cut(number, is_after=False):
            self.close_connection = True
            return
        login = self.hub.logins.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
        query = parse_qs(asked.query, keep_blank_values=True)
        request = Request(method, unquote(asked.path), query, dict(self.headers.items()), body, login)
        answer = self._answer(request)
        if self.hub.is_cut(number, is_after=True):
            self.close_connection = True
            return
        self._send(answer)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass

    def _answer(self, request: Request) -> Answer:
        try:
            found: Any = self.hub.answer(request)
        except Refused as refused:
            message = " ".join(str(refused).split())
            told = {"X-Error-Code": refused.code, "X-Error-Message": message, **refused.headers}
            return Answer(json.dumps(refused.body).encode(), told, refused.status, "application/json")
        if isinstance(found, Answer):
            return found
        return Answer(json.dumps(found).encode(), kind="application/json")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.content)))
        for name, value in answer.headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)
