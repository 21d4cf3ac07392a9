"""The list of what an artifact holds: a path, a digest and a size for each file and reference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from trackio.artifacts.names import valid_path
from trackio.errors import ArtifactNotLogged, InvalidArtifact, StoreError
from trackio.references import FILE_NAME
from trackio.store.artifacts import DIGEST
from trackio.store.blobs import sha256

if TYPE_CHECKING:
    from trackio.artifacts.artifact import Artifact

FORMAT = 1
SCHEME = "trackio-artifact"
"""Of the address of a file in another artifact."""


class Entry:
    """One file or reference of an artifact."""

    def __init__(
        self,
        path: str,
        *,
        size: int | None = None,
        digest: str | None = None,
        digested: Callable[[], str] | None = None,
        local_path: Path | None = None,
        is_staged: bool = False,
        ref: str | None = None,
        file: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.path = valid_path(path)
        self.size = size
        """In bytes; None where only the holder of a reference knows."""
        self.ref = ref
        """The address of a reference; None for a file."""
        self.extra = extra or {}
        """What is known of a reference besides, such as its ``etag``."""
        self.file = file
        """The name of the stored file; None for a reference, and before the artifact is logged."""
        self.is_staged = is_staged
        """Whether ``local_path`` is our own copy."""
        self._local_path = local_path
        self._digest, self._digested = digest, digested
        self._artifact: Artifact | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of the content in hexadecimal, read when it is first asked for.

        Of a reference that was added without a checksum, its ``etag:`` or its address.
        """
        if self._digest is None:
            if self._digested is not None:
                self._digest = self._digested()
            elif self._local_path is not None:
                self._digest = sha256(self._local_path)
            else:
                raise StoreError(f"Nothing is known of the content of {self.path!r}.")
        return self._digest

    @property
    def known_digest(self) -> str | None:
        """The digest, unless the content has yet to be read."""
        return self._digest

    @property
    def is_verifiable(self) -> bool:
        """Whether the digest is one of the content."""
        return DIGEST.fullmatch(self.digest) is not None

    @property
    def local_path(self) -> str | None:
        """The file that a draft takes it from."""
        return None if self._local_path is None else str(self._local_path)

    @property
    def name(self) -> str:
        """The path, by wandb's older word."""
        return self.path

    def stored(self, file: str, size: int) -> None:
        """Note that the content lies in the project's files."""
        self._digest, self.file, self.size = file[:64], file, size
        self._local_path, self._digested = None, None

    def belongs_to(self, artifact: Artifact) -> Entry:
        """Note whose entry it is, and give it back."""
        self._artifact = artifact
        return self

    def parent_artifact(self) -> Artifact:
        """The artifact that it is an entry of."""
        if self._artifact is None:
            raise ArtifactNotLogged("parent_artifact()", self.path)
        return self._artifact

    def download(self, root: str | None = None, skip_cache: bool | None = None, executor: Any = None) -> str:  # noqa: ARG002 - wandb's
        """Put the file under ``root``, by default where the artifact downloads to, and return its path."""
        return str(self.parent_artifact().download_entry(self, root))

    def ref_target(self) -> str:
        """The address of a reference; raises InvalidArtifact for a file."""
        if self.ref is None:
            raise InvalidArtifact(f"{self.path!r} is a file, not a reference.")
        return self.ref

    def ref_url(self) -> str:
        """The address by which another artifact can refer to it: ``other.add_reference(entry.ref_url())``."""
        artifact = self.parent_artifact()
        return f"{SCHEME}://{quote(artifact.project, safe='')}/{artifact.source_name}/{quote(self.path)}"

    def copy(self) -> Entry:
        """The same content, for another artifact."""
        return Entry(
            self.path,
            size=self.size,
            digest=self._digest,
            digested=self._digested,
            local_path=self._local_path,
            ref=self.ref,
            file=self.file,
            extra=dict(self.extra),
        )

    def to_json(self) -> dict[str, Any]:
        """As the manifest lists it."""
        listed = {"digest": self.digest, "size": self.size, "file": self.file, "ref": self.ref, "extra": self.extra}
        return {key: value for key, value in listed.items() if value is not None and value != {}}

    def __repr__(self) -> str:
        return f"Entry({self.path!r}, size={self.size}{'' if self.ref is None else f', ref={self.ref!r}'})"


