"""What protects whoever runs a server from the other pages in their browser.

A page elsewhere can have its own name lead to this machine (DNS rebinding) and then read what only this machine may:
so requests must be for a name that is known to be ours. And it can send a browser here with the cookie of its user: so
what changes anything must come from a page of ours, or bring its token in a header, which no other page can.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from trackio.server.refusals import Refused

if TYPE_CHECKING:
    from starlette.datastructures import Headers

ANY = "*"

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
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
    # Basic credentials are no sign of a program: browsers send those of a proxy along, whoever asks them to.
    is_program = headers.get("x-trackio-token") or headers.get("authorization", "").lower().startswith("bearer ")
    if method in _READS or is_program:
        return
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    place = None if origin is None else _place(origin)
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        # A program that is no browser names no origin.
        is_ours = origin is None or (place is not None and place == _place(headers.get("host", ""), place.scheme))
    if not is_ours and (place is None or not _is_among(place.name, [host for host in hosts if host != ANY])):
        raise Refused(
            403,
            f"A page of {(origin or 'another site')[:200]!r} may change nothing here. If it is yours, start the server "
            "with `--allowed-host` and its name, or set TRACKIO_ALLOWED_HOSTS.",
        )


class _Place(NamedTuple):
    """Where a page comes from; the scheme alone is no difference, as a proxy may have taken it away."""

    name: str
    port: int
    scheme: str


def _place(origin: str, scheme: str | None = None) -> _Place | None:
    """The place that an origin names, or a host with the scheme that is given; None where it names none."""
    try:
        parts = urlsplit(origin if scheme is None else f"{scheme}://{origin}")
        if parts.hostname is None or parts.scheme not in _PORTS:
            return None
        return _Place(parts.hostname, parts.port or _PORTS[parts.scheme], parts.scheme)
    except ValueError:
        return None


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
