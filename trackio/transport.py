"""Requests over HTTP: to a server of trackio, or to whoever wants to hear of alerts.

A ``Transport`` keeps its connections, goes through the proxies that the environment names, and trusts the certificates
that it names. A redirect is followed to the same host alone: headers and addresses hold tokens. No error names more of
an address than scheme, host and port, for the same reason.
"""

from __future__ import annotations

import json
import os
import random
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from io import BytesIO
from time import time
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlencode, urlsplit

from trackio.connections import address, bare_netloc, basic, pools, redirected, words
from trackio.deadlines import Deadline, bind
from trackio.errors import AuthenticationError, Refused, ServerBusy, TransportError, Unreachable
from trackio.version import __version__

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0
"""How long a server may be silent."""

MOST_BYTES = 64 << 20
"""Of an answer that is held in memory."""

MOST_REDIRECTS = 5
LONGEST_WAIT_SECONDS = 3600.0
"""No server can ask for more."""

_BUSY = frozenset({408, 425, 429, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES = 64 << 10
_CHANCE = random.SystemRandom().random
"""From the system: a training that seeds ``random`` draws the same numbers with us and without."""
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes
    """Empty where it went into a file."""
    server: str = ""

    def json(self) -> Any:
        """The body as JSON; raises TransportError when it is none, as from somebody else's server."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise TransportError(
                self.server, "the answer is not what a trackio server says; is one at this address?"
            ) from None


class Transport:
    """Requests to addresses below ``base_url``, each with ``headers``; safe from many threads, and after a ``fork``.

    A name and password in the address are sent as HTTP's own (Basic). ``total_seconds`` is how long an answer may take
    as a whole, for a transport of one thread. Raises UsageError for what is no address.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        total_seconds: float | None = None,
    ) -> None:
        parts = address(base_url)
        self._base = parts._replace(netloc=bare_netloc(parts), query="", fragment="").geturl()
        self._query = parts.query
        self.server = f"{parts.scheme}://{bare_netloc(parts)}"
        """Scheme, host and port: what may be shown."""
        self._headers = {"User-Agent": f"trackio/{__version__}", **basic(parts), **(headers or {})}
        self._connect_seconds, self._answer_seconds = connect_seconds, answer_seconds
        self._total_seconds, self._deadline = total_seconds, Deadline()
        self._opened: tuple[int, PoolManager] | None = None
        """The process, and its connections."""

    def request(
        self,
        method: str,
        path: str = "",
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        content: Any = None,
        headers: Mapping[str, str] | None = None,
        expected: frozenset[int] = frozenset(),
        answer_seconds: float | None = None,
        into: BinaryIO | None = None,
        are_redirects_followed: bool = True,
    ) -> Answer:
        """Ask once; the answer, if its status is 2xx or one of those ``expected``.

        ``body`` is sent as it is, ``content`` as JSON. ``into`` takes the body of a good answer, of any size.
        Raises Unreachable, ServerBusy, AuthenticationError and other Refused.
        """
        more = dict(headers or {})
        if content is not None:
            body = json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
            more.setdefault("Content-Type", "application/json")
        url = f"{self._base.rstrip('/')}/{path.lstrip('/')}" if path else self._base
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        parameters = "&".join(filter(None, [self._query, urlencode(asked, doseq=True)]))
        url = f"{url}?{parameters}" if parameters else url
        for _ in range(MOST_REDIRECTS):
            response = self._asked(method, url, body, {**self._headers, **more}, answer_seconds)
            is_redirect = response.status in _REDIRECTS and "location" in response.headers
            if not is_redirect or not are_redirects_followed:
                return self._answer(response, expected, into)
            url = self._redirected(url, response)
            if response.status == 303:
                method, body = "GET", None
        raise Refused(self.server, response.status, "it redirects from one address to the next without an end")

    def close(self) -> None:
        """Close the connections; they are opened again when there is more to ask."""
        opened, self._opened = self._opened, None
        if opened is not None and opened[0] == os.getpid():
            opened[1].clear()

    def __repr__(self) -> str:
        # Headers hold tokens.
        return f"Transport({self.server!r})"

    def _asked(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], answer_seconds: float | None
    ) -> BaseHTTPResponse:
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        if self._total_seconds is not None:
            self._deadline.begin(self._total_seconds)
        timeout = Timeout(connect=self._connect_seconds, read=answer_seconds or self._answer_seconds)
        try:
            return self._kept().request(
                method, url, body=body, headers=headers, timeout=timeout, retries=False, preload_content=False
            )
        except (HTTPError, OSError) as error:
            # Without its cause, whose text may hold the whole address.
            raise Unreachable(self.server, words(error)) from None

    def _answer(self, response: BaseHTTPResponse, expected: frozenset[int], into: BinaryIO | None) -> Answer:
        is_good = 200 <= response.status < 300
        target = into if into is not None and is_good else BytesIO()
        headers = {name.lower(): value for name, value in response.headers.items()}
        try:
            self._read(response, target, is_limited=target is not into)
        except Unreachable:
            # With no more time for it: the request was heard, whatever else is said so slowly.
            if self._total_seconds is None or not is_good:
                raise
        body = target.getvalue() if isinstance(target, BytesIO) and target is not into else b""
        answer = Answer(response.status, headers, body, self.server)
        if is_good or response.status in expected:
            return answer
        reason = _reason(answer)
        if response.status in _BUSY:
            raise ServerBusy(self.server, response.status, reason, _retry_after(headers.get("retry-after")))
        raise (AuthenticationError if response.status == 401 else Refused)(self.server, response.status, reason)

    def _read(self, response: BaseHTTPResponse, target: BinaryIO, *, is_limited: bool) -> None:
        from urllib3.exceptions import HTTPError

        size = 0
        try:
            for chunk in response.stream(_CHUNK_BYTES, decode_content=True):
                size += len(chunk)
                if is_limited and size > MOST_BYTES:
                    response.close()
                    raise TransportError(self.server, f"the answer is longer than {MOST_BYTES >> 20} MB")
                target.write(chunk)
        except (HTTPError, ssl.SSLError, TimeoutError, ConnectionError) as error:
            response.close()
            raise Unreachable(self.server, f"the answer broke off ({words(error)})") from None
        response.release_conn()

    def _redirected(self, url: str, response: BaseHTTPResponse) -> str:
        """Where to ask again; raises Refused for somebody else's address."""
        response.drain_conn()
        response.release_conn()
        target, is_trusted = redirected(url, response.headers["location"])
        if not is_trusted:
            where = urlsplit(target)
            shown = f"{where.scheme}://{where.hostname}" if where.hostname else "elsewhere"
            raise Refused(self.server, response.status, f"it redirects to {shown}; give that address if you trust it")
        return target

    def _kept(self) -> PoolManager:
        """The connections of this process: those of a parent are not ours to use."""
        # Without a lock, which a child could inherit locked: two threads may open some at once, which is no harm.
        opened = self._opened
        if opened is None or opened[0] != os.getpid():
            found = pools(urlsplit(self._base))
            found = found if self._total_seconds is None else bind(found, self._deadline)
            opened = self._opened = os.getpid(), found
        return opened[1]


