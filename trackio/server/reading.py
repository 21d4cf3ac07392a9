"""``/api/read/<name>``: what read commands answer, in the same JSON as ``--json`` prints.

Each route takes what the command takes. What depends on one project alone has an ``ETag`` of the project's revision, so
that asking again for what has not changed costs a few bytes. Long answers are packed and sent as they are written.
"""

from __future__ import annotations

import inspect
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from trackio.documents import READS, Document, Parameter, Read, encode
from trackio.documents.schemas import schema
from trackio.documents.selecting import NothingYet, project_of
from trackio.errors import StoreError, UnknownProject, nearest
from trackio.server.access import Reader
from trackio.server.limits import Few
from trackio.server.refusals import Refused
from trackio.store.home import Home
from trackio.store.query import Limits
from trackio.version import __version__

PACKED_BYTES = 1400
"""Answers that fit into one packet are not worth packing."""

WHOLE_BYTES = 1 << 20
"""Answers up to this size are sent whole; longer ones are written while they are sent."""

LIMITS = Limits()
"""What one query may take of the server."""

_queries = Few(8)

router = APIRouter(prefix="/api/read", tags=["read"], dependencies=[Reader])


def answer(read: Read, request: Request, given: Mapping[str, Any]) -> Response:
    """What a read answers to a request."""
    _check_names(read, request)
    home: Home = request.app.state.homes
    asked = {name: value for name, value in given.items() if value is not None}
    with _discreet(home):
        tag = _tag(read, home, asked) if read.is_of_project else None
        if tag is not None and tag in _tags(request):
            return Response(status_code=304, headers=_headers(tag))
    return _response(request, encode(document(read, home, asked)), tag)


def document(read: Read, home: Home, asked: Mapping[str, Any]) -> Document:
    """What a read answers to whoever is not on this machine: it does not tell where the data lies."""
    with _discreet(home):
        if read.name != "query":
            return _hidden(read, home, read(home, **asked))
        with _queries.place():
            return _hidden(read, home, read(home, **asked, limits=LIMITS))


@contextmanager
def _discreet(home: Home) -> Iterator[None]:
    """Errors that tell nothing of where the data lies, which is nobody's business."""
    try:
        yield
    except UnknownProject as error:
        raise UnknownProject(error.name, error.known) from None
    except NothingYet as error:
        raise Refused(404, str(error).replace(f" in {home.path}", "")) from None
    except StoreError as error:
        raise StoreError(_without_home(str(error), home)) from None


def _response(request: Request, pieces: Iterator[bytes], tag: str | None) -> Response:
    first: list[bytes] = []
    size = 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > WHOLE_BYTES:
            break
    is_packed = size > PACKED_BYTES and "gzip" in request.headers.get("accept-encoding", "")
    headers = _headers(tag) | ({"Content-Encoding": "gzip"} if is_packed else {})
    written = chain(first, pieces)
    body = _packed(written) if is_packed else written
    if size > WHOLE_BYTES:
        return StreamingResponse(body, media_type="application/json", headers=headers)
    return Response(b"".join(body), media_type="application/json", headers=headers)


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    # Level 1 packs a hundred megabytes a second; 31 is a gzip header around the largest window.
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _headers(tag: str | None) -> dict[str, str]:
    # Kept by browsers to be asked for again, and by nobody in between.
    caching = {"Cache-Control": "no-store"} if tag is None else {"Cache-Control": "private, no-cache", "ETag": tag}
    return {**caching, "Vary": "Accept-Encoding"}


def _tag(read: Read, home: Home, asked: Mapping[str, Any]) -> str:
    """Changes whenever the answer may; read before the answer is, so that it is never too new."""
    store = home.project(project_of(home, asked.get("project")).name)
    store.catch_up()
    said = [__version__, read.name, store.name, store.revision(), *sorted(map(repr, asked.items()))]
    return f'W/"{sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'


def _tags(request: Request) -> set[str]:
    """What whoever asks has already."""
    return {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}


def _hidden(read: Read, home: Home, document: Document) -> Document:
    """The document without where the data lies on the server."""
    shown = {**document, "home": None} if read.name == "status" else document
    if errors := document.get("errors"):
        return {**shown, "errors": [{**one, "error": _without_home(one["error"], home)} for one in errors]}
    return shown


def _without_home(text: str, home: Home) -> str:
    return text.replace(f"{home.path}{os.sep}", "")


def _check_names(read: Read, request: Request) -> None:
    """Raise 400 for what no parameter is called: a filter that is misspelt must not let everything through."""
    known = [parameter.name for parameter in read.parameters]
    for name in request.query_params:
        if name not in known:
            near = nearest(name, known) or known
            raise Refused(400, f"There is no parameter {name!r} here; {_listed(near)}. See /docs of this server.")


def _listed(names: list[str]) -> str:
    return f"there is {', '.join(names)}" if names else "it takes none"


def _query(parameter: Parameter) -> inspect.Parameter:
    """A parameter as FastAPI reads it from a signature, for its checks and for OpenAPI."""
    kind: Any = Literal[parameter.choices] if parameter.choices else parameter.kind
    kind = list[kind] if parameter.is_many else kind
    about = Query(description=f"{parameter.help[0].upper()}{parameter.help[1:]}.")
    if parameter.is_required:
        return inspect.Parameter(parameter.name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[kind, about])
    return inspect.Parameter(
        parameter.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, about]
    )


def _add(read: Read) -> None:
    def endpoint(request: Request, **given: Any) -> Response:
        return answer(read, request, given)

    first = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    parameters = [first, *map(_query, read.parameters)]
    endpoint.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    found = {key: value for key, value in schema(read.schema).items() if key != "$schema"}
    router.add_api_route(
        f"/{read.name}",
        endpoint,
        name=read.name,
        summary=f"trackio {read.command}",
        description=read.summary,
        response_class=Response,
        responses={200: {"description": found["description"], "content": {"application/json": {"schema": found}}}},
    )


for _read in READS.values():
    _add(_read)
