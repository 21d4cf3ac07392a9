"""``/docs``: the routes of the API as a plain page, which asks nothing of any other site."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

PATH = "/docs"
_THEIRS = ("/docs", "/docs/oauth2-redirect", "/redoc")
"""Where FastAPI puts pages whose scripts come from elsewhere."""


def install(app: FastAPI) -> None:
    """Put the page in the place of FastAPI's own."""
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", None) not in _THEIRS]
    app.include_router(router)


@router.get(PATH)
def routes(request: Request) -> HTMLResponse:
    """Every route with its parameters and what it does, as ``/openapi.json`` has them for programs."""
    found = request.app.openapi()
    parts = [_route(method, path, what) for path, methods in found["paths"].items() for method, what in methods.items()]
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>API of trackio</title>'
        '<h1>API</h1><p>For programs: <a href="openapi.json">openapi.json</a>.</p>'
    )
    return HTMLResponse(page + "".join(parts))


def _route(method: str, path: str, what: dict[str, object]) -> str:
    given = what.get("parameters")
    parameters = "".join(_parameter(one) for one in given) if isinstance(given, list) else ""
    text = "".join(f"<p>{escape(part)}</p>" for part in str(what.get("description", "")).split("\n\n") if part.strip())
    listed = f"<ul>{parameters}</ul>" if parameters else ""
    return f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2>{text}{listed}"


def _parameter(one: dict[str, object]) -> str:
    needed = "" if one.get("required") else " (may be left out)"
    words = f": {escape(str(one['description']))}" if one.get("description") else ""
    return f"<li><code>{escape(str(one.get('name')))}</code>{needed}{words}</li>"