class Backoff:
    """How long to wait before trying again: random, up to twice as long each time, and as long as was asked for."""

    def __init__(
        self, first_seconds: float = 0.5, most_seconds: float = 60.0, chance: Callable[[], float] = _CHANCE
    ) -> None:
        self._first_seconds, self._most_seconds, self._chance = first_seconds, most_seconds, chance
        self.failures = 0
        """How many there were one after another."""

    def failed(self, retry_after_seconds: float | None = None) -> float:
        """The seconds to wait after a failure. Those that were asked for are kept to the full, and some more."""
        # Beyond 2**32 the most has long been reached.
        most = min(self._first_seconds * 2.0 ** min(self.failures, 32), self._most_seconds)
        self.failures += 1
        wait_seconds = most * self._chance()
        if retry_after_seconds is not None:
            wait_seconds += min(max(retry_after_seconds, 0.0), LONGEST_WAIT_SECONDS)
        return wait_seconds

    def succeeded(self) -> None:
        """Begin anew."""
        self.failures = 0


def _reason(answer: Answer) -> str:
    """What the server says is wrong: the ``error`` of its JSON, or what its status means."""
    from http import HTTPStatus

    try:
        said = json.loads(answer.body)["error"]
    except (ValueError, KeyError, TypeError):
        said = None
    if isinstance(said, str) and said.strip():
        return " ".join(said.split())[:_LONGEST_REASON]
    phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "no known status"
    return f"it answers {answer.status} ({phrase})"


def _retry_after(value: str | None) -> float | None:
    """Seconds from now; None for what is neither a number of them nor a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - time(), 0.0)
    except (ValueError, OverflowError):
        return None
