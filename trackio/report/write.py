"""The folder a report is written to: the one object through which all side effects go.

It belongs to us when it was empty, or when our cache file or manifest lies in it. Files are replaced atomically and
only when their bytes differ; only files that a build of ours named are ever removed or replaced.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from trackio.errors import ReportError
from trackio.report import cache as caches
from trackio.report.cache import Cache
from trackio.report.snapshots import entry
from trackio.report.urls import MANIFEST

LOCK = ".trackio-report.lock"
PATIENCE_SECONDS = 600.0
_CHUNK = 1 << 20


class Folder(AbstractContextManager["Folder"]):
    """A folder opened for one build; a second build into it waits until the first is done."""

    def __init__(self, path: Path, *, on_wait: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self.before = Cache()
        """What the last build left."""
        self.written = 0
        """How many files this build changed."""
        self.removed = 0
        self.has_waited = False
        """Whether another build held the folder, and the data may have grown meanwhile."""
        self._lock = FileLock(path / LOCK)
        self._on_wait = on_wait
        self._ours: set[str] = set()
        self._announced: set[str] = set()
        self._is_cached = False
        self._folders: set[str] = {"."}

    def __enter__(self) -> Folder:  # noqa: PYI034 - Self is not in Python 3.10
        _refuse_foreign(self.path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._acquire()
        except OSError as error:
            raise ReportError(
                f"{self.path} cannot be written ({error.strerror or error}). Name another folder with --output."
            ) from error
        try:
            # Another build may have filled the folder while this one waited.
            _refuse_foreign(self.path)
            self._read()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def is_intact(self, page: str) -> bool:
        """Whether every file of a page lies as the last build left it, by its size."""
        try:
            return all((self.path / name).stat().st_size == size for name, size in self.before.files[page].items())
        except (OSError, KeyError):
            return False

    def is_there(self, name: str, size: int) -> bool:
        """Whether a file lies in its place, by its size."""
        try:
            return (self.path / name).stat().st_size == size
        except OSError:
            return False

    def announce(self, names: Iterable[str]) -> None:
        """Say what will be written, before anything is: a build that is cut short still knows its own files."""
        new = {name for name in names if name not in self._ours}
        if self._is_cached:
            for name in sorted(new):
                if (self.path / name).exists():
                    raise ReportError(
                        f"{self.path / name} was not written by trackio and stands where the report needs a file. "
                        "Move it away, or name another folder with --output."
                    )
        if new:
            self._ours |= new
            self._announced |= new
            files = {**self.before.files, "?": dict.fromkeys(self._announced, -1)}
            self._save(Cache({**self.before.keys, "?": ""}, files, self.before.digests))

    def write(self, name: str, data: bytes) -> int:
        """Put a file in its place, whole or not at all; one with the same bytes is left alone. Returns the size."""
        if name not in self._ours:
            raise ValueError(f"{name} was not announced")
        target = self.path / name
        try:
            self._make_folder(target.parent)
            if not _has_bytes(target, data):
                replace_file(target, data)
                self.written += 1
        except OSError as error:
            raise ReportError(
                f"{target} could not be written ({error.strerror or error}). What was there before is untouched; "
                "make room or name another folder with --output, and run the report again."
            ) from error
        return len(data)

    def sweep(self, folder: str, leftover: re.Pattern[str]) -> None:
        """Remove what a copy that was cut short left in a folder of ours."""
        for path in (self.path / folder).glob("*"):
            if leftover.fullmatch(path.name) and path.resolve().is_relative_to(self.path.resolve()):
                path.unlink(missing_ok=True)

    def put(self, name: str, copy: Callable[[Path], None]) -> int:
        """Have a file put in its place by ``copy``, whole or not at all, and not through memory. Returns the size."""
        if name not in self._ours:
            raise ValueError(f"{name} was not announced")
        target = self.path / name
        try:
            self._make_folder(target.parent)
            copy(target)
            self.written += 1
            return target.stat().st_size
        except OSError as error:
            raise ReportError(
                f"{target} could not be written ({error.strerror or error}). Make room or name another folder with "
                "--output, and run the report again."
            ) from error

    def finish(
        self,
        keys: Mapping[str, str],
        files: Mapping[str, Mapping[str, int]],
        digests: Mapping[str, str] | None = None,
    ) -> None:
        """Remove what only an earlier build needed, and remember this one."""
        cache = Cache(dict(keys), {page: dict(sizes) for page, sizes in files.items()}, dict(digests or {}))
        kept = cache.names
        for name in sorted(self._ours - kept):
            self._remove(name)
        self._save(cache)
        self.before, self._ours, self._is_cached = cache, set(kept), True
        self._announced = set()

    def _acquire(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self.has_waited = True
            self._on_wait()
            try:
                self._lock.acquire(timeout=PATIENCE_SECONDS)
            except Timeout:
                raise ReportError(
                    f"Another report has been writing to {self.path} for ten minutes. "
                    "Wait for it, or name another folder with --output."
                ) from None

    def _read(self) -> None:
        cache = _load(self.path)
        if cache is not None:
            self.before, self._is_cached = cache, True
            self._ours = cache.names
        else:
            self._ours = _named_by_manifest(self.path)

    def _save(self, cache: Cache) -> None:
        data = caches.encode(cache)
        if not _has_bytes(self.path / caches.NAME, data):
            replace_file(self.path / caches.NAME, data)

    def _make_folder(self, folder: Path) -> None:
        name = str(folder.relative_to(self.path))
        if name in self._folders:
            return
        folder.mkdir(parents=True, exist_ok=True)
        # A link in our folder could lead writes into someone else's.
        if not folder.resolve().is_relative_to(self.path.resolve()):
            raise ReportError(f"{folder} is a link that leads out of the report. Remove the link and try again.")
        self._folders.add(name)

    def _remove(self, name: str) -> None:
        target = self.path / name
        if not target.parent.resolve().is_relative_to(self.path.resolve()):
            return
        try:
            target.unlink()
            self.removed += 1
        except FileNotFoundError:
            pass
        for folder in target.parents:
            if folder == self.path:
                break
            try:
                folder.rmdir()
            except OSError:
                # Not empty: ours or someone else's files remain.
                break


def _refuse_foreign(path: Path) -> None:
    entry.refuse(path)
    if not os.path.lexists(path):
        return
    if not path.is_dir():
        raise ReportError(f"{path} is no folder. Name another place with --output.")
    names = {one.name for one in path.iterdir()} - {LOCK, f".{caches.NAME}.part"}
    if names and _load(path) is None and not _is_manifest(path):
        raise ReportError(
            f"{path} holds files that trackio did not write ({', '.join(sorted(names)[:3])}"
            f"{', ...' if len(names) > 3 else ''}). Name an empty or new folder with --output; nothing was changed."
        )


def _load(path: Path) -> Cache | None:
    try:
        return caches.decode((path / caches.NAME).read_bytes())
    except OSError:
        return None


def _manifest(path: Path) -> dict[str, object] | None:
    try:
        document = json.loads((path / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) and "trackio_report" in document else None


def _is_manifest(path: Path) -> bool:
    return _manifest(path) is not None


def _named_by_manifest(path: Path) -> set[str]:
    """The files that a manifest tells of; only plain relative names that stay in the folder."""
    found: set[str] = set()

    def visit(value: object, name: str) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                visit(item, str(key))
        elif isinstance(value, list):
            for item in value:
                visit(item, name)
        elif isinstance(value, str) and name in ("path", "html", "svg", "png", "csv", "spec", "card"):
            parts = Path(value).parts
            if parts and ".." not in parts and not Path(value).is_absolute():
                found.add(value)

    document = _manifest(path) or {}
    visit([document.get("projects"), document.get("reports")], "")
    return found


def _has_bytes(path: Path, data: bytes) -> bool:
    try:
        if path.is_symlink() or path.stat().st_size != len(data):
            return False
        with path.open("rb") as file:
            for start in range(0, len(data), _CHUNK):
                if file.read(_CHUNK) != data[start : start + _CHUNK]:
                    return False
        return True
    except OSError:
        return False


def replace_file(target: Path, data: bytes) -> None:
    """Write beside the target and move over it: a reader sees the old bytes or the new ones, never half."""
    # The folder's lock makes this its only writer, so one fixed name will do, and a killed build's leftover is reused.
    temporary = target.with_name(f".{target.name[:80]}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            # People know the file by its own name.
            error.filename, error.filename2 = str(target), None
        raise
