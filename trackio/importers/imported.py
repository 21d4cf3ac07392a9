"""What an importer makes of a source: runs whose rows stream by, so that a million need no more memory than one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from trackio.artifacts.manifest import Entry
from trackio.errors import TrackioError
from trackio.media.base import Media, Place
from trackio.records import Scalar

_T = TypeVar("_T")

Row: TypeAlias = tuple[int, int, Mapping[str, Scalar | Media]]
"""Step, time in nanoseconds, values. A medium, such as an :class:`Attachment`, becomes a reference to its file."""

Rows: TypeAlias = Iterable[Row] | Callable[[], Iterable[Row]]


class ImportFailed(TrackioError):
    """A file cannot be imported, or not all of it; the message names the file, and the line where there is one."""

    def __init__(self, path: Path | str, reason: str, line: int | None = None, *, kept: str = "") -> None:
        self.path, self.reason, self.line = path, reason, line
        where = f"{path}{'' if line is None else f', line {line}'}"
        super().__init__(f"{where}: {reason}. {kept or 'Nothing was imported from it'}.")


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that the run raised."""

    time_ns: int
    level: str
    title: str
    text: str | None = None
    step: int | None = None
    data: Any = None


@dataclass(frozen=True, slots=True)
class Event:
    """Anything else that is kept with the run, such as ``define_metric``; as ``ProjectStore.events`` gives it back."""

    name: str
    time_ns: int
    fields: Mapping[str, Any]


Events: TypeAlias = Iterable[Event] | Callable[[], Iterable[Event]]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an artifact that the run logged."""

    name: str
    type: str
    entries: Sequence[Entry]
    time_ns: int
    aliases: Sequence[str] = ()
    tags: Sequence[str] = ()
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    step: int | None = None


@dataclass(slots=True)
class ImportedRun:
    """A run as its source tells it.

    What the iterator of ``rows`` learns on its way and adds to any other field counts too: the fields are read when
    the rows have come to their end.
    """

    id: str
    """Made from what tells the run from every other, so that the same source gives the same run."""
    name: str
    group: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    rows: Rows = field(default_factory=list)
    """In order of arrival; equal and backward steps stay as they are."""
    project: str | None = None
    """Where it goes when the caller names no project."""
    fingerprint: str = ""
    """Changes whenever the source does; a run imported before with another one is replaced. Empty when the id says
    it all."""
    origin: str = ""
    """Where an id that is not made from the source is unique; a run of the same id from elsewhere is not replaced."""
    job_type: str | None = None
    tags: Sequence[str] = ()
    notes: str | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    """What the script set itself; last values need not be here."""
    status: Literal["finished", "failed", "crashed"] = "finished"
    exit_code: int | None = 0
    created_ns: int | None = None
    """When it began; the earliest time of rows that are a list, or the time of the first row, when None."""
    finished_ns: int | None = None
    """When it ended; the latest time of all when None."""
    system_rows: Rows = field(default_factory=list)
    """Figures of the machine."""
    alerts: list[Alert] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    energy: Events = field(default_factory=list)
    """What its processes measured of its energy, as ``ProjectStore.energy_events`` tells it."""
    artifacts: list[Version] = field(default_factory=list)
    stored: list[Path] = field(default_factory=list)
    """Files that events and artifacts name by their content: those of another project's ``files/``."""
    files: list[tuple[str, Path | bytes]] = field(default_factory=list)
    """Files that the run saved: the name each has there, and where it lies or its bytes."""


@dataclass(frozen=True, slots=True)
class Attachment(Media):
    """A file that the source holds ready: kept as it is, under a reference of that kind."""

    kind: str
    """``image``, ``audio``, ...; without the prefix ``trackio.``."""
    data: bytes | Path
    suffix: str
    """Such as ``.png``."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The rest of the reference (see ``trackio.references``)."""

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the file and return what stands in the row."""
        if isinstance(self.data, bytes):
            blob = place.blobs.put(self.data, self.suffix)
        else:
            blob = place.blobs.put_file(self.data, self.suffix)
        return {"_type": f"trackio.{self.kind}", "file": blob.name, "size": blob.size, **self.fields}


@dataclass(frozen=True, slots=True)
class Inline(Media):
    """A reference that needs no file, such as a histogram or a piece of Markdown."""

    kind: str
    fields: Mapping[str, Any]

    def reference(self, place: Place) -> dict[str, Any]:  # noqa: ARG002 - nothing is stored
        """What stands in the row."""
        return {"_type": f"trackio.{self.kind}", **self.fields}


@contextmanager
def naming(place: Path | str) -> Iterator[None]:
    """Name what is written to in an error that does not: a disk that is full does not say which."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(place)
        raise


def streamed(rows: Iterable[_T] | Callable[[], Iterable[_T]]) -> Iterator[_T]:
    """One pass over rows or events, whatever form they have."""
    return iter(rows() if callable(rows) else rows)


class Watch:
    """Hears how an import or an export goes, and keeps what went wrong; subclasses show it."""

    def __init__(self) -> None:
        self.failures: list[ImportFailed] = []
        """Files that could not be imported, or not all of them."""
        self.skips: list[ImportFailed] = []
        """Rows and records that were left out of files that are imported otherwise."""
        self.notes: dict[str, int] = {}
        """What was left behind on the way, a sentence without its full stop, and how often."""

    def progress(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` (bytes, or anything that grows) of a file or run of that name are through."""

    def failed(self, error: ImportFailed) -> None:
        """A file is broken; the others go on."""
        self.failures.append(error)

    def skipped(self, error: ImportFailed) -> None:
        """A row or record is left out; the rest of its file goes on."""
        self.skips.append(error)

    def note(self, sentence: str, count: int = 1) -> None:
        """Something could not be carried over."""
        self.notes[sentence] = self.notes.get(sentence, 0) + count
