"""What a script puts into an artifact before it is logged."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal, TypeAlias

from trackio.artifacts import objects, uris
from trackio.artifacts.manifest import SCHEME, Entry, Manifest
from trackio.artifacts.names import valid_path
from trackio.artifacts.staging import Staging
from trackio.errors import ArtifactFinalized, InvalidArtifact
from trackio.messages import logger

Policy: TypeAlias = Literal["mutable", "immutable"]
StrPath: TypeAlias = str | os.PathLike[str]


class Contents:
    """The files, references and objects of an artifact."""

    def __init__(self, label: str, manifest: Manifest | None) -> None:
        self._label = label
        self._manifest = manifest
        self._staging: Staging | None = None
        self._is_final = False
        self._added: dict[str, Entry] = {}
        self._objects: dict[int, tuple[Any, Entry]] = {}

    @property
    def manifest(self) -> Manifest:
        """The list of what it holds: ``manifest.entries`` by path."""
        if self._manifest is None:
            self._manifest = self._read_manifest()
        return self._manifest

    @property
    def entries(self) -> dict[str, Entry]:
        """What it holds, by path."""
        return self.manifest.entries

    def add_file(  # noqa: PLR0917 - wandb's order
        self,
        local_path: StrPath,
        name: str | None = None,
        is_tmp: bool | None = False,
        skip_cache: bool | None = False,  # noqa: ARG002 - wandb's; the store is the cache
        policy: Policy | None = "mutable",
        overwrite: bool = False,
    ) -> Entry:
        """Add a file, by its own name unless another is given.

        It is copied before this returns, so that it may change or go at once; with ``policy="immutable"`` it is read
        when the artifact is logged, and must stay as it is until then. ``is_tmp`` names it by its content. Raises
        InvalidArtifact when there is no such file, or when there is one of that name with other content.
        """
        self._check_draft("add_file()")
        path = Path(local_path)
        if not path.is_file():
            raise InvalidArtifact(f"There is no file at {str(local_path)!r}.")
        entry = self._captured(path, name or path.name, _policy(policy))
        if is_tmp:
            around, _, last = entry.path.rpartition("/")
            parts = [entry.digest[:20], *last.split(".")[1:]]
            entry.path = valid_path(f"{around}/{'.'.join(parts)}" if around else ".".join(parts))
        self.manifest.add_entry(entry, overwrite)
        self._added[os.fspath(local_path)] = entry
        return entry

    def add_dir(
        self,
        local_path: StrPath,
        name: str | None = None,
        skip_cache: bool | None = False,  # noqa: ARG002 - wandb's
        policy: Policy | None = "mutable",
        merge: bool = False,
    ) -> None:
        """Add every file below a folder, links followed, under the folder ``name`` of the artifact or at its root.

        ``policy`` is that of ``add_file``. A file that is in the artifact already with other content raises
        InvalidArtifact, unless ``merge`` lets the new one take its place.
        """
        self._check_draft("add_dir()")
        folder = Path(local_path)
        if not folder.is_dir():
            raise InvalidArtifact(f"There is no folder at {str(local_path)!r}.")
        how = _policy(policy)
        for path in uris.walk(folder):
            inside = path.relative_to(folder).as_posix()
            entry = self._captured(path, f"{name}/{inside}" if name else inside, how)
            self.manifest.add_entry(entry, merge)
            self._added[str(path)] = entry

    def add_reference(
        self,
        uri: Entry | str,
        name: StrPath | None = None,
        checksum: bool = True,
        max_objects: int | None = None,
    ) -> Sequence[Entry]:
        """Add what lies at an address, without taking it in: only its digest is kept.

        ``file://`` and ``http(s)://`` are read by themselves, ``s3://``, ``gs://`` and others through fsspec where that
        is installed. A folder adds an entry for each file below it, at most ``max_objects``. With ``checksum`` the
        digest is that of the content (or the ETag that a store keeps), and a download is checked against it; without,
        that of the ETag or of the address alone. An entry of another artifact may be given, or its ``ref_url()``.
        """
        self._check_draft("add_reference()")
        where = None if name is None else valid_path(name)
        if isinstance(uri, Entry):
            found = [_entry_reference(uri, where)]
        elif uri.startswith(f"{SCHEME}://"):
            found = [_entry_reference(self._entry_at(uri), where)]
        else:
            found = uris.references(str(uri), where, checksum=checksum, max_objects=max_objects)
        for entry in found:
            self.manifest.add_entry(entry)
        return found

    @contextmanager
    def new_file(
        self,
        name: str,
        mode: str = "x",
        encoding: str | None = None,
        policy: Policy = "mutable",  # noqa: ARG002 - wandb's; the file is our own from the start
    ) -> Iterator[IO[Any]]:
        """Open a new file to write; it is added when the block ends, unless that ends in an exception.

        With the mode ``x``, the default, a file of that name must not be there; with ``w`` and ``wb`` it is replaced.
        """
        self._check_draft("new_file()")
        path = valid_path(name)
        if "x" in mode and path in self.entries:
            raise InvalidArtifact(f"{path!r} is in the artifact already. Pass mode='w' to replace it.")
        place = self._place().fresh()
        text = encoding if "b" in mode else encoding or "utf-8"
        with place.open(mode, encoding=text) as file:
            yield file
        self.manifest.add_entry(
            Entry(path, local_path=place, is_staged=True, size=place.stat().st_size), overwrite=True
        )

    def add(self, obj: Any, name: StrPath, overwrite: bool = False) -> Entry:
        """Add a table, an image or another medium; ``get(name)`` gives it back.

        It is kept as JSON under ``<name>.table.json``, ``<name>.image-file.json`` and so on, its files beside it.
        """
        self._check_draft("add()")
        if id(obj) in self._objects:
            return self._objects[id(obj)][1]
        place = self._place()
        entry, files = objects.entries(obj, valid_path(name), place)
        before = self.entries.get(entry.path)
        if before is not None and not overwrite:
            return before
        for one in [*files, entry]:
            self.manifest.add_entry(one, overwrite=True)
        # The object is held, so that no other gets its id.
        self._objects[id(obj)] = (obj, entry)
        return entry

    def remove(self, item: StrPath | Entry) -> None:
        """Take out an entry, or all below a folder; raises FileNotFoundError when there is none."""
        self._check_draft("remove()")
        if isinstance(item, Entry):
            self.manifest.remove_entry(item)
            return
        path = str(PurePosixPath(item))
        entry = self.manifest.get_entry_by_path(path)
        found = [entry] if entry is not None else self.manifest.get_entries_in_directory(path)
        if not found:
            raise FileNotFoundError(f"{path!r} is not in the artifact.")
        for one in found:
            self.manifest.remove_entry(one)

    def get_added_local_path_name(self, local_path: str) -> str | None:
        """The path in the artifact of a file that was added from ``local_path``."""
        entry = self._added.get(local_path)
        return None if entry is None else entry.path

    def finalize(self) -> None:
        """Let no more be added; ``log_artifact`` does it. Raises InvalidArtifact when a file is a folder too."""
        if not self._is_final:
            self.manifest.check()
        self._is_final = True

    def keep_staging(self) -> None:
        """Let the copies outlive the end of the interpreter: whoever stores them has yet to come."""
        if self._staging is not None:
            self._staging.keep()

    def clear_staging(self) -> None:
        """Remove what is left of the copies."""
        if self._staging is not None:
            self._staging.clear()

    def __contains__(self, path: object) -> bool:
        return path in self.entries

    def __len__(self) -> int:
        return len(self.entries)

    def __bool__(self) -> bool:
        return True

    def _captured(self, path: Path, name: str, policy: Policy) -> Entry:
        size = path.stat().st_size
        if policy == "immutable":
            return Entry(name, local_path=path.absolute(), size=size)
        try:
            copy, digest = self._place().capture(path)
        except FileNotFoundError:
            raise InvalidArtifact(f"There is no file at {str(path)!r}.") from None
        except OSError as error:
            logger().warning(
                "%s could not be copied (%s). It is read when the artifact is logged; leave it as it is until then.",
                path,
                error,
            )
            return Entry(name, local_path=path.absolute(), size=size)
        return Entry(name, local_path=copy, is_staged=True, size=copy.stat().st_size, digest=digest)

    def _place(self) -> Staging:
        if self._staging is None:
            self._staging = Staging()
        return self._staging

    def _check_draft(self, call: str) -> None:
        if self._is_final:
            raise ArtifactFinalized(call, self._label)

    def _read_manifest(self) -> Manifest:
        raise NotImplementedError

    def _entry_at(self, uri: str) -> Entry:
        raise NotImplementedError


def _policy(policy: Any) -> Policy:
    if policy not in (None, "mutable", "immutable"):
        raise InvalidArtifact(f"policy={policy!r} is unknown. Use 'mutable' or 'immutable'.")
    return "immutable" if policy == "immutable" else "mutable"


def _entry_reference(entry: Entry, name: str | None) -> Entry:
    return Entry(name or entry.path, ref=entry.ref_url(), digest=entry.digest, size=entry.size)
