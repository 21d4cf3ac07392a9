"""``save`` and ``restore``: files of a run as they are, without versions."""

from __future__ import annotations

import glob as globbing
import os
from abc import abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

from trackio.errors import InvalidArtifact, UnknownRun, UsageError
from trackio.tracking import terminal
from trackio.tracking.keeping import Keeping

if TYPE_CHECKING:
    from trackio.artifacts.staging import Staging

Policy: TypeAlias = Literal["now", "live", "end"]
StrPath: TypeAlias = str | os.PathLike[str]

FILE = "file"
"""The event of a file that was saved."""


@dataclass(frozen=True)
class _Seen:
    """A file as it was when it was saved: another size or time means that it has changed."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> _Seen:
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns)


@dataclass(frozen=True)
class _Kept:
    """A file to be stored."""

    name: str
    path: Path
    copy: Path | None = None
    """Our own copy of it as it was, if there is one."""
    digest: str | None = None
    """The SHA-256 of the copy, where it is known."""


class Saving(Keeping):
    """Files that are kept with the run: those named to ``save``, and those in ``run.dir`` when the run ends."""

    @property
    @abstractmethod
    def is_inherited(self) -> bool:
        """Whether this is the child's side of a run that was begun before a ``fork``."""

    @cached_property
    def _watched(self) -> dict[str, tuple[Path, _Seen | None]]:
        """By name: files to be looked at when the run ends, and how they were when they were saved."""
        return {}

    def save(
        self,
        glob_str: StrPath | bytes,
        base_path: StrPath | None = None,
        policy: Policy = "live",
        glob: bool = True,
    ) -> list[str]:
        """Keep the files that a path or pattern names with the run, and return their paths.

        They are copied before this returns, and kept under their paths below ``base_path``: below the current folder
        for a relative pattern; for an absolute one with the name of the folder they lie in. With the policy ``live``
        those that have changed by then are saved again when the run ends, with ``now`` they are not, and with ``end``
        they are saved then alone. Folders are saved with all that is in them. ``glob=False`` takes ``*`` and ``?``
        literally. Raises UsageError; a pattern that nothing fits is told and saves nothing.
        """
        self._check("save()")
        if policy not in ("now", "live", "end"):
            raise UsageError(f"policy={policy!r} is unknown. Use 'live', 'now' or 'end'.")
        if not glob_str:
            raise UsageError(f"save() takes the path of files, or a pattern of paths, not {glob_str!r}.")
        pattern = os.fsdecode(glob_str)
        if "://" in pattern:
            raise UsageError(f"save() takes files of this machine. For {pattern}, use artifact.add_reference().")
        pattern = str(Path(pattern).expanduser())
        base = self._base(pattern, base_path)
        # A pattern may fit a file and the folders around it.
        found = list(dict.fromkeys(_matches(pattern, literal=not glob)))
        if not found:
            terminal.termwarn(f"save(): there is no file at {pattern!r}, so nothing was saved.")
        if not self.disabled:
            self._keep([(_inside(path, base), path) for path in found], policy)
        return [str(path) for path in found]

    def restore(
        self, name: str, run_path: str | None = None, replace: bool = False, root: StrPath | None = None
    ) -> TextIO | None:
        """Bring back a file that a run saved, and open it to read; None when there is no such file.

        Of this run, or of the one at ``run_path``: ``run``, ``project/run`` or ``entity/project/run``. It is put under
        ``root``, by default ``run.dir``; a file that is there already is opened as it is, unless ``replace``.
        """
        from trackio.artifacts.saved import restored

        self._wait_for_files()
        folder = Path(root if root is not None else self.dir)
        try:
            return restored(self._store(), run_path or self.id, name, folder, replace=replace)
        except UnknownRun:
            if run_path is not None:
                raise
            # Nothing of this run is in the database, as when it is disabled.
            return None

    def _finish_files(self) -> None:
        """Save what has changed, and what lies in ``run.dir``; then wait for all."""
        if not self.disabled:
            with self.faults.contained("files", "files of the run could not be looked at once more when it ended"):
                self._keep_last()
        super()._finish_files()

    def _keep_last(self) -> None:
        files = [_Kept(name, path) for name, (path, seen) in self._watched.items() if _has_changed(path, seen)]
        folder = self.folder
        if folder.is_dir() and not self.is_inherited:
            found = [_Kept(_inside(path, folder), path) for path in _files(folder)]
            files += [one for one in found if one.name not in self._watched]
        self._watched.clear()
        self._store_files(files, None)

    def _keep(self, files: list[tuple[str, Path]], policy: Policy) -> None:
        from trackio.artifacts.staging import Staging

        if policy == "end":
            self._watched.update((name, (path, None)) for name, path in files)
            return
        staging: Staging | None = None
        kept = []
        for name, path in files:
            if policy == "live":
                self._watched[name] = (path, _Seen.of(path))
            try:
                staging = staging or Staging()
                kept.append(_Kept(name, path, *staging.capture(path)))
            except OSError:
                # Nowhere to copy it to: it is read when its turn comes, and a fault then is told.
                kept.append(_Kept(name, path))
        if staging is not None:
            staging.keep()
        self._store_files(kept, staging)

    def _store_files(self, files: list[_Kept], staging: Staging | None) -> None:
        if not files:
            return
        store = self._store()
        waiting = deque(files)

        def stored() -> None:
            while waiting:
                one = waiting[0]
                mtime_ns = one.path.stat().st_mtime_ns if one.path.exists() else 0
                blob = (
                    store.blobs.put_file(one.path, "")
                    if one.copy is None
                    else store.blobs.take_file(one.copy, digest=one.digest)
                )
                self._post(FILE, name=one.name, file=blob.name, size=blob.size, mtime_ns=mtime_ns)
                waiting.popleft()
            cleared()

        def cleared() -> None:
            if staging is not None:
                staging.clear()

        what = f"file {files[0].name!r}" if len(files) == 1 else f"{len(files)} files of {files[0].name!r} and others"
        self._put(what, stored, given_up=cleared)

    def _base(self, pattern: str, base_path: StrPath | None) -> Path:
        """The folder below which the names of saved files begin."""
        if base_path is not None:
            return _absolute(base_path)
        if not Path(pattern).is_absolute():
            return Path.cwd()
        folder = self.folder
        return folder if Path(pattern).is_relative_to(folder) else _absolute(pattern).parent.parent


def _has_changed(path: Path, seen: _Seen | None) -> bool:
    return path.is_file() and (seen is None or seen != _Seen.of(path))


def _matches(pattern: str, *, literal: bool) -> Iterator[Path]:
    found = [pattern] if literal else sorted(globbing.glob(pattern, recursive=True))  # noqa: PTH207 - patterns may be absolute
    if not found and Path(pattern).exists():
        # A name with brackets of its own, which fits no pattern but itself.
        found = [pattern]
    for path in map(_absolute, found):
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _files(folder: Path) -> Iterator[Path]:
    for around, folders, names in os.walk(folder):
        folders.sort()
        for path in (Path(around, name) for name in sorted(names)):
            if path.is_file():
                yield path


def _inside(path: Path, base: Path) -> str:
    if not path.is_relative_to(base):
        raise InvalidArtifact(f"{path} does not lie below {base}. Pass another base_path.")
    return path.relative_to(base).as_posix()


def _absolute(path: StrPath) -> Path:
    # Without following links: the names of files are those that the script uses.
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path's keeps '..'
