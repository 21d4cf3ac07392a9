"""One server as it is found: when it may be asked again, and what was said of it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple

from trackio.errors import Refused, ServerBusy, TransportError, Unreachable
from trackio.messages import logger
from trackio.remote import stages
from trackio.remote.obstacles import NoServer, NotYet
from trackio.remote.place import Place
from trackio.remote.presence import NO_SERVER, SHUT, Presence
from trackio.transport import Answer, Backoff

RARELY_SECONDS = 60.0
"""How long to wait where asking again is of little use: somebody has to change something first."""

HURRIED_SECONDS = 2.0
"""The longest wait while somebody waits for the end of it."""

PATIENCE_FAILURES = 3
"""A server that restarts is not worth a word; so many failures one after another are."""

AWAITED_PAUSE_SECONDS = 2.0
"""How often a Space is asked that is being made."""

AGAIN_SECONDS = 600.0
"""A fault that comes again after it has gone is told again, but not more often."""

_WRONG_OFFSET = frozenset({409})


class Received(NamedTuple):
    """What a server has of a journal."""

    size: int
    durable: int
    """How much of that outlasts the server's disk; all of it, where it does not say."""


class Link:
    """Requests to a server, with waits after failures; for one thread."""

    def __init__(self, place: Place, now: Callable[[], float] = monotonic, *, is_quiet: bool = False) -> None:
        self._presence = Presence(place, now)
        self._is_quiet = is_quiet
        """Whether whoever uses it tells of what goes wrong."""
        self.is_absent = False
        """Whether it is a Space that holds no server."""
        self.is_shut = False
        """Whether it lets nobody in with this token."""
        self._now = now
        self._backoff = Backoff()
        self._ready_at = self._failed_at = 0.0
        self._asked_to_wait = False
        self._look_at = 0.0
        self.is_met = False
        """Whether it has answered as it should."""
        self.is_given_up = False
        """Whether somebody waited for it for nothing, and it has not been heard of since."""
        self._told: dict[str, float] = {}
        self._has_told_homes = False

    @property
    def place(self) -> Place:
        """Where it is, with the tokens that are known by now."""
        return self._presence.place

    @property
    def is_known(self) -> bool:
        """Whether a server is to be there."""
        return self._presence.is_known

    @property
    def is_awaited(self) -> bool:
        """Whether it is a Space that is being made."""
        return self._presence.is_awaited

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

    def tell_homes(self, places: list[str]) -> None:
        """Say, once, that everybody there sees home folders, and where they stand; what has them is sent."""
        if places and not self._has_told_homes:
            self._has_told_homes = True
            logger().warning(
                "Everybody can see a home folder at %s: %s. It is sent all the same. To keep it to yourself, log "
                "paths relative to the project, make the Space private, or record on this machine and use `trackio "
                "sync --sdk gradio`, which writes ~ for it. TRACKIO_ALLOW=home-folder says that it is meant.",
                self.place.host,
                "; ".join(places),
            )

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
        self._presence.probe()

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
        elif isinstance(error, Refused) and error.status in SHUT:
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
        if self.place.space_id is None or self._presence.is_being_made or self._now() < self._look_at or self._is_quiet:
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
        answer = self._presence.transport().request(method, path, **options)
        self._succeeded()
        return answer


_KEPT = "The run is recorded on this machine, and what is not there yet is sent when that works."


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
