"""Which server runs are sent to: an address, or a Space of the Hugging Face Hub, and the tokens for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from trackio import settings
from trackio.connections import address, bare_netloc
from trackio.errors import UsageError
from trackio.remote import tokens
from trackio.transport import Transport

TOKEN_HEADER = "X-Trackio-Token"  # noqa: S105 - the name of a header
"""Ours even where ``Authorization`` is the Hub's, or that of a proxy before the server."""

SPACES = "https://{}.hf.space"
"""Where Spaces are served from; ``TRACKIO_SPACE_ENDPOINT`` says another place, with ``{}`` for the Space."""

_TOKENS = ("write_token", "token")
_SPACE = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a Space is to be that is made for runs."""

    private: bool | None = None
    dataset_id: str | None = None
    bucket_id: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A server."""

    url: str
    """Its address without anything secret and without a slash at the end."""
    token: str | None = field(default=None, repr=False)
    """Its write token."""
    login: str | None = field(default=None, repr=False)
    """``name:password`` for a proxy before it, from the address."""
    space_id: str | None = None
    """The Space that it is in. One may hold a static report, or not be there at all."""
    is_hidden: bool = field(default=False, repr=False)
    """Whether its host shows the Space only to those who are logged in to the Hub, as that of a private one."""
    wish: Wish | None = field(default=None, repr=False, compare=False)
    """What the Space is to be if it is not there; None where nobody wants it made."""

    @property
    def host(self) -> str:
        """What it is called in words: the Space, or host and port."""
        return f"the Space {self.space_id}" if self.space_id else urlsplit(self.url).netloc

    @property
    def address(self) -> str:
        """Its address with the name and password for a proxy before it; secret."""
        scheme, slashes, rest = self.url.partition("//")
        return f"{scheme}{slashes}{f'{self.login}@' if self.login else ''}{rest}"

    def transport(self) -> Transport:
        """Requests to it. For a hidden Space, the token of the Hub is looked up, which may take a while."""
        return Transport(self.address, self._headers())

    def _headers(self) -> dict[str, str]:
        headers = {} if self.token is None else {TOKEN_HEADER: self.token}
        # What runs in a Space reads it, and others may have made that: it goes nowhere without need.
        login = hub_token() if self.space_id and self.is_hidden else None
        if login is not None:
            headers["Authorization"] = f"Bearer {login}"
        return headers


def chosen(server_url: str | None, space_id: str | None, token: str | None, wish: Wish | None = None) -> Place | None:
    """The server that settings name, an address before a Space; None when they name none. Raises UsageError.

    A token in the address stands over ``token``.
    """
    if server_url is not None and server_url.strip():
        return at(server_url, token)
    if space_id is None or not space_id.strip():
        return None
    return space(space_id.strip(), token, wish)


def at(url: str, token: str | None = None) -> Place:
    """The server at an address, which may hold its write token (``?write_token=``); raises UsageError."""
    parts = address(url)
    # A plus sign in a token is one: tokens are no forms.
    asked = parse_qs(parts.query.replace("+", "%2B"))
    given = next((asked[name][-1] for name in _TOKENS if name in asked), None)
    bare = parts._replace(netloc=bare_netloc(parts), query="", fragment="").geturl()
    login = parts.netloc.rpartition("@")[0] or None
    return Place(bare.rstrip("/"), _sendable(given or token), login)


def space(space_id: str, token: str | None = None, wish: Wish | None = None) -> Place | None:
    """The server in a Space; None for what is no id of one with its owner, for which there is no address.

    Without a token it is the one that was kept when the Space was made from this machine.
    """
    if not _SPACE.fullmatch(space_id):
        return None
    endpoint = settings.text("TRACKIO_SPACE_ENDPOINT") or SPACES
    known = _sendable(token) or _sendable(tokens.kept(settings.home(), space_id))
    return Place(endpoint.replace("{}", subdomain(space_id)).rstrip("/"), known, space_id=space_id, wish=wish)


def subdomain(space_id: str) -> str:
    """The name of the host that serves a Space."""
    return re.sub("[^a-z0-9]+", "-", space_id.lower()).strip("-")


def _sendable(token: str | None) -> str | None:
    """The token, if it can stand in a header; raises UsageError without telling it."""
    found = None if token is None else token.strip()
    if found and not (found.isascii() and found.isprintable()):
        raise UsageError("The write token has characters that no token has. Copy it anew from where the server runs.")
    return found or None


def hub_token() -> str | None:
    """The token of the Hugging Face Hub, for Spaces that are private: of the environment, or of a login.

    Read as its library reads it, which is not loaded for that: this thread's import could meet the script's own.
    """
    said = settings.text("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
    if said is not None:
        return said.strip()
    cache = Path(settings.text("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    folder = Path(settings.text("HF_HOME") or cache)
    try:
        path = Path(settings.text("HF_TOKEN_PATH") or folder / "token").expanduser()
        return path.read_text(encoding="ascii").strip() or None
    except (OSError, ValueError, RuntimeError):
        return None
