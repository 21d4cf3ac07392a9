"""One server as it is found: when it may be asked again, and what was said of it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any, NamedTuple

from trackio import settings
from trackio.errors import AuthenticationError, Refused, ServerBusy, TransportError, Unreachable
from trackio.messages import logger
from trackio.remote import stages, tokens
from trackio.remote.making import Making
from trackio.remote.place import Place, hub_token
from trackio.transport import Answer, Backoff, Transport

RARELY_SECONDS = 60.0
"""How long to wait where asking again is of little use: somebody has to change something first."""

HURRIED_SECONDS = 2.0
"""The longest wait while somebody waits for the end of it."""

PATIENCE_FAILURES = 3
"""A server that restarts is not worth a word; so many failures one after another are."""

AGAIN_SECONDS = 600.0
"""A fault that comes again after it has gone is told again, but not more often."""

AWAITED_SECONDS, AWAITED_PAUSE_SECONDS = 1800.0, 2.0
"""How long a Space that was made is waited for, and how often it is asked."""

NO_SERVER = "no trackio server is there"
PUBLIC = (
    "it is public, and the run was to be private; make it private in the settings of its page, or leave out "
    "private=True"
)

_WRONG_OFFSET = frozenset({409})
_SHUT = frozenset({401, 403, 404})
_OF_CONTENT = frozenset({400, 409, 410, 413, 415, 422})
"""What is refused is one journal or file; the next may be welcome."""


class Unreadable(TransportError):
    """What is to be sent cannot be read on this machine."""


class NoServer(TransportError):
    """A Space that holds no server of ours."""


class NotYet(TransportError):
    """A Space that is being made, or is about to begin."""


class Received(NamedTuple):
    """What a server has of a journal."""

    size: int
    durable: int
    """How much of that outlasts the server's disk; all of it, where it does not say."""


