"""Pages and files as HTTP answers: packed, checked against what the browser has, and under a strict policy."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, Response, StreamingResponse

from trackio.dashboard import missing, site, stored
from trackio.dashboard.desk import desk
from trackio.dashboard.missing import MissingPage
from trackio.dashboard.writing import written
from trackio.errors import NotFound, UnknownProject
from trackio.server.access import is_reader
from trackio.server.refusals import path_of

PACKED_BYTES = 1400
"""Answers that fit into one packet are not worth packing."""

FOREVER = "public, max-age=31536000, immutable"
"""For what has its content's hash in its name."""

_OURS = "private, max-age=31536000, immutable"
_ASK = "private, no-cache"

_FRAMED = "sandbox allow-scripts; frame-ancestors *"
"""For files that runs logged: what a page or a picture of theirs does, it does without our origin and cookie."""


def html(request: Request, body: bytes, status: int = 200) -> Response:
    """A page."""
    headers = {"Content-Security-Policy": site.policy()}
    return content(request, body, "text/html; charset=utf-8", status=status, headers=headers)


def content(
    request: Request, body: bytes, mime: str, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A body that the browser asks for anew each time, and is sent only when it differs."""
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    sent = {"Cache-Control": _ASK, "Vary": "Accept-Encoding, Cookie, Authorization", "ETag": tag, **(headers or {})}
    if status == 200 and tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=sent)
    if len(body) > PACKED_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=4, mtime=0)
        sent["Content-Encoding"] = "gzip"
    return Response(body, status, sent, mime)


def download(request: Request, body: bytes | Iterator[bytes], name: str) -> Response:
    """A file to be saved or shown."""
    mime = stored.mime(name)
    headers = {"Content-Security-Policy": _FRAMED}
    if name.endswith(".js"):
        # A page of another site could have its browser run it, and read what only this machine may.
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if isinstance(body, bytes):
        return content(request, body, mime, headers=headers)
    return StreamingResponse(body, media_type=mime, headers={"Cache-Control": _ASK, **headers})


def kept_file(request: Request, found: Path | bytes, name: str) -> Response:
    """A file whose name tells its content."""
    headers = {"Content-Security-Policy": _FRAMED}
    if isinstance(found, bytes):
        # What is made of a file may be made otherwise by another version.
        return content(request, found, stored.mime(name), headers=headers)
    return FileResponse(found, media_type=stored.mime(name), headers={"Cache-Control": _OURS, **headers})


def refused(request: Request) -> Response | None:
    """What those are answered who may not look; None for those who may."""
    if is_reader(request):
        return None
    return _closed(request, is_wrong=False)


def wrong_token(request: Request) -> Response:
    """The same for those whose token was not that of this server."""
    return _closed(request, is_wrong=True)


def not_found(request: Request, error: NotFound | None) -> Response:
    """The page in the place of one that is not there, with what may have been meant."""
    path, here = _path(request), desk(request)
    links = missing.near_projects(error.name, here.projects.urls(), path) if isinstance(error, UnknownProject) else ()
    return _missing(request, missing.not_found(error, path, here.site(), links), 404)


def failed(request: Request, error: Exception, status: int) -> Response:
    """The page in the place of one that cannot be made; where the data lies is nobody's business."""
    home = str(desk(request).projects.home.path)
    words = str(error).replace(f"{home}/", "").replace(home, "the server's folder")
    return _missing(request, missing.failed(words, _path(request), desk(request).site()), status)


def _closed(request: Request, *, is_wrong: bool) -> Response:
    asked = tuple(request.query_params.multi_items())
    return _missing(request, missing.closed(_path(request), desk(request).site(), asked, is_wrong=is_wrong), 401)


def _missing(request: Request, page: MissingPage, status: int) -> Response:
    return html(request, written(page), status)


def _path(request: Request) -> str:
    return path_of(request.scope).lstrip("/")
