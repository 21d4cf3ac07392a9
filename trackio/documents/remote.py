"""Documents and files from a server: what ``--server URL`` gives to commands."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import quote, unquote, urlsplit

from trackio import settings
from trackio.artifacts.downloads import Downloads
from trackio.artifacts.manifest import Entry, Manifest
from trackio.artifacts.names import Address
from trackio.documents.encoding import Document, dumps
from trackio.documents.read import Read
from trackio.documents.reads import READS
from trackio.documents.schemas import schema
from trackio.errors import ServerBusy, StoreError, TrackioError, TransportError, UsageError
from trackio.references import FILE_NAME
from trackio.remote import place
from trackio.remote.stages import is_private
from trackio.transport import Backoff

if TYPE_CHECKING:
    from trackio.remote.place import Place
    from trackio.transport import Answer

ENVIRONMENT = "env"
"""Names the server that runs are logged to by default. Reading from it unasked would surprise: so it is asked for."""

_SPACE_PAGE = re.compile(r"https?://(?:huggingface\.co|hf\.co)/spaces/")

_TOKEN = re.compile(r"[?&](?:read_|write_)?token=([^&#]+)")
"""In an address."""

TRIES = 4
"""How often a server that is busy is asked."""

LONGEST_WAIT_SECONDS = 30.0
"""More than this is for whoever asks to wait."""

_WRONG = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})
"""What the server says of these is what a command here would have said."""


class Server:
    """The home of another machine, by the server there."""

    def __init__(self, where: Place) -> None:
        self.address = where.url
        if where.space_id is not None and is_private(where.space_id):
            where = replace(where, is_hidden=True)
        self._transport = where.transport()

    @classmethod
    def named(cls, name: str, token: str | None = None) -> Server:
        """The server at an address, in a Space (``owner/name`` or its page), or, as ``env``, that of the environment.

        A token in the address stands over ``token``, and that over the one of the environment. Raises UsageError.
        """
        if in_address := _TOKEN.search(name):
            token = unquote(in_address[1])
        token = token or settings.text("TRACKIO_READ_TOKEN", "TRACKIO_WRITE_TOKEN")
        if name == ENVIRONMENT:
            found = place.chosen(settings.said("server_url"), settings.said("space_id"), token)
            if found is None:
                raise UsageError("--server env needs TRACKIO_SERVER_URL or TRACKIO_SPACE_ID to be set.")
            return cls(found)
        space = place.space(_SPACE_PAGE.sub("", name.partition("?")[0]).strip("/"), token)
        return cls(space or place.at(name, token))

    def document(self, read: Read, parameters: Mapping[str, Any]) -> Document:
        """What a read answers; raises the errors that it has here, and those of the way there."""
        body = BytesIO()
        self.write(read, parameters, body)
        try:
            # Unlike faster readers, this one takes integers of any size, and texts that are no valid Unicode.
            found = json.loads(body.getvalue())
        except ValueError:
            raise _stranger(self._transport.server) from None
        missing = [name for name in schema(read.schema).get("required", ()) if name not in found]
        if missing:
            raise TransportError(
                self._transport.server, f"the answer lacks {missing[0]!r}; trackio there may be older than here"
            )
        return cast("Document", found)

    def write(self, read: Read, parameters: Mapping[str, Any], target: BinaryIO, *, indent: bool = False) -> None:
        """Write the same as JSON, in the bytes that the server sends unless they are to be indented."""
        if indent:
            target.write(dumps(self.document(read, parameters), indent=True))
            return
        wrapped = _Checked(target, self._transport.server)
        query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in parameters.items()}
        try:
            self._asked(f"api/read/{read.name}", query, cast("BinaryIO", wrapped))
        except _Closed as closed:
            raise closed.error from None
        if not wrapped.has_begun:
            raise _stranger(self._transport.server)

    def files(self, project: str) -> RemoteFiles:
        """The files of a project."""
        return RemoteFiles(self, project)

    def artifact(self, document: Document) -> Downloads:
        """The version that a document of ``artifact`` is of, to be downloaded."""
        return RemoteArtifact(self, document)

    def copy(self, project: str, name: str, target: BinaryIO) -> None:
        """Write the bytes of a stored file."""
        self._asked(f"api/files/{quote(name)}", {"project": project}, target)

    def delete(self, project: str, run_id: str | None, *, is_forced: bool = False) -> None:
        """Delete a run by its id, or without one the project; what is running only by force. Needs the write token."""
        path = f"projects/{quote(project, safe='')}" if run_id is None else f"runs/{quote(run_id, safe='')}"
        query = {"project": None if run_id is None else project, "force": "1" if is_forced else None}
        self._asked(f"api/{path}", query, BytesIO(), "DELETE")

    def _asked(self, path: str, query: Mapping[str, Any], target: BinaryIO, method: str = "GET") -> None:
        headers = {"Accept": "application/json, */*;q=0.5", "Accept-Encoding": "gzip"}
        backoff = Backoff()
        while True:
            try:
                answer = self._transport.request(
                    method, path, query=query, headers=headers, expected=_WRONG, into=target
                )
                break
            except ServerBusy as busy:
                wait_seconds = backoff.failed(busy.retry_after_seconds)
                if backoff.failures == TRIES or wait_seconds > LONGEST_WAIT_SECONDS:
                    raise
                time.sleep(wait_seconds)
        if answer.status in _WRONG:
            raise _said(answer)


class RemoteFiles:
    """The files of a project on a server."""

    def __init__(self, server: Server, project: str) -> None:
        self._server, self._project = server, project

    def copy_to(self, name: str, target: Path) -> None:
        """Copy a file out, checked on the way; raises StoreError, then nothing is left at ``target``."""
        if not FILE_NAME.fullmatch(name):
            raise StoreError(f"{name!r} is no name of a stored file.")
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.{os.urandom(6).hex()}.part")
        try:
            with draft.open("wb") as written:
                self._server.copy(self._project, name, written)
            with draft.open("rb") as file:
                digest = sha256()
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
            if digest.hexdigest() != name[:64]:
                raise StoreError(f"What {self._server.address} sent of {name} does not have the SHA-256 in its name.")
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


class RemoteArtifact(Downloads):
    """A version that is on a server."""

    def __init__(self, server: Server, document: Document) -> None:
        listed = {
            entry["path"]: {key: entry[key] for key in ("digest", "size", "file", "ref", "extra")}
            for entry in document["files"]
        }
        # Read as those in the store are: no path leads out of the folder, no file has another's name.
        manifest = Manifest.decode(dumps({"trackio_manifest": 1, "entries": listed}))
        super().__init__(f"{document['name']}:{document['version']}", manifest)
        self._server, self._project = server, str(document["project"])

    def _fetch_one(self, entry: Entry, target: Path) -> None:
        if entry.ref is not None and urlsplit(entry.ref).scheme == "file":
            raise StoreError(
                f"{entry.path!r} refers to a file on the server's machine, {entry.ref}; get it from there."
            )
        super()._fetch_one(entry, target)

    def _blobs(self) -> RemoteFiles:
        return self._server.files(self._project)

    def _sibling(self, address: Address) -> Downloads:
        name = f"{address.project}/{address.name}:{address.alias}"
        asked = {"name": name, "project": self._project}
        return RemoteArtifact(self._server, self._server.document(READS["artifact"], asked))


class _Closed(Exception):
    """Whoever reads our output has gone: no fault of the server's."""

    def __init__(self, error: BrokenPipeError) -> None:
        self.error = error
        super().__init__()


class _Checked:
    """Passes on what begins as a JSON object does."""

    def __init__(self, target: BinaryIO, server: str) -> None:
        self._target, self._server = target, server
        self.has_begun = False

    def write(self, chunk: bytes) -> int:
        """Pass it on."""
        if chunk and not self.has_begun:
            if not chunk.startswith(b"{"):
                raise _stranger(self._server)
            self.has_begun = True
        try:
            return self._target.write(chunk)
        except BrokenPipeError as error:
            raise _Closed(error) from None


def _said(answer: Answer) -> TrackioError:
    """The error that the server tells, as it is told here."""
    found = answer.json()
    said = found.get("error") if isinstance(found, dict) else None
    if not isinstance(said, str):
        return _stranger(answer.server)
    return UsageError(said) if answer.status == HTTPStatus.BAD_REQUEST else TrackioError(said)


def _stranger(server: str) -> TransportError:
    return TransportError(server, "the answer is not what a trackio server says; is one at this address?")
