"""TensorBoard's event files as runs: every folder that has some is one.

The files of a folder are read one after the other by when they began, a record at a time. Everything is kept in the
order in which it was written, what a restarted training wrote twice included. Summaries of one step that were written
within :attr:`Options.together_seconds` make one row, with the time of the first.

A run is known by its name and by how its first file begins, so a training that has gone on since is imported anew in
place of what was imported before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from trackio import tfrecords
from trackio.importers.eventfiles import EventFile, first, nanoseconds, proto
from trackio.importers.eventfolders import folders
from trackio.importers.eventrows import Rows
from trackio.importers.imported import ImportedRun, ImportFailed, Row, Watch

_TAIL_BYTES = 1 << 12
_PROGRESS_RECORDS = 5000


@dataclass(frozen=True, slots=True)
class Options:
    """How to read event files."""

    run: str | None = None
    """The name of the run; of several runs, what their names begin with. The name of its folder when None."""
    group: str | None = None
    together_seconds: float = 1.0
    """Summaries of one step that are no further apart make one row; 0 keeps the time of every one."""


def runs(sources: Sequence[str], options: Options, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of event files and of folders that have some anywhere below, by when they began."""
    proto()
    tfrecords.checksum()
    found: list[_Run] = []
    for source in map(Path, sources):
        by_folder = folders(source, lambda error: watch.failed(_unread(error)))
        if not by_folder and not source.exists():
            watch.failed(ImportFailed(source, "there is no such file"))
        elif not by_folder:
            watch.failed(ImportFailed(source, "there is no event file"))
        root = source.parent if source.is_file() else source
        for folder, paths in by_folder.items():
            name = _name(root, folder, options.run, is_one=len(by_folder) == 1)
            run = _Run.opened(name, root.resolve().name, paths, options, watch)
            if run is not None:
                found.append(run)
    for run in sorted(found, key=lambda run: run.began_ns):
        try:
            yield run.imported()
        except OSError as error:
            watch.failed(_unread(error))


def _name(root: Path, folder: Path, wanted: str | None, *, is_one: bool) -> str:
    inside = folder.relative_to(root).as_posix()
    if wanted is not None:
        return wanted if is_one or inside == "." else f"{wanted}/{inside}"
    return root.resolve().name if inside == "." else inside


def _unread(error: OSError) -> ImportFailed:
    return ImportFailed(str(error.filename), error.strerror or str(error))


@dataclass(slots=True)
class _Run:
    """The event files of one run."""

    name: str
    project: str
    paths: list[Path]
    began_ns: int
    head: bytes
    """The first record of the first file."""
    options: Options
    watch: Watch

    @classmethod
    def opened(cls, name: str, project: str, paths: list[Path], options: Options, watch: Watch) -> _Run | None:
        """The run in these files, by when each began; None when they hold nothing."""
        begun: list[tuple[int, str, bytes, Path]] = []
        is_damaged = False
        for path in paths:
            try:
                event, head = first(path)
            except ImportFailed as error:
                watch.failed(error)
                is_damaged = True
                continue
            if head:
                begun.append((nanoseconds(event.wall_time), path.name, head, path))
        if not begun:
            if not is_damaged:
                watch.note(f"{paths[0].parent}: event files without any value so far")
            return None
        begun.sort()
        began_ns, _, head, _ = begun[0]
        return cls(name, project, [path for *_, path in begun], began_ns, head, options, watch)

    def imported(self) -> ImportedRun:
        """The run, whose rows are read when they are asked for."""
        known = repr((self.name, self.paths[0].name, self.head)).encode()
        run = ImportedRun(
            f"tfevents-{blake2b(known, digest_size=8).hexdigest()}",
            self.name,
            self.options.group,
            project=self.project,
            fingerprint=self._fingerprint(),
            created_ns=self.began_ns,
        )
        run.rows = self._rows(run)
        return run

    def _fingerprint(self) -> str:
        """Of names, sizes and ends: event files only ever grow."""
        digest = blake2b(digest_size=16)
        for path in self.paths:
            size = path.stat().st_size
            with path.open("rb") as file:
                file.seek(max(0, size - _TAIL_BYTES))
                digest.update(repr((path.name, size, file.read())).encode())
        return digest.hexdigest()

    def _rows(self, run: ImportedRun, *, of_machine: bool = False) -> Iterator[Row]:
        # What is read a second time is not told again.
        watch = Watch() if of_machine else self.watch
        rows = Rows(run, watch, round(self.options.together_seconds * 1e9), of_machine=of_machine)
        total, before = sum(path.stat().st_size for path in self.paths), 0
        for path in self.paths:
            for number, (at, event) in enumerate(EventFile(path, watch).events()):
                yield from rows.add(event)
                if number % _PROGRESS_RECORDS == 0:
                    watch.progress(self.name, before + at, total)
            yield from rows.rest()
            before += path.stat().st_size
        if rows.has_system and not of_machine:
            run.system_rows = self._rows(run, of_machine=True)
        watch.progress(self.name, total, total)
