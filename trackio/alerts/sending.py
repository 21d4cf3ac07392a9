"""One alert to one place: a webhook by HTTP, or whatever apprise knows. Raises TransportError, in words without tokens.

Addresses are secrets, so what the libraries in between would log of them is not logged while an alert is sent.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

from trackio.alerts import payloads
from trackio.alerts.levels import AlertLevel
from trackio.alerts.message import Message
from trackio.alerts.places import Kind, Place
from trackio.errors import MissingExtra, Refused, ServerBusy, Unreachable
from trackio.store.runs import encode
from trackio.transport import Transport

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
TOTAL_SECONDS = 30.0
"""Others wait behind a webhook that answers a byte at a time."""

_BUILDERS: Mapping[Kind, Callable[[Message], dict[str, Any]]] = {
    "slack": payloads.slack,
    "discord": payloads.discord,
    "json": payloads.document,
}
_TALKATIVE = ("apprise", "requests", *(f"urllib3.{name}" for name in ("connection", "connectionpool", "poolmanager")))
_NOTICES = {AlertLevel.INFO: "INFO", AlertLevel.WARN: "WARNING", AlertLevel.ERROR: "FAILURE"}
"""By apprise's names."""


class Sender(Protocol):
    """Tells one place of an alert."""

    def __call__(self, message: Message) -> None:
        """Raises TransportError."""


def sender(place: Place) -> Sender:
    """What tells a place of alerts; raises MissingExtra, or UsageError for a proxy that cannot be used."""
    return _Notification(place) if place.kind == "apprise" else _Webhook(place)


class _Webhook:
    """Posts JSON; never to where a redirect leads, for the place was told of, and no other."""

    def __init__(self, place: Place) -> None:
        # With whatever its first request would load: a fork waits for this, and not for requests.
        for name in ("urllib3", "encodings.idna"):
            import_module(name)
        self._place, self._build = place, _BUILDERS[place.kind]
        self._transport = Transport(
            place.url, connect_seconds=CONNECT_SECONDS, answer_seconds=ANSWER_SECONDS, total_seconds=TOTAL_SECONDS
        )

    def __call__(self, message: Message) -> None:
        body = encode(self._build(message)).encode()
        with _unlogged():
            try:
                self._transport.request(
                    "POST", body=body, headers={"Content-Type": "application/json"}, are_redirects_followed=False
                )
            except Refused as error:
                reason = self._place.redacted(error.reason)
                kind = ServerBusy if error.status >= 500 else Refused
                raise kind(error.server, error.status, reason) from None
            except ServerBusy as error:
                reason = self._place.redacted(error.reason)
                raise ServerBusy(error.server, error.status, reason, error.retry_after_seconds) from None


class _Notification:
    """Has apprise tell one of its services."""

    def __init__(self, place: Place) -> None:
        self._place = place
        with _unlogged() as said:
            try:
                import apprise
            except ImportError:
                raise MissingExtra("apprise", "alerts") from None
            asset = apprise.AppriseAsset(app_id="trackio", app_desc="trackio", secure_logging=True)
            # The text goes where it was meant to; versions before 2 have no such word.
            asset.http_redirects = False
            # The service itself: apprise's own way to it has threads that outlive ours.
            service = apprise.Apprise.instantiate(place.url, asset=asset)
        if service is None:
            raise Refused(place.label, 0, self._reason(said, "apprise knows no such address"))
        self._service = service
        self._kinds = {level: getattr(apprise.NotifyType, name) for level, name in _NOTICES.items()}

    def __call__(self, message: Message) -> None:
        title, body = payloads.words(message)
        with _unlogged() as said:
            is_sent = self._service.notify(body=body, title=title, notify_type=self._kinds[message.level])
        if not is_sent:
            raise Unreachable(self._place.label, self._reason(said, "apprise could not deliver it"))

    def _reason(self, said: list[str], otherwise: str) -> str:
        return f"{otherwise}: {self._place.redacted(said[0])}" if said else otherwise


class _Unlogged(logging.Filter):
    """Keeps what is logged while this thread sends an alert to itself."""

    def __init__(self) -> None:
        super().__init__()
        self.here = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        said: list[str] | None = getattr(self.here, "said", None)
        if said is None:
            return True
        if record.levelno >= logging.WARNING:
            said.append(" ".join(record.getMessage().split()))
        return False


_filter = _Unlogged()


@contextmanager
def _unlogged() -> Iterator[list[str]]:
    """Collects the warnings of libraries that would repeat the address, in place of logging them."""
    for name in _TALKATIVE:
        # Nothing changes where it was added before.
        logging.getLogger(name).addFilter(_filter)
    said: list[str] = []
    _filter.here.said = said
    try:
        yield said
    finally:
        _filter.here.said = None
