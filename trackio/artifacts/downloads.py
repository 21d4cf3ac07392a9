"""What an artifact holds, brought out of the store: whole or not at all, and checked on the way."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from trackio import settings
from trackio.artifacts import objects, uris
from trackio.artifacts.contents import Contents, StrPath
from trackio.artifacts.manifest import SCHEME, Entry
from trackio.artifacts.names import Address, valid_path
from trackio.errors import ArtifactMismatch, InvalidArtifact, NotFound, StoreError
from trackio.messages import logger
from trackio.store.blobs import sha256

WORKERS = min(8, os.cpu_count() or 1)


class Keeper(Protocol):
    """Where files are kept by the names of their content."""

    def copy_to(self, name: str, target: Path) -> None:
        """Copy a file out, checked on the way; raises an error when it cannot be had, and leaves nothing then."""


class Downloads(Contents):
    """An artifact whose files can be had: those of a version from the store, those of a draft from where they are."""

    def get_entry(self, name: StrPath) -> Entry:
        """The entry at a path, or of the object of that name; raises KeyError when there is none."""
        text = valid_path(name)
        for path in (text, *objects.names(text)):
            entry = self.entries.get(path)
            if entry is not None:
                return entry.belongs_to(self)  # type: ignore[arg-type]
        raise KeyError(f"{text!r} is not in artifact {self._label!r}.")

    def get_path(self, name: StrPath) -> Entry:
        """Likewise, by wandb's older name."""
        return self.get_entry(name)

    def get(self, name: str) -> Any:
        """The table, image or other medium that was added under a name; None when there is none."""
        path = next((path for path in objects.names(valid_path(name)) if path in self.entries), None)
        if path is None:
            return None
        held = json.loads(Path(self.download_entry(self.entries[path])).read_bytes())

        def file(inside: str) -> Path:
            return Path(self.download_entry(self.get_entry(f"{objects.FOLDER}/{inside}")))

        return objects.load(held, file)

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __setitem__(self, name: str, item: Any) -> None:
        self.add(item, name)

    def files(
        self,
        names: Sequence[str] | None = None,
        per_page: int = 50,  # noqa: ARG002 - wandb's
        start: str | None = None,  # noqa: ARG002 - wandb's
    ) -> list[Entry]:
        """The entries, those of these paths or all, sorted by path; each has ``path``, ``size`` and ``download()``."""
        wanted = None if names is None else set(names)
        return [
            self.entries[path].belongs_to(self)  # type: ignore[arg-type]
            for path in sorted(self.entries)
            if wanted is None or path in wanted
        ]

    def download(
        self,
        root: StrPath | None = None,
        allow_missing_references: bool = False,
        skip_cache: bool | None = None,  # noqa: ARG002 - wandb's; there is no cache between the store and the folder
        path_prefix: StrPath | None = None,
        multipart: bool | None = None,  # noqa: ARG002 - wandb's
    ) -> str:
        """Put every file into a folder, ``./artifacts/<name>:<version>/`` unless one is given, and return its path.

        Every file is checked against its digest and moved into place whole; one that is right already is left. Files
        beside them stay. References are fetched too. ``path_prefix`` chooses those whose path begins so. Raises
        StoreError for a file that is damaged or gone, ArtifactMismatch for a reference that has changed.
        """
        folder = Path(root or self._default_root())
        folder.mkdir(parents=True, exist_ok=True)
        prefix = "" if path_prefix is None else os.fspath(path_prefix)
        wanted = [entry for path, entry in self.entries.items() if path.startswith(prefix)]
        self._fetch(wanted, folder, allow_missing_references)
        return str(folder)

    def download_entry(self, entry: Entry, root: StrPath | None = None) -> str:
        """Put one file under a folder, and return its path."""
        folder = Path(root or self._default_root())
        self._fetch([entry], folder, False)
        return str(folder / entry.path)

    def checkout(self, root: StrPath | None = None) -> str:
        """Make a folder, ``./artifacts/<name>/`` unless one is given, hold just these files: all others are removed."""
        folder = Path(root or self._default_root(with_version=False))
        for path in _below(folder):
            if path.relative_to(folder).as_posix() not in self.entries:
                path.unlink()
        return self.download(folder)

    def verify(self, root: StrPath | None = None) -> None:
        """Check a folder that the artifact was downloaded to: every file is there, is what it was, and no other is.

        Raises ArtifactMismatch with the first difference. References are checked where their content is known.
        """
        folder = Path(root or self._default_root())
        for path in _below(folder):
            if path.relative_to(folder).as_posix() not in self.entries:
                raise ArtifactMismatch(f"{path} is no file of artifact {self._label!r}.")
        for entry in self.entries.values():
            path = folder / entry.path
            if entry.ref is not None and (not entry.is_verifiable or not path.exists()):
                continue
            if not path.is_file():
                raise ArtifactMismatch(f"{path} is missing. artifact.download() brings it back.")
            if sha256(path) != entry.digest:
                raise ArtifactMismatch(f"{path} is not what it was. artifact.download() brings it back.")

    def file(self, root: str | None = None) -> str:
        """Download the only file of the artifact, and return its path; raises InvalidArtifact when there are more."""
        if len(self.entries) != 1:
            raise InvalidArtifact(
                f"Artifact {self._label!r} has {len(self.entries)} files, not one. "
                "Use artifact.download(), or artifact.get_entry(path).download()."
            )
        return self.download_entry(next(iter(self.entries.values())), root)

    def _fetch(self, entries: Iterable[Entry], folder: Path, allow_missing: bool) -> None:
        base = os.path.realpath(folder)
        safe: set[str] = {base}

        def fetch(entry: Entry) -> None:
            target = folder / entry.path
            # A link in the folder may lead anywhere; what lies behind it is not ours to write.
            around = os.path.realpath(target.parent)
            if around not in safe and not around.startswith(base + os.sep):
                raise InvalidArtifact(f"{target} lies outside {folder}, as there is a link on the way.")
            try:
                self._fetch_one(entry, target)
            except (OSError, StoreError, NotFound) as error:
                if not allow_missing or entry.ref is None:
                    raise
                logger().warning("%s was left out: %s", entry.path, error)

        wanted = list(entries)
        if len(wanted) == 1:
            fetch(wanted[0])
            return
        with ThreadPoolExecutor(WORKERS, "trackio-download") as pool:
            for _ in pool.map(fetch, wanted):
                pass

    def _fetch_one(self, entry: Entry, target: Path) -> None:
        if entry.is_verifiable and _is_right(target, entry):
            return
        if entry.file is not None:
            self._blobs().copy_to(entry.file, target)
        elif entry.ref is None:
            _copy(Path(entry.local_path or ""), target)
        elif entry.ref.startswith(f"{SCHEME}://"):
            other, at = self._version_at(entry.ref)
            other._fetch_one(other.get_entry(at), target)
        elif not uris.fetch(entry, target):
            logger().warning(
                "%s stays where it is: %s is an address that nothing here can read.", entry.path, entry.ref
            )

    def _entry_at(self, uri: str) -> Entry:
        other, path = self._version_at(uri)
        return other.get_entry(path)

    def _version_at(self, uri: str) -> tuple[Downloads, str]:
        """The version, and the path in it, that an address within the home names."""
        parts = urlsplit(uri)
        name, _, path = parts.path.lstrip("/").partition("/")
        if not name or not path:
            raise InvalidArtifact(f"{uri!r} names no file of an artifact.")
        address = Address.read(name)
        return self._sibling(Address(address.name, address.alias, unquote(parts.netloc))), unquote(path)

    def _default_root(self, *, with_version: bool = True) -> str:
        name = self._label if with_version else self._label.partition(":")[0]
        around = settings.text("TRACKIO_ARTIFACT_DIR", "WANDB_ARTIFACT_DIR") or "artifacts"
        return str(Path(around, name.replace(":", "-") if os.name == "nt" else name))

    def _blobs(self) -> Keeper:
        raise NotImplementedError

    def _sibling(self, address: Address) -> Downloads:
        raise NotImplementedError


def _is_right(path: Path, entry: Entry) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    return path.stat().st_size == entry.size and sha256(path) == entry.digest


def _copy(source: Path, target: Path) -> None:
    """A file of a draft, which is not in the store yet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.urandom(6).hex()}.part")
    try:
        shutil.copyfile(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _below(folder: Path) -> list[Path]:
    """All files below a folder; links to folders are not followed, and are files that do not belong there."""
    found = []
    for around, folders, names in os.walk(folder):
        links = (name for name in folders if Path(around, name).is_symlink())
        found += [Path(around, name) for name in (*names, *links)]
    return found
