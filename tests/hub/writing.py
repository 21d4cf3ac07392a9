"""How files get into a repository: ``preupload`` and ``commit``, and large ones through LFS.

A commit is lines of JSON: ``header`` (with ``parentCommit``), ``file``, ``lfsFile``, ``deletedFile`` and
``deletedFolder``; it happens as a whole or not at all. LFS is ``objects/batch`` with the transfers ``basic`` and, for
files of at least ``hub.multipart_bytes``, ``multipart``, and ``verify`` after either.
"""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from re import Match
from typing import TYPE_CHECKING, Any

from .answers import Answer, Refused, Request, Route
from .discussions import pull
from .reading import REPO, REVISION
from .repos import is_large

if TYPE_CHECKING:
    from .emulator import Hub

BATCH = r"/(datasets/|spaces/)?([^/]+/[^/]+)\.git/info/lfs/objects/(batch|verify)"


def preupload(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo = hub.repo(found[1], found[2], request)
    hub.check_writer(repo, request, is_pull="create_pr" in request.query)
    branch = repo.at(found[3])[1]
    asked = request.json["files"]
    if len(asked) > 256:
        raise Refused(413, "too many files")
    return {
        "files": [
            {
                "path": one["path"],
                "uploadMode": "lfs" if is_large(one["path"], one["size"]) else "regular",
                "shouldIgnore": False,
                "oid": branch.oid(one["path"]),
            }
            for one in asked
        ]
    }


def commit(hub: Hub, request: Request, found: Match[str]) -> Any:
    repo, revision = hub.repo(found[1], found[2], request), found[3]
    is_pull = "create_pr" in request.query
    hub.check_writer(repo, request, is_pull=is_pull)
    if len(request.body) > hub.commit_bytes:
        raise Refused(413, "Payload too large: the files of a commit that are not LFS have to be smaller.")
    lines = [json.loads(line) for line in request.body.splitlines()]
    header = next(line["value"] for line in lines if line["key"] == "header")
    oid, branch = repo.at(revision)
    parent = header.get("parentCommit")
    if parent is not None and is_pull:
        branch = repo.at(parent)[1]
    elif parent not in (None, oid):
        raise Refused(412, "A commit has happened since. Please refresh and try again.")
    files = dict(branch.files)
    for line in lines:
        _change(hub, files, line["key"], line["value"])
    if is_pull:
        revision = pull(repo, header["summary"], header.get("description", ""), request.user, branch.files)
    repo.branches[revision].files = files
    repo.branches[revision].description = header.get("description", "")
    oid = repo.commit(header["summary"], {}, revision)
    answer = {"success": True, "commitUrl": f"{hub.page(repo)}/commit/{oid}", "commitOid": oid}
    if is_pull:
        answer["pullRequestUrl"] = f"{hub.page(repo)}/discussions/{revision.rpartition('/')[2]}"
    return answer


def large(hub: Hub, request: Request, found: Match[str]) -> Any:
    _ = request.writer
    if found[3] == "verify":
        if request.json["oid"] not in hub.blobs:
            raise Refused(404, "There is no such object.")
        return {}
    return {"transfer": "basic", "objects": [_place(hub, found, **one) for one in request.json["objects"]]}


def upload(hub: Hub, request: Request, found: Match[str]) -> Any:
    oid, part = found[1], found[2]
    if part is not None:
        hub.parts.setdefault(oid, {})[int(part[1:])] = request.body
        return Answer(b"", {"ETag": f'"{sha256(request.body).hexdigest()}"'})
    if sha256(request.body).hexdigest() != oid:
        raise Refused(400, "The content is not what its digest says.")
    hub.blobs[oid] = request.body
    return {}


def complete(hub: Hub, request: Request, found: Match[str]) -> Any:
    parts = hub.parts.pop(found[1], {})
    content = b"".join(parts[one["partNumber"]] for one in request.json["parts"])
    if sha256(content).hexdigest() != found[1]:
        raise Refused(400, "The parts do not make up the file.")
    hub.blobs[found[1]] = content
    return {}


def _change(hub: Hub, files: dict[str, bytes], key: str, value: dict[str, Any]) -> None:
    path = value.get("path", "")
    if key == "file":
        files[path] = base64.b64decode(value["content"])
    elif key == "lfsFile":
        if value["oid"] not in hub.blobs:
            raise Refused(400, f"The LFS file {path} was not uploaded.")
        files[path] = hub.blobs[value["oid"]]
    elif key == "deletedFile":
        if files.pop(path, None) is None:
            raise Refused(404, "A file with this name doesn't exist", "EntryNotFound")
    elif key == "deletedFolder":
        for name in [name for name in files if name.startswith(f"{path.rstrip('/')}/")]:
            del files[name]


def _place(hub: Hub, found: Match[str], oid: str, size: int) -> Any:
    """Where a large file goes; nowhere when it is there."""
    there: dict[str, Any] = {"oid": oid, "size": size}
    if size > hub.file_bytes:
        message = f"File is too large: the limit is {hub.file_bytes} bytes."
        return {**there, "error": {"code": 422, "message": message}}
    if oid in hub.blobs:
        return there
    verify = {"href": f"{hub.endpoint}/{found[1] or ''}{found[2]}.git/info/lfs/objects/verify"}
    href = f"{hub.endpoint}/upload/{oid}"
    if size < hub.multipart_bytes:
        return {**there, "actions": {"upload": {"href": href}, "verify": verify}}
    count = -(-size // hub.part_bytes)
    header = {str(number): f"{href}/{number}" for number in range(1, count + 1)}
    whole = {"href": f"{hub.endpoint}/complete/{oid}", "header": {"chunk_size": str(hub.part_bytes), **header}}
    return {**there, "actions": {"upload": whole, "verify": verify}}


ROUTES: list[Route] = [
    ("POST", f"{REPO}/preupload/{REVISION}", preupload),
    ("POST", f"{REPO}/commit/{REVISION}", commit),
    ("POST", BATCH, large),
    ("PUT", r"/upload/([0-9a-f]+)(/\d+)?", upload),
    ("POST", "/complete/([0-9a-f]+)", complete),
]
