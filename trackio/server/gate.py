"""Every request comes through here first: what may not be is refused before anything is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from trackio.server import cookies
from trackio.server.guards import check_host, check_origin
from trackio.server.limits import Buckets, metered, most_bytes
from trackio.server.options import ServerOptions
from trackio.server.refusals import Refused, is_api

if TYPE_CHECKING:
    from fastapi.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_API = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


class Gate:
    """ASGI middleware with all the guards, in one place and in order."""

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app, self._options = app, options
        self._buckets = Buckets(options.requests_per_second, options.requests_at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        # Whatever comes of it, no log shall have a token.
        tokens = cookies.taken(scope)
        try:
            answer = self._looked_at(scope, tokens)
            if answer is None and scope["type"] == "http":
                receive = self._limited(scope, receive)
        except Refused as refused:
            answer = _asked_again(scope, refused) or refused.answer()
        guarded = _with_headers(scope, send)
        if answer is None:
            await self._app(scope, receive, guarded)
        elif scope["type"] == "http":
            await answer(scope, receive, guarded)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _looked_at(self, scope: Scope, tokens: list[str]) -> Response | None:
        """The answer to a request that is not for the app; raises Refused."""
        headers = Headers(scope=scope)
        method = scope.get("method", "POST")
        check_host(headers, self._options.hosts)
        check_origin(method, headers, self._options.hosts)
        self._buckets.take(scope["client"][0] if scope.get("client") else "")
        if tokens and method in ("GET", "HEAD") and not is_api(scope):
            return cookies.exchanged(scope, tokens, self._options)
        return None

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        most = most_bytes(scope, self._options)
        if most is None:
            return receive
        return metered(receive, most, Headers(scope=scope).get("content-length"), self._options)


def _asked_again(scope: Scope, refused: Refused) -> Response | None:
    """The page that asks for another token, where there are pages: whoever opened one reads no JSON."""
    page = getattr(scope["app"].state, "closed", None) if refused.status_code == 401 else None
    return None if page is None else page(Request(scope))


def _with_headers(scope: Scope, send: Send) -> Send:
    wanted = {**_ALWAYS, **(_API if is_api(scope) else {})}

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in wanted.items():
                headers.setdefault(name, value)
        await send(message)

    return sent
