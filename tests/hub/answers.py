"""Requests and answers of the small Hub, apart from HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from re import Match
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from .emulator import Hub


@dataclass(frozen=True)
class Login:
    """Who asks."""

    name: str
    role: str = "write"
    """Of the token: ``write`` or ``read``."""


@dataclass(frozen=True)
class Request:
    """What was asked; the path is decoded."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    login: Login | None

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body or b"null")

    @property
    def user(self) -> str:
        """Who is logged in; raises Refused when nobody is."""
        if self.login is None:
            raise Refused(401, "Invalid username or password.")
        return self.login.name

    @property
    def writer(self) -> str:
        """Who is logged in with a token that may write; raises Refused."""
        name = self.user
        if self.login is not None and self.login.role != "write":
            raise Refused(403, "Forbidden: you must use a token with write access to perform this operation.")
        return name

    def parameter(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Answer:
    """An answer that is not JSON, or not 200."""

    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    kind: str = "text/plain"


class Refused(Exception):
    """An answer other than success."""

    def __init__(
        self, status: int, message: str, code: str = "", *, headers: Mapping[str, str] | None = None, **body: Any
    ) -> None:
        self.status, self.code, self.headers = status, code, dict(headers or {})
        self.body = {"error": message, **body}
        super().__init__(message)


Route: TypeAlias = "tuple[str, str, Callable[[Hub, Request, Match[str]], Any]]"
"""A method, a pattern that the whole path matches, and what answers: with an `Answer`, or with what becomes JSON."""
