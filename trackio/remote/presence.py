"""Whether there is a server: at an address there is to be one; a Space is looked at, and made where that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from trackio import settings
from trackio.errors import AuthenticationError, Refused, ServerBusy, TransportError, Unreachable
from trackio.messages import logger
from trackio.remote import tokens
from trackio.remote.making import Making
from trackio.remote.obstacles import NoServer, NotYet
from trackio.remote.place import Place, hub_token
from trackio.transport import Transport

AWAITED_SECONDS = 1800.0
"""How long a Space that was made is waited for."""

NO_SERVER = "no trackio server is there"
_PUBLIC = (
    "it is public, and the run was to be private; make it private in the settings of its page, or leave out "
    "private=True"
)

SHUT = frozenset({401, 403, 404})
"""The answers of what lets nobody in, or shows itself to nobody."""


class Presence:
    """What is known of a server; for one thread. ``place`` becomes what it turns out to be."""

    def __init__(self, place: Place, now: Callable[[], float] = monotonic) -> None:
        self.place = place
        self.is_known = place.space_id is None
        """Whether a server is to be there."""
        self._now = now
        self._transport: Transport | None = None
        self._making: Making | None = None
        self._impossible: str | None = None
        """Why it cannot be made until somebody has changed something."""
        self._awaited_until: float | None = None
        """Until when a Space that was made is waited for; None where none was."""

    @property
    def is_being_made(self) -> bool:
        """Whether a program of ours is making it."""
        return self._making is not None

    @property
    def is_awaited(self) -> bool:
        """Whether it is a Space that is being made, or was, and is about to begin."""
        return self.is_being_made or (
            self._awaited_until is not None and self._now() < self._awaited_until and not self.is_known
        )

    def probe(self) -> None:
        """See whether a Space holds a server of ours; raises NoServer, or whatever keeps it from being seen."""
        if self.is_known:
            return
        if self.is_being_made:
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
            raise Refused(self.place.url, 403, _PUBLIC)
        self.is_known = True
        self._learn_token()

    def is_there(self) -> bool:
        """Whether a server answers now."""
        try:
            self.probe()
        except TransportError:
            return False
        return True

    def transport(self) -> Transport:
        """Requests to it, with what is known of its tokens by now."""
        if self._transport is None:
            self._transport = self.place.transport()
        return self._transport

    def _health(self) -> Any:
        """What the Space says of itself; asked as a login only where it is hidden, and its write token is known."""
        try:
            return self.transport().request("GET", "healthz").json()
        except Refused as error:
            self._learn_token()
            if error.status not in SHUT or self.place.is_hidden or self.place.token is None or hub_token() is None:
                raise
            self._turn_out(is_hidden=True)
        try:
            return self.transport().request("GET", "healthz").json()
        except Refused:
            # Or it is not there, and public when it is.
            self._turn_out(is_hidden=False)
            raise

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
            self._turn_out(token=found)

    def _turn_out(self, **found: Any) -> None:
        self.place, self._transport = replace(self.place, **found), None
