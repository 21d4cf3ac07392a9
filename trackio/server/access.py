"""Who may do what: the tokens of a request, held against those of the server.

A token comes as ``Authorization: Bearer T``, as ``X-Trackio-Token: T`` where the other header is a proxy's, or in the
cookie that a page gave for the token in its address.

Routes ask for it by name: ``APIRouter(dependencies=[Reader])``, or ``@router.post(..., dependencies=[Writer])``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from hmac import compare_digest
from typing import Annotated, TypeAlias
from urllib.parse import unquote

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer

from trackio.server.options import ServerOptions
from trackio.server.refusals import Refused

COOKIE = "trackio_token"
"""The name of the cookie, with the port behind it where the address has one: browsers tell hosts apart, not ports."""
HEADER = "X-Trackio-Token"

_BEARER = "bearer "
_CHALLENGE = {"WWW-Authenticate": "Bearer"}

# They only describe the API: what they find is looked for here, where the cookie is too.
_Bearer: TypeAlias = Annotated[object, Depends(HTTPBearer(auto_error=False))]
_Header: TypeAlias = Annotated[object, Depends(APIKeyHeader(name=HEADER, auto_error=False))]


# On the loop, as looking at headers waits for nothing: whoever may not come in needs no thread.
async def reader(request: Request, _bearer: _Bearer = None, _header: _Header = None) -> None:
    """Raise 401 unless the request may read."""
    if not is_reader(request):
        word = "The token is wrong. " if tokens(request) else ""
        raise Refused(
            401,
            f"{word}This server shows its runs to those with its read token. Pass it as TRACKIO_READ_TOKEN, or open "
            "the page once with ?read_token=... at the end of its address.",
            headers=_CHALLENGE,
        )


async def writer(request: Request, _bearer: _Bearer = None, _header: _Header = None) -> None:
    """Raise 401 unless the request may record and change."""
    if not is_writer(request):
        word = "The write token is wrong" if tokens(request) else "This needs the server's write token"
        raise Refused(
            401, f"{word}. Set TRACKIO_WRITE_TOKEN to the one that the server was started with.", headers=_CHALLENGE
        )


async def changing(request: Request) -> AsyncIterator[None]:
    """Tell whoever keeps the data elsewhere that it was changed, if it was."""
    yield
    if request.method != "GET" and request.app.state.changed is not None:
        request.app.state.changed()


def is_reader(request: Request) -> bool:
    """Whether the request may read."""
    options: ServerOptions = request.app.state.options
    return options.read_token is None or _has(request, options.read_token) or is_writer(request)


def is_writer(request: Request) -> bool:
    """Whether the request may record and change."""
    options: ServerOptions = request.app.state.options
    return _has(request, options.write_token)


def tokens(request: Request) -> list[str]:
    """The tokens that a request brings."""
    given = request.headers.get("authorization", "")
    bearer = given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else ""
    kept = [unquote(request.cookies.get(name, "")) for name in (cookie_name(request.headers.get("host", "")), COOKIE)]
    return [token for token in (bearer, request.headers.get(HEADER, ""), *kept) if token]


def cookie_name(host: str) -> str:
    """What the cookie of a server is called that was asked as this host: several on a machine have one each."""
    port = host.rpartition(":")[2]
    return f"{COOKIE}_{port}" if ":" in host and port.isdecimal() else COOKIE


def is_same(given: str, token: str) -> bool:
    """Whether two tokens are the same, in a time that tells nothing of where they differ."""
    return compare_digest(given.encode("utf-8", "surrogateescape"), token.encode("utf-8", "surrogateescape"))


def _has(request: Request, token: str) -> bool:
    return any(is_same(given, token) for given in tokens(request))


Reader = Depends(reader)
"""The route is for those who may read."""

Writer = Depends(writer)
"""The route is for those who may record and change."""

Changing = Depends(changing)
"""The route changes what people would miss."""