class Link:
    """Requests to a server, with waits after failures; for one thread."""

    def __init__(self, place: Place, now: Callable[[], float] = monotonic, *, is_quiet: bool = False) -> None:
        self.place = place
        self._is_quiet = is_quiet
        """Whether whoever uses it tells of what goes wrong."""
        self.is_absent = False
        """Whether it is a Space that holds no server."""
        self.is_shut = False
        """Whether it lets nobody in with this token."""
        self.is_known = place.space_id is None
        """Whether a server is to be there."""
        self._now = now
        self._transport: Transport | None = None
        self._backoff = Backoff()
        self._ready_at = self._failed_at = 0.0
        self._asked_to_wait = False
        self._look_at = 0.0
        self.is_met = False
        """Whether it has answered as it should."""
        self.is_given_up = False
        """Whether somebody waited for it for nothing, and it has not been heard of since."""
        self._told: dict[str, float] = {}
        self._making: Making | None = None
        self._impossible: str | None = None
        """Why it cannot be made until somebody has changed something."""
        self._awaited_until: float | None = None
        """Until when a Space that was made is waited for; None where none was."""

    @property
    def is_ready(self) -> bool:
        """Whether it may be asked now."""
        return not self.is_absent and self._now() >= self._ready_at

    @property
    def is_hopeless(self) -> bool:
        """Whether there is no use in waiting for it."""
        return self.is_absent or self.is_shut or (self.is_failing and not self.is_known and not self.is_awaited)

    @property
    def is_due(self) -> bool:
        """Whether a server is to be there, now or soon."""
        return self.is_known or self.is_awaited

    @property
    def is_awaited(self) -> bool:
        """Whether it is a Space that is being made."""
        return self._making is not None or (
            self._awaited_until is not None and self._now() < self._awaited_until and not self.is_known
        )

    @property
    def is_public(self) -> bool:
        """Whether it is a Space that answers to everybody."""
        return self.place.space_id is not None and self.is_known and not self.place.is_hidden

    @property
    def is_failing(self) -> bool:
        """Whether the last request met a fault."""
        return self._backoff.failures > 0

    def hurry(self) -> None:
        """Ask again soon, as somebody waits, unless the server itself said when."""
        if not self._asked_to_wait:
            self._ready_at = min(self._ready_at, self._failed_at + HURRIED_SECONDS)

    def size(self, journal: str, project: str, run: str) -> Received:
        """How much of a journal the server has."""
        answer = self._request("GET", f"api/journals/{journal}", query={"project": project, "run": run})
        return _received(answer)

    def append(
        self, journal: str, project: str, run: str, offset: int, data: bytes, *, is_damaged: bool = False
    ) -> Received:
        """Send bytes of a journal; how much of it the server has then, which tells whether it took them.

        No bytes tell that the writer lives.
        """
        query = {"project": project, "run": run, "offset": offset, "damaged": 1 if is_damaged else None}
        headers = {"X-Trackio-Crc32": f"{zlib.crc32(data):08x}", "Content-Type": "application/octet-stream"}
        if data:
            headers["Content-Encoding"] = "gzip"
        answer = self._request(
            "POST",
            f"api/journals/{journal}",
            query=query,
            headers=headers,
            # Level 1: the training has the processors.
            body=gzip.compress(data, 1) if data else b"",
            expected=_WRONG_OFFSET,
        )
        return _received(answer)

    def missing(self, project: str, names: list[str]) -> list[str]:
        """Which of these files the server lacks."""
        answer = self._request("POST", "api/files/missing", query={"project": project}, content={"names": names})
        found = _field(answer, "missing")
        if not isinstance(found, list) or not set(map(str, found)) <= set(names):
            # Or the names were damaged on their way: others must not pass for being there.
            raise _unexpected(answer)
        return [name for name in names if name in found]

    def put(self, name: str, project: str, offset: int, total: int, data: bytes) -> tuple[int, bool]:
        """Send a piece of a file; how much of it the server has then, and whether that is all."""
        answer = self._request(
            "PUT",
            f"api/files/{name}",
            query={"project": project, "offset": offset, "size": total},
            headers={"X-Trackio-Crc32": f"{zlib.crc32(data):08x}", "Content-Type": "application/octet-stream"},
            body=data,
            expected=_WRONG_OFFSET,
        )
        return _size(answer), bool(answer.json().get("done"))

    def resumption(self, project: str, run: str, seconds: float) -> dict[str, Any]:
        """What a run that goes on starts from; ``exists`` is False when there is no such run."""
        from urllib.parse import quote

        answer = self._request(
            "GET", f"api/runs/{quote(run, safe='')}/resume", query={"project": project}, answer_seconds=seconds
        )
        found = answer.json()
        if not isinstance(found, dict) or "exists" not in found:
            raise _unexpected(answer)
        return found

    def remove(self, project: str, run: str) -> None:
        """Have the server remove what it has of a run, which is then sent anew."""
        from urllib.parse import quote

        query = {"project": project, "force": 1, "anew": 1}
        self._request("DELETE", f"api/runs/{quote(run, safe='')}", query=query)

    def probe(self) -> None:
        """See whether a Space holds a server of ours; raises NoServer, or whatever keeps it from being seen."""
        if self.is_known:
            return
        if self._making is not None:
            # What there is of it may answer before it is done, and its token is known then.
            self._make()
        try:
            body = self._health()
        except (Unreachable, ServerBusy, AuthenticationError):
            if self.is_awaited:
                raise NotYet(self.place.url, "the Space is about to begin") from None
            raise
        except TransportError as error:
            if isinstance(error, Refused) and error.status not in (404, 410):
                raise
            body = None
        if not isinstance(body, dict) or body.get("status") != "ok":
            self._make()
            raise self._absence(NO_SERVER)
        if self.place.wish is not None and self.place.wish.private and not self.place.is_hidden:
            raise Refused(self.place.url, 403, PUBLIC)
        self.is_known = True
        self._learn_token()

    def _health(self) -> Any:
        """What the Space says of itself; asked as a login only where it is hidden, and its write token is known."""
        try:
            return self._requests().request("GET", "healthz").json()
        except Refused as error:
            self._learn_token()
            if error.status not in _SHUT or self.place.is_hidden or self.place.token is None or hub_token() is None:
                raise
            self.place, self._transport = replace(self.place, is_hidden=True), None
        try:
            return self._requests().request("GET", "healthz").json()
        except Refused:
            # Or it is not there, and public when it is.
            self.place, self._transport = replace(self.place, is_hidden=False), None
            raise

    def is_there(self) -> bool:
        """Whether a server answers now."""
        try:
            self.probe()
        except TransportError:
            return False
        return True

    def _make(self) -> None:
        """Have the Space made if somebody wants it; raises NotYet while that goes on."""
        if self._awaited_until is not None:
            if self._now() < self._awaited_until:
                raise NotYet(self.place.url, "the Space is about to begin")
            return
        if self._impossible is not None:
            raise self._absence(self._impossible)
        if self._making is None:
            if self.place.wish is None or hub_token() is None:
                return
            try:
                self._making = Making(self.place, self.place.wish, settings.home())
            except OSError:
                return
        found = self._making.outcome()
        if found is None:
            raise NotYet(self.place.url, "the Space is being made")
        self._making = None
        for note in found.notes:
            logger().warning("%s", note)
        if found.state == "impossible":
            self._impossible = found.reason
            raise self._absence(found.reason)
        if found.state == "failed":
            raise Unreachable(self.place.url, found.reason)
        self._awaited_until = self._now() + AWAITED_SECONDS
        raise NotYet(self.place.url, "the Space is about to begin")

    def _absence(self, reason: str) -> TransportError:
        """There is no server, for now; one that has been made from here keeps what waits for it."""
        if self.place.space_id is None or tokens.kept(settings.home(), self.place.space_id) is None:
            return NoServer(self.place.url, reason)
        hidden = "it is not there, or hidden from this login; log in with `hf auth login`"
        return Refused(self.place.url, 403, hidden if reason == NO_SERVER else reason.rstrip("."))

    def _learn_token(self) -> None:
        """Take the write token that was kept when the Space was made, by this process or another."""
        found = None if self.place.space_id is None else tokens.kept(settings.home(), self.place.space_id)
        if self.place.token is None and found is not None:
            self.place, self._transport = replace(self.place, token=found), None

    def failed(self, error: TransportError) -> None:
        """Note that a request met a fault: wait, and say what is wrong if that lasts."""
        wait_seconds = self._backoff.failed(error.retry_after_seconds if isinstance(error, ServerBusy) else None)
        self._asked_to_wait = isinstance(error, ServerBusy) and bool(error.retry_after_seconds)
        self.is_shut = False
        if isinstance(error, NoServer):
            self.is_absent = True
            self._tell("absent", _words_of_absence(self.place, error.reason))
        elif isinstance(error, NotYet):
            self._backoff.succeeded()
            wait_seconds = AWAITED_PAUSE_SECONDS
            self._tell("awaited", f"{self.place.host} is being made. {_KEPT}")
        elif isinstance(error, Refused) and error.status in _SHUT:
            self.is_shut = True
            wait_seconds = max(wait_seconds, RARELY_SECONDS)
            hint = " Is a trackio server at this address?" if error.status == 404 else ""
            said = f"{self.place.host} does not take what is logged: {error.reason}.{hint} {_KEPT}"
            self._tell(f"shut {error.reason}", said)
        elif not isinstance(error, (Unreachable, ServerBusy)):
            self._tell(f"refused {error.reason}", f"{self.place.host}: {error.reason}. {_KEPT}")
        elif self._backoff.failures >= PATIENCE_FAILURES:
            self._tell("away", f"{self.place.host} cannot be reached: {error.reason}. {_KEPT}")
        if isinstance(error, (NotYet, Unreachable, ServerBusy)) or (isinstance(error, Refused) and error.status == 404):
            self._look()
        self._failed_at = self._now()
        self._ready_at = self._failed_at + wait_seconds

    def _look(self) -> None:
        """Ask the Hub now and then how a Space is that does not answer, and tell what somebody has to do."""
        if self.place.space_id is None or self._making is not None or self._now() < self._look_at or self._is_quiet:
            return
        self._look_at = self._now() + RARELY_SECONDS
        found = stages.trouble(self.place.space_id, stages.asked(self.place.space_id))
        if found is not None:
            reason, step = found
            self._tell(f"trouble {reason}", f"{self.place.host} does not run: {reason}. {step} {_KEPT}")

    def _succeeded(self) -> None:
        self._backoff.succeeded()
        self.is_met = True
        self.is_shut = self.is_given_up = self._asked_to_wait = False
        latest = self._now() - AGAIN_SECONDS
        self._told = {topic: when for topic, when in self._told.items() if when > latest}

    def _tell(self, topic: str, message: str) -> None:
        if topic not in self._told and not self._is_quiet:
            self._told[topic] = self._now()
            logger().warning("%s", message)

    def _request(self, method: str, path: str, **options: Any) -> Answer:
        self.probe()
        answer = self._requests().request(method, path, **options)
        self._succeeded()
        return answer

    def _requests(self) -> Transport:
        if self._transport is None:
            self._transport = self.place.transport()
        return self._transport


