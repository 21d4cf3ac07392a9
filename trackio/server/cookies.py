"""From a token in an address to a cookie: addresses are kept in histories and logs, and sent to other sites."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import quote, unquote

from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import Headers
from starlette.requests import Request

from trackio.server.access import cookie_name, is_same
from trackio.server.options import ServerOptions
from trackio.server.refusals import Refused, path_of

PARAMETERS = frozenset({"write_token", "read_token", "token"})
"""What an address may carry a token as."""

MONTH_SECONDS = 30 * 86400


def taken(scope: MutableMapping[str, Any]) -> list[str]:
    """The tokens in the query of a request, which are taken out: what is logged of it later has none."""
    pairs = scope["query_string"].decode("latin-1").split("&")
    # All else stays as it was written. A plus sign in a token is one.
    found = [
        unquote(value) for name, _, value in (pair.partition("=") for pair in pairs) if unquote(name) in PARAMETERS
    ]
    if found:
        kept = [pair for pair in pairs if unquote(pair.partition("=")[0]) not in PARAMETERS]
        scope["query_string"] = "&".join(kept).encode("latin-1")
    return [token for token in found if token]


def exchanged(scope: MutableMapping[str, Any], tokens: list[str], options: ServerOptions) -> Response:
    """The way to the same page without a token in its address, with a cookie that has it; refuses a wrong token."""
    valid = (
        (options.write_token, options.write_token),
        (options.read_token, options.read_token),
        (options.pass_token, options.read_token),
    )
    token = next((mine for said, mine in valid if said and any(is_same(one, said) for one in tokens)), None)
    if token is None:
        raise Refused(
            401,
            "The token in the address is wrong. Use the one that the server was started with.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    # One slash: two would name another host.
    address = f"{options.root_path}/{quote(path_of(scope).lstrip('/'), safe='/:@!$&()*+,;=~')}"
    query = scope["query_string"].decode("latin-1")
    answer = RedirectResponse(f"{address}?{query}" if query else address, 303, {"Cache-Control": "no-store"})
    headers = Headers(scope=scope)
    name = cookie_name(headers.get("host", ""))
    # Who may change something already does not lose that by a link for those who may look.
    kept = unquote(Request(scope).cookies.get(name, ""))
    if not is_same(kept, options.write_token):
        # Browsers tell it to places that they trust: over https, or on this machine, where notebooks frame a dashboard.
        is_framed = options.is_embedded or headers.get("sec-fetch-dest") in ("iframe", "frame")
        is_secure = options.is_secure or scope.get("scheme") == "https"
        answer.headers["Set-Cookie"] = _cookie(name, token, options, is_framed=is_framed, is_secure=is_secure)
    return answer


def _cookie(name: str, token: str, options: ServerOptions, *, is_framed: bool, is_secure: bool) -> str:
    parts = [f"{name}={quote(token, safe='')}", f"Path={options.root_path or '/'}", f"Max-Age={MONTH_SECONDS}"]
    parts.append("HttpOnly")
    if is_framed:
        # In a frame of another site a browser takes no other.
        return "; ".join([*parts, "Secure", "SameSite=None", "Partitioned"])
    return "; ".join([*parts, *(["Secure"] if is_secure else []), "SameSite=Lax"])
