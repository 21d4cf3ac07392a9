"""References: what lies at an address, by its digest, and how it is fetched from there."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import Request, url2pathname, urlopen

from trackio.artifacts.manifest import SCHEME, Entry
from trackio.errors import ArtifactMismatch, InvalidArtifact, MissingExtra, StoreError
from trackio.messages import logger
from trackio.store.blobs import CHUNK_BYTES, sha256
from trackio.version import __version__

if TYPE_CHECKING:
    from email.message import Message

MOST_OBJECTS = 10_000_000
TIMEOUT_SECONDS = 60.0

_WEB = ("http", "https")


def references(uri: str, name: str | None, *, checksum: bool, max_objects: int | None) -> list[Entry]:
    """The entries for what lies at an address: one, or one for each file below a folder.

    With ``checksum`` their digests are those of the content, read when they are first needed. Raises InvalidArtifact
    when there is nothing at the address. An address that nothing here can read is kept as it is, and that is told.
    """
    scheme = urlsplit(uri).scheme
    if not scheme:
        raise InvalidArtifact(
            f"{uri!r} is no address. To refer to a local file, write {Path(uri).absolute().as_uri()}."
        )
    if scheme == "file":
        return list(_local(uri, name, checksum, max_objects or MOST_OBJECTS))
    if scheme in _WEB:
        return [_web(uri, name or _last_part(uri), checksum)]
    if not checksum:
        return [_plain(uri, name)]
    try:
        return list(_remote(uri, name, max_objects or MOST_OBJECTS))
    except InvalidArtifact:
        raise
    except Exception as error:  # noqa: BLE001 - each of many file systems has errors of its own
        logger().warning(
            "%s is kept as an address only, without a digest, as it could not be looked at: %s", uri, error
        )
        return [_plain(uri, name)]


def fetch(entry: Entry, target: Path) -> bool:
    """Copy what a reference leads to; False when nothing here can read such addresses.

    Raises ArtifactMismatch when it is not what it was, and OSError or StoreError when it cannot be had. Nothing is left
    at ``target`` then.
    """
    uri = entry.ref_target()
    scheme = urlsplit(uri).scheme
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.urandom(6).hex()}.part")
    try:
        with draft.open("wb") as written:
            found = _copy(entry, uri, scheme, written)
        if found is None:
            return False
        _check(entry, uri, draft, found)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return True


def _copy(entry: Entry, uri: str, scheme: str, written: IO[bytes]) -> dict[str, Any] | None:
    """Copy the bytes; gives what the holder says of them, None when there is no way to them."""
    if scheme == "file":
        try:
            with _local_path(uri).open("rb") as read:
                shutil.copyfileobj(read, written, CHUNK_BYTES)
        except FileNotFoundError:
            raise StoreError(f"{uri}, which {entry.path!r} refers to, is gone.") from None
        return {}
    if scheme in _WEB:
        with closing(_opened(uri)) as answer:
            shutil.copyfileobj(answer, written, CHUNK_BYTES)
            return _told(answer.headers)
    if scheme == SCHEME:
        return None
    try:
        files, path = _file_system(uri)
    except (MissingExtra, ImportError, ValueError):
        return None
    with files.open(path, "rb") as read:
        shutil.copyfileobj(read, written, CHUNK_BYTES)
    return _remote_told(files.info(path))


def _check(entry: Entry, uri: str, path: Path, found: dict[str, Any]) -> None:
    if entry.is_verifiable:
        is_right = sha256(path) == entry.digest
    else:
        is_right = all(found.get(key, value) == value for key, value in entry.extra.items() if key == "etag")
        is_right = is_right and entry.size in (None, path.stat().st_size)
    if not is_right:
        raise ArtifactMismatch(f"{uri} has changed: it is no longer what {entry.path!r} refers to.")


def _local(uri: str, name: str | None, checksum: bool, most: int) -> Iterator[Entry]:
    path = _local_path(uri)
    if path.is_file():
        yield _local_entry(name or path.name, path, uri, checksum)
        return
    if not path.is_dir():
        raise InvalidArtifact(f"There is no file or folder at {path}.")
    for before, file in enumerate(walk(path)):
        if before == most:
            raise InvalidArtifact(f"{path} has more than {most} files. Pass max_objects to refer to more.")
        inside = file.relative_to(path).as_posix()
        at = f"{uri.rstrip('/')}/{quote(inside)}"
        yield _local_entry(f"{name}/{inside}" if name else inside, file, at, checksum)


def _local_entry(name: str, path: Path, uri: str, checksum: bool) -> Entry:
    size = path.stat().st_size
    if not checksum:
        return Entry(name, ref=uri, digest=uri, size=size)
    return Entry(name, ref=uri, digested=lambda: sha256(path), size=size)


def walk(folder: Path) -> Iterator[Path]:
    """The files below a folder in a steady order; links are followed, but never in a circle."""
    seen = {os.path.realpath(folder)}
    for around, folders, names in os.walk(folder, followlinks=True):
        inside = {name: os.path.realpath(Path(around, name)) for name in sorted(folders)}
        folders[:] = [name for name, real in inside.items() if real not in seen]
        seen.update(inside.values())
        for name in sorted(names):
            path = Path(around, name)
            if path.is_file():
                yield path
            elif path.is_symlink():
                raise InvalidArtifact(f"{path} is a link to a file that does not exist.")


def _local_path(uri: str) -> Path:
    return Path(url2pathname(urlsplit(uri).path))


def _web(uri: str, name: str, checksum: bool) -> Entry:
    try:
        with closing(_opened(uri, method="GET" if checksum else "HEAD")) as answer:
            told = _told(answer.headers)
    except (OSError, StoreError) as error:
        if checksum:
            raise InvalidArtifact(f"{uri} cannot be read: {error}") from error
        return _plain(uri, name)
    size, etag = told.pop("size"), told.get("etag")
    if checksum:
        return Entry(name, ref=uri, size=size, extra=told, digested=lambda: _web_digest(uri))
    return Entry(name, ref=uri, size=size, extra=told, digest=f"etag:{etag}" if etag else uri)


def _opened(uri: str, method: str = "GET") -> Any:
    request = Request(uri, method=method, headers={"User-Agent": f"trackio/{__version__}"})  # noqa: S310 - http alone
    try:
        return urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310 - likewise
    except HTTPError as error:
        with error:
            raise StoreError(f"the server answers {error.code} {error.reason}") from None


def _told(headers: Message) -> dict[str, Any]:
    length, etag = headers.get("Content-Length", ""), headers.get("ETag")
    return {"size": int(length) if length.isdecimal() else None, **({"etag": etag} if etag else {})}


def _web_digest(uri: str) -> str:
    with closing(_opened(uri)) as answer:
        return _digest_of(answer.read)


def _remote(uri: str, name: str | None, most: int) -> Iterator[Entry]:
    """Through fsspec, which speaks to S3, Google Cloud, Azure and many others."""
    files, path = _file_system(uri)
    if files.isfile(path):
        yield _remote_entry(files, path, uri, name or _last_part(uri))
        return
    found = files.find(path, detail=True)
    if not found:
        raise InvalidArtifact(f"There is nothing at {uri}.")
    if len(found) > most:
        raise InvalidArtifact(f"{uri} has more than {most} objects. Pass max_objects to refer to more.")
    for one in sorted(found):
        inside = one[len(path.rstrip("/")) :].lstrip("/")
        yield _remote_entry(files, one, f"{uri.rstrip('/')}/{inside}", f"{name}/{inside}" if name else inside)


def _remote_entry(files: Any, path: str, uri: str, name: str) -> Entry:
    told = _remote_told(files.info(path))
    size, etag = told.pop("size"), told.get("etag")
    if etag:
        return Entry(name, ref=uri, size=size, extra=told, digest=f"etag:{etag}")

    def digested() -> str:
        with files.open(path, "rb") as read:
            return _digest_of(read.read)

    return Entry(name, ref=uri, size=size, extra=told, digested=digested)


def _remote_told(info: dict[str, Any]) -> dict[str, Any]:
    etag = next((str(info[key]) for key in ("ETag", "etag", "md5Hash") if info.get(key)), None)
    version = next((str(info[key]) for key in ("VersionId", "generation") if info.get(key)), None)
    return {"size": info.get("size"), **({"etag": etag} if etag else {}), **({"version": version} if version else {})}


def _file_system(uri: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise MissingExtra("fsspec", "remote") from None
    files, path = url_to_fs(uri)
    return files, str(path)


def _digest_of(read: Callable[[int], bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _plain(uri: str, name: str | None) -> Entry:
    return Entry(name or _last_part(uri), ref=uri, digest=uri)


def _last_part(uri: str) -> str:
    parts = urlsplit(uri)
    return unquote(parts.path.rstrip("/").rpartition("/")[2]) or parts.netloc or parts.scheme