_KEPT = "The run is recorded on this machine, and what is not there yet is sent when that works."


def concerns_content(error: TransportError) -> bool:
    """Whether a fault is of what was to be sent, rather than of the server or the way to it."""
    return isinstance(error, Unreadable) or (isinstance(error, Refused) and error.status in _OF_CONTENT)


def _words_of_absence(place: Place, reason: str) -> str:
    if reason != NO_SERVER:
        not_sent = "The run is recorded on this machine, and not sent; `trackio sync --sdk gradio` does that later."
        return f"{reason.rstrip('.')}. {not_sent}"
    return (
        f"{place.host[0].upper()}{place.host[1:]} holds no trackio server that takes what is logged: the run is "
        "recorded on this machine, and trackio.sync() publishes its report there. For one that is to be made, or is "
        "private, log in with `hf auth login`."
    )


def _received(answer: Answer) -> Received:
    size = _size(answer)
    durable = _field(answer, "durable")
    return Received(size, durable if isinstance(durable, int) and 0 <= durable < size else size)


def _size(answer: Answer) -> int:
    size = _field(answer, "size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _unexpected(answer)
    return size


def _field(answer: Answer, name: str) -> Any:
    body = answer.json()
    return body.get(name) if isinstance(body, dict) else None


def _unexpected(answer: Answer) -> TransportError:
    return TransportError(answer.server, "the answer is not what a trackio server says; is one at this address?")
