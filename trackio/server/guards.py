"""What protects whoever runs a server from the other pages in their browser.

A page elsewhere can have its own name lead to this machine (DNS rebinding) and then read what only this machine may:
so requests must be for a name that is known to be ours. And it can send a browser here with the cookie of its user: so
what changes anything must come from a page of ours, or bring its token in a header, which no other page can.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trackio.server.refusals import Refused

if TYPE_CHECKING:
    from starlette.datastructures import Headers

ANY = "*"

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_TOKENS = ("authorization", "x-trackio-token")
_PORTS = {"http": 80, "https": 443}


def check_host(headers: Headers, hosts: Sequence[str]) -> None:
    """Refuse a request for a name that is not known to be the server's.

    Addresses are let through: nobody can make one lead elsewhere.
    """
    given = headers.get("host", "")
    name = _name(given)
    if name is None or not (_is_here(name) or _is_among(name, hosts)):
        raise Refused(
            403,
            f"This server is not known by the name {given[:200]!r}. Start it with `--allowed-host` and that name, or "
            "set TRACKIO_ALLOWED_HOSTS.",
        )


def check_origin(method: str, headers: Headers, hosts: Sequence[str]) -> None:
    """Refuse a change that a page of another site asks for."""
    if method in _READS or any(headers.get(name) for name in _TOKENS):
        return
    origin = headers.get("origin")
    site = headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        is_ours = origin is None or _place(origin) == _place(f"{_scheme(origin)}://{headers.get('host', '')}")
    if not is_ours and (origin is None or not _is_among(urlsplit(origin).hostname or "", _named(hosts))):
        raise Refused(
            403,
            f"A page of {(origin or 'another site')[:200]!r} may change nothing here. If it is yours, start the server "
            "with `--allowed-host` and its name, or set TRACKIO_ALLOWED_HOSTS.",
        )


def _name(host: str) -> str | None:
    """The name in a Host header, without its port; None when it is malformed."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and not parts.username else None


def _is_here(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_among(name: str, hosts: Sequence[str]) -> bool:
    """Whether a name is in a list in which ``*`` is any, and ``*.example.org`` any below that one."""
    return any(
        host == ANY or name == host.lower() or (host.startswith("*.") and name.endswith(host[1:].lower()))
        for host in hosts
    )


def _named(hosts: Sequence[str]) -> list[str]:
    return [host for host in hosts if host != ANY]


def _scheme(origin: str) -> str:
    return urlsplit(origin).scheme


def _place(address: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(address)
        return parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None, None
