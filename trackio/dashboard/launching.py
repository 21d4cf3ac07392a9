"""The dashboard as a gradio app: its server, its public address, and tools for agents; none of its pages.

Gradio brings routes, pages and headers of its own along, which would answer for our addresses or to other sites; all
that are not needed are taken away before the first request.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from trackio import settings
from trackio.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from trackio.server.options import ServerOptions

_GRADIOS = "/gradio_api/"
MCP_PATH = "/gradio_api/mcp"
_STARTED_PATH = "/gradio_api/startup-events"
"""Asked by gradio itself, from this machine, to know that its server has begun."""

_QUIET = {"GRADIO_ANALYTICS_ENABLED": "False"}
"""Gradio tells nobody that it runs, and asks nobody for its newest version."""

TRIES = 3
"""How often a port is looked for that nobody takes before it is bound."""

_OFF: dict[str, Any] = {
    "quiet": True,
    "inline": False,
    "prevent_thread_lock": True,
    "ssr_mode": False,
    "enable_monitoring": False,
    "footer_links": [],
    "run_history": False,
    "pwa": False,
    "num_workers": 0,
}
"""What else there is of gradio's pages and processes."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A dashboard that answers."""

    url: str
    share_url: str | None
    mcp_url: str | None
    close: Callable[[], None]


def launch(
    options: ServerOptions,
    theme: Any = "auto",
    *,
    host: str,
    port: Callable[[], int],
    has_share: bool,
    has_mcp: bool,
    proxies: str | None = None,
) -> Launched:
    """Serve the dashboard in threads of this process; raises MissingExtra without gradio.

    ``port`` gives one that is free, and is asked at the last moment: another dashboard may start beside this one.
    ``proxies`` are the addresses that are trusted to tell who asked.
    """
    if find_spec("gradio") is None:
        raise MissingExtra("gradio", "dashboard")
    if has_mcp and find_spec("mcp") is None:
        raise MissingExtra("mcp", "dashboard")
    # Uvicorn would believe whoever is on this machine, and each could so have limits of their own at will.
    trusted = {} if proxies is None and has_share else {"FORWARDED_ALLOW_IPS": proxies or ""}
    with settings.handed({**_QUIET, **trusted}):
        # It takes seconds; whoever called has said so.
        app = _app()
        from trackio.dashboard import tools
        from trackio.dashboard.app import create

        app.add_middleware(_Border)
        create(options, app, theme=theme)
        if has_mcp:
            for tool in tools.tools(app.state.homes):
                app.api(tool, name=tool.__name__, queue=False)
        app.keep_routes()
        how = {"server_name": host, "share": has_share, "mcp_server": has_mcp, "root_path": options.root_path, **_OFF}
        url, share_url = _served(app, how, port)
    blocks = app.get_blocks()
    if has_share and not share_url:
        blocks.close(verbose=False)
        raise UsageError("No public address could be had: the service that gives them did not answer.")
    base = (share_url or url).rstrip("/")
    return Launched(
        url=url,
        share_url=share_url or None,
        mcp_url=f"{base}{MCP_PATH}/" if has_mcp else None,
        close=lambda: blocks.close(verbose=False),
    )


def _served(app: Any, how: Mapping[str, Any], port: Callable[[], int]) -> tuple[str, str]:
    """The addresses of the app, served at the port that is free."""
    reason: Exception | None = None
    for _ in range(TRIES):
        free = port()
        try:
            with redirect_stdout(io.StringIO()):
                _, url, share_url = app.launch(server_port=free, **how)
            return url, share_url
        except OSError as error:
            # Gradio binds the port itself, and somebody else may have been faster.
            reason = error
        except RuntimeError as error:
            reason = error
            break
    raise UsageError(f"The dashboard could not be started: {str(reason).rstrip('.')}.") from reason


def _app() -> Any:
    from gradio import Server

    from trackio.version import __version__

    class Dashboard(Server):
        """Gradio's server with our routes and guards alone."""

        def keep_routes(self) -> None:
            """Remember what is ours: all there is so far."""
            self._ours = [id(route) for route in self.router.routes]

        def build_middleware_stack(self) -> ASGIApp:
            """Called once, before the first request."""
            self.router.routes[:] = [
                route for route in self.router.routes if id(route) in self._ours or _is_needed(route)
            ]
            # One of them would let pages of any site read what a browser here may.
            self.user_middleware = [one for one in self.user_middleware if not _is_gradios(one.cls)]
            return super().build_middleware_stack()

    return Dashboard(title="trackio", version=__version__, redoc_url=None)


def _is_needed(route: Any) -> bool:
    # Where routes are kept in a part of their own that has no path, `_Border` tells them apart.
    path = getattr(route, "path", None)
    return path is None or path == _STARTED_PATH or path.startswith(MCP_PATH)


def _is_gradios(middleware: Any) -> bool:
    return str(getattr(middleware, "__module__", "")).startswith("gradio.")


class _Border:
    """ASGI middleware: of gradio's own routes only two are there, and one of them is for those who may read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        status = _refusal(scope) if scope["type"] == "http" else None
        if status is None:
            await self._app(scope, receive, send)
            return
        words = "There is no such page." if status == 404 else "These tools need the server's read token."
        headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
        await send({"type": "http.response.start", "status": status, "headers": headers[: 1 + (status == 401)]})
        await send({"type": "http.response.body", "body": json.dumps({"error": words}).encode()})


def _refusal(scope: Scope) -> int | None:
    from fastapi import Request

    from trackio.server.access import is_reader
    from trackio.server.refusals import path_of

    path = path_of(scope)
    if not f"{path}/".startswith(_GRADIOS) or path == _STARTED_PATH:
        return None
    if path != MCP_PATH and not path.startswith(f"{MCP_PATH}/"):
        return 404
    return None if is_reader(Request(scope)) else 401
