"""Where alerts are sent: addresses, which are secrets as a whole, for they hold tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast
from urllib.parse import unquote, urlsplit

from trackio.alerts.levels import AlertLevel
from trackio.alerts.levels import level as level_of
from trackio.errors import UsageError

Kind: TypeAlias = Literal["slack", "discord", "json", "apprise"]

_SLACK = ("hooks.slack.com", "hooks.slack-gov.com")
_DISCORD = re.compile(r"(?:[a-z]+\.)?discord(?:app)?\.com")
_DISCORD_PATH = re.compile(r"/api/(?:v\d+/)?webhooks/")
_SCHEME = re.compile(r"(?P<as>slack|discord|json)\+(?P<url>https?://.*)", re.IGNORECASE | re.DOTALL)

_ANY = re.compile(r"[a-z][a-z0-9.+-]*://.", re.IGNORECASE)

_BETWEEN = re.compile(r"[\s,]+(?=[a-z][a-z0-9.+-]*://)", re.IGNORECASE)
"""What separates addresses; a comma within one separates nothing, as those that e-mail goes to."""

_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Place:
    """One address that is told of alerts."""

    url: str = field(repr=False)
    kind: Kind
    label: str
    """As much of the address as may be shown: ``https://hooks.slack.com/…``."""

    def redacted(self, text: str) -> str:
        """The text without any part of the address that may be a token, as a server's answer may repeat it."""
        parts = urlsplit(self.url)
        pieces = [self.url, *re.split(r"[/?&=#:@,;]", unquote(self.url)), *re.split(r"[/?&=#:@,;]", self.url)]
        open_words = {parts.scheme, parts.hostname or ""} if self.kind != "apprise" else {parts.scheme}
        for piece in sorted(
            {one for one in pieces if len(one) >= _SHORTEST_SECRET} - open_words, key=len, reverse=True
        ):
            text = text.replace(piece, "…")
        return text


@dataclass(frozen=True, slots=True)
class Outlets:
    """Who is told of the alerts of a run, and from which level on."""

    places: tuple[Place, ...] = ()
    least: AlertLevel = AlertLevel.INFO

    def told_of(self, level: AlertLevel) -> tuple[Place, ...]:
        """The places that an alert of this level goes to."""
        return self.places if level >= self.least else ()


NOWHERE = Outlets()


def outlets(webhook_url: Any, webhook_min_level: Any) -> Outlets:
    """What ``webhook_url=`` and ``webhook_min_level=`` say; raises UsageError, without the address in its words."""
    least = AlertLevel.INFO if webhook_min_level is None else level_of(webhook_min_level, "webhook_min_level")
    return Outlets(places(webhook_url), least)


def places(given: Any) -> tuple[Place, ...]:
    """The places of an address, of several with commas between, or of a list; raises UsageError."""
    texts = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    found: list[Place] = []
    for text in texts:
        if text is None or (isinstance(text, str) and not text.strip()):
            continue
        if not isinstance(text, str):
            raise UsageError(f"webhook_url= takes an address, or a list of them, not {type(text).__name__}.")
        found += [place(one) for one in _BETWEEN.split(text.strip(" \t\r\n,"))]
    return tuple(dict.fromkeys(found))


def place(url: str) -> Place:
    """The place of one address; raises UsageError, without the address in its words."""
    try:
        forced = _SCHEME.fullmatch(url)
        bare = forced["url"] if forced else url
        scheme = bare.partition("://")[0].lower()
        is_web = scheme in ("http", "https")
        # Apprise has rules of its own, and may have a token where others have a port.
        parts = urlsplit(bare if is_web else "")
        host, port = (parts.hostname or "").lower(), parts.port
        is_address = bool(host) and bare.isascii() if is_web else _ANY.match(bare) is not None
    except ValueError:
        is_address = False
    if not is_address or any(sign.isspace() or not sign.isprintable() for sign in bare):
        raise UsageError(
            "webhook_url= holds something that is no address. Write it as https://hooks.slack.com/services/..., "
            "as any other https:// address, or as one of apprise's, such as mailto://; several with commas between."
        )
    if not is_web:
        return Place(bare, "apprise", f"{scheme}://…")
    kind: Kind = "json"
    if forced:
        kind = cast("Kind", forced["as"].lower())
    elif host in _SLACK:
        kind = "slack"
    elif _DISCORD.fullmatch(host) and _DISCORD_PATH.match(parts.path):
        kind = "discord"
    shown = f"[{host}]" if ":" in host else host
    return Place(bare, kind, f"{scheme}://{shown}{'' if port is None else f':{port}'}/…")