class Manifest:
    """The entries of an artifact by path."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: dict[str, Entry] = {entry.path: entry for entry in entries}

    def __len__(self) -> int:
        return len(self.entries)

    def add_entry(self, entry: Entry, overwrite: bool = False) -> Entry:
        """Add an entry; raises InvalidArtifact when its path has other content and it is not to be replaced."""
        before = self.entries.get(entry.path)
        if before is not None and not overwrite and before.digest != entry.digest:
            raise InvalidArtifact(
                f"{entry.path!r} is in the artifact already, with other content. Pass overwrite=True to replace it."
            )
        self.entries[entry.path] = entry
        return entry

    def remove_entry(self, entry: Entry) -> None:
        """Take an entry out; raises FileNotFoundError when it is not in."""
        if self.entries.pop(entry.path, None) is None:
            raise FileNotFoundError(f"{entry.path!r} is not in the artifact.")

    def get_entry_by_path(self, path: str) -> Entry | None:
        """The entry at a path."""
        return self.entries.get(path)

    def get_entries_in_directory(self, directory: str) -> list[Entry]:
        """The entries below a folder."""
        return [entry for path, entry in self.entries.items() if path.startswith(f"{directory}/")]

    def check(self) -> None:
        """Raise InvalidArtifact when a path is that of a file and of a folder too: no download could hold both."""
        folders: set[str] = set()
        for path in self.entries:
            around = path.rpartition("/")[0]
            while around and around not in folders:
                folders.add(around)
                around = around.rpartition("/")[0]
        both = min(folders & self.entries.keys(), default=None)
        if both is not None:
            raise InvalidArtifact(f"{both!r} is a file in the artifact, and the folder of others. Rename either.")

    def digest(self) -> str:
        """The SHA-256 of all paths and digests: equal for equal content, whatever order it was added in."""
        listed = sorted((path, entry.digest) for path, entry in self.entries.items())
        return hashlib.sha256(json.dumps(listed, separators=(",", ":")).encode()).hexdigest()

    def size(self) -> int:
        """Of all entries, in bytes; references of unknown size count nothing."""
        return sum(entry.size or 0 for entry in self.entries.values())

    def to_manifest_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "trackio_manifest": FORMAT,
            "entries": {path: self.entries[path].to_json() for path in sorted(self.entries)},
        }

    def encode(self) -> bytes:
        """The same as JSON; equal entries give equal bytes."""
        return json.dumps(self.to_manifest_json(), separators=(",", ":"), sort_keys=True).encode()

    @classmethod
    def decode(cls, data: bytes) -> Manifest:
        """Read a stored manifest; raises StoreError for one that leads out of its folder, or is none."""
        try:
            body = json.loads(data)
            if body["trackio_manifest"] != FORMAT:
                raise StoreError("The artifact was written by a newer trackio. Upgrade with `pip install -U trackio`.")
            return cls(_read(path, listed) for path, listed in body["entries"].items())
        except (ValueError, KeyError, TypeError, AttributeError, UnicodeError) as error:
            raise StoreError(f"The list of an artifact's files cannot be used: {error}") from error


def _read(path: str, listed: dict[str, Any]) -> Entry:
    digest, size, file, ref, extra = (listed.get(key) for key in ("digest", "size", "file", "ref", "extra"))
    if not isinstance(digest, str) or not (size is None or (type(size) is int and size >= 0)):
        raise ValueError(f"the entry {path!r} has no digest or no size")
    if (file is None) == (ref is None) or not isinstance(file or ref, str):
        raise ValueError(f"the entry {path!r} is neither a file nor a reference")
    if file is not None and (not FILE_NAME.fullmatch(file) or file[:64] != digest):
        raise ValueError(f"the entry {path!r} names a file that is not its own")
    return Entry(path, digest=digest, size=size, file=file, ref=ref, extra=extra if isinstance(extra, dict) else None)
