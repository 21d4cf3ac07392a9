"""A proxy between a run and its server that loses, repeats, delays, mangles and cuts what goes through it."""

from __future__ import annotations

import http.client
import random
import threading
from dataclasses import dataclass

from tests.remote.answering import Answering, Asked

Reply = tuple[int, dict[str, str], bytes]


class Cut(ConnectionError):
    """The connection ends here."""


@dataclass
class Misbehaving:
    """Passes requests on to a port, each in a way that chance decides; ``faults`` counts them."""

    port: int
    seed: int
    share: float = 0.5
    """Of the requests that meet a fault."""

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._lock = threading.Lock()
        self.faults: dict[str, int] = {}

    def __call__(self, asked: Asked) -> Reply:
        with self._lock:
            kind = self._kind()
            self.faults[kind] = self.faults.get(kind, 0) + 1
        if kind == "lost":
            raise Cut
        if kind == "busy":
            return 429, {"Retry-After": "0"}, b'{"error": "Slow down."}'
        if kind == "broken":
            return 502, {}, b"<html>bad gateway"
        if kind == "mangled" and asked.body:
            place = len(asked.body) // 2
            asked = _with_body(asked, asked.body[:place] + bytes([asked.body[place] ^ 1]) + asked.body[place + 1 :])
        if kind == "late":
            # It comes after those that follow it, when the sender has long given up on it.
            threading.Timer(0.3, self._passed, [asked]).start()
            raise Cut
        answer = self._passed(asked)
        if kind == "repeated":
            answer = self._passed(asked)
        if kind == "unanswered":
            raise Cut
        if kind == "half":
            return answer[0], {"Content-Length": str(len(answer[2]) + 10), "Connection": "close"}, answer[2]
        return answer

    def _kind(self) -> str:
        if self._chance.random() >= self.share:
            return "none"
        kinds = ("lost", "busy", "broken", "mangled", "late", "repeated", "unanswered", "half")
        return self._chance.choice(kinds)

    def _passed(self, asked: Asked) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {name: value for name, value in asked.headers.items() if name not in ("host", "connection")}
            connection.request(asked.method, asked.path, asked.body, headers)
            answer = connection.getresponse()
            kept = {name: answer.headers[name] for name in ("Content-Type", "Retry-After") if name in answer.headers}
            return answer.status, kept, answer.read()
        except OSError as error:
            raise Cut from error
        finally:
            connection.close()


def between(port: int, seed: int, share: float = 0.5) -> Answering:
    """The proxy before a server on this machine; its ``answer.faults`` tells what it did."""
    return Answering(Misbehaving(port, seed, share))


def _with_body(asked: Asked, body: bytes) -> Asked:
    return Asked(asked.method, asked.path, asked.headers, body, asked.connection)
