"""An imported run as the bytes of a journal, which the store folds as it folds those of a run that was logged here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from struct import error as struct_error
from typing import Any

from trackio import journal, references
from trackio.artifacts.manifest import Manifest
from trackio.artifacts.storing import stored
from trackio.errors import MissingExtra, TrackioError, UsageError
from trackio.importers.imported import ImportedRun, Row, Version, Watch, streamed
from trackio.importers.kept import take
from trackio.media.base import Media, Place
from trackio.records import MetricKind, Scalar
from trackio.store.blobs import Blobs
from trackio.store.layout import clean

MOST_SHAPES = 4096
"""How many combinations of names and types are remembered."""

_CODES: dict[type, str] = {float: "d", int: "q", bool: "?", str: "s"}
_BIG = 1 << 63


def written(run: ImportedRun, project: str, blobs: Blobs, watch: Watch) -> Iterator[bytes]:
    """The journal of a run, piece by piece; media and files go into ``blobs``."""
    created_ns, rows = _created(run)
    yield journal.header(run.id, project, created_ns, {"imported": True})
    # Told before the rows and after them: what a reader meets on the way has its name already.
    yield _event("run", created_ns, name=clean(run.name), group=_text(run.group))
    shapes = _Shapes(blobs, watch)
    yield from shapes.frames(rows, "metric")
    yield from shapes.frames(streamed(run.system_rows), "system")
    yield from _about(run, created_ns, blobs, watch)
    finished_ns = max(shapes.latest_ns, created_ns) if run.finished_ns is None else run.finished_ns
    if run.status == "crashed":
        yield _event("close", finished_ns)
    else:
        yield _event("finish", finished_ns, status=run.status, exit_code=run.exit_code)


def _created(run: ImportedRun) -> tuple[int, Iterator[Row]]:
    """When the run began, and its rows from the first on."""
    rows = streamed(run.rows)
    created_ns = run.created_ns
    if created_ns is None and isinstance(run.rows, list):
        created_ns = min((time_ns for _, time_ns, _ in run.rows), default=0)
    first = next(rows, None)
    rows = chain([] if first is None else [first], rows)
    # What comes before the first row may have told when the run began.
    created_ns = run.created_ns if run.created_ns is not None else created_ns
    if created_ns is None:
        created_ns = first[1] if first else 0
    # Before 1970 there was no training; a clock that was not set begins there.
    return max(created_ns, 0), rows


def _about(run: ImportedRun, created_ns: int, blobs: Blobs, watch: Watch) -> Iterator[bytes]:
    """Everything but the rows."""
    yield _event(
        "run",
        created_ns,
        name=clean(run.name),
        group=_text(run.group),
        job_type=_text(run.job_type),
        tags=[clean(tag) for tag in run.tags],
        notes=_text(run.notes),
    )
    if run.config:
        yield _event("config", created_ns, values=run.config)
    if run.summary:
        yield _event("summary", created_ns, values=run.summary)
    if run.fingerprint:
        yield _event("import", created_ns, fingerprint=run.fingerprint, origin=run.origin)
    for alert in run.alerts:
        yield _event(
            "alert",
            alert.time_ns,
            level=alert.level,
            title=clean(alert.title),
            text=_text(alert.text),
            step=alert.step,
            data=alert.data,
        )
    for path in run.stored:
        try:
            take(path, blobs)
        except UsageError as error:
            watch.note(f"a stored file: {error}")
    for version in run.artifacts:
        yield from _version(version, blobs, watch)
    for event in run.events:
        yield _event(event.name, event.time_ns, **event.fields)
    for event in streamed(run.energy):
        yield _event(event.name, event.time_ns, **event.fields)
    for name, data in run.files:
        blob = blobs.put(data) if isinstance(data, bytes) else blobs.put_file(data)
        yield _event("file", created_ns, name=clean(name), file=blob.name, size=blob.size)


def _version(version: Version, blobs: Blobs, watch: Watch) -> Iterator[bytes]:
    manifest = Manifest(version.entries)
    try:
        file = stored(manifest, blobs)
    except (TrackioError, OSError) as error:
        watch.note(f"the artifact {version.name}: {str(error).rstrip('.')}")
        return
    yield _event(
        "artifact",
        version.time_ns,
        name=version.name,
        type=version.type,
        digest=manifest.digest(),
        manifest=file,
        size=manifest.size(),
        file_count=len(manifest),
        metadata=dict(version.metadata),
        description=_text(version.description),
        aliases=list(version.aliases),
        tags=list(version.tags),
        step=version.step,
    )


def _event(event: str, time_ns: int, /, **fields: Any) -> bytes:
    return journal.frame(journal.EVENT, journal.event(event, time_ns, **fields))


def _text(value: str | None) -> str | None:
    return None if value is None else clean(value)


class _Shapes:
    """The shapes of rows met so far, and how each is packed."""

    def __init__(self, blobs: Blobs, watch: Watch) -> None:
        self._blobs, self._watch = blobs, watch
        self._packs: dict[tuple[Any, ...], tuple[int, Callable[..., bytes]]] = {}
        self._declared = 0
        self._kind: MetricKind = "metric"
        self.latest_ns = 0

    def frames(self, rows: Iterator[Row], kind: MetricKind) -> Iterator[bytes]:
        """The frames of rows of one kind, and of the shapes that they bring."""
        self._kind = kind
        self._packs.clear()
        packs, latest, frame, row_kind = self._packs, self.latest_ns, journal.frame, journal.ROW
        for step, time_ns, values in rows:
            latest = max(latest, time_ns)
            found = (*values.values(),)
            shape = (*values, *map(type, found))
            try:
                number, pack = packs[shape]
                yield frame(row_kind, pack(number, step, time_ns, *found))
            except (KeyError, TypeError, struct_error, UnicodeEncodeError):
                yield from self._new(step, time_ns, values)
        self.latest_ns = latest

    def _new(self, step: int, time_ns: int, values: Mapping[str, Any]) -> Iterator[bytes]:
        """A row of a shape not met before, or one that needs a closer look."""
        if not (-_BIG <= step < _BIG and -_BIG <= time_ns < _BIG):
            self._watch.note("a row whose step or time does not fit in 64 bits")
            return
        flat: dict[str, Scalar] = {}
        for name, value in values.items():
            if not name:
                # In a journal that is no name: see ``journal.TICKET``.
                self._watch.note("a metric without a name")
                continue
            known = self._storable(clean(name), step, value)
            if known is not None:
                flat[clean(name)] = known
        if not flat:
            return
        shape = (*flat, *map(type, flat.values()))
        if shape not in self._packs:
            if len(self._packs) >= MOST_SHAPES:
                self._packs.clear()
            codes = "".join([_CODES[type(value)] for value in flat.values()])
            schema = journal.Schema(self._declared, tuple(flat), codes, self._kind)
            self._declared += 1
            self._packs[shape] = schema.id, schema.pack
            yield schema.declaration()
        number, pack = self._packs[shape]
        yield journal.frame(journal.ROW, pack(number, step, time_ns, *flat.values()))

    def _storable(self, name: str, step: int, value: Any) -> Scalar | None:
        """The value as a row holds it; None, which is noted, for what it cannot hold."""
        if isinstance(value, Media):
            try:
                return references.encode(value.reference(Place(self._blobs, name, step)))
            except (UsageError, MissingExtra) as error:
                self._watch.note(f"{name}: {error}".rstrip("."))
                return None
        if isinstance(value, str):
            return clean(str(value))
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            # As a float it keeps its first 16 digits.
            return int(value) if -_BIG <= value < _BIG else float(value)
        if isinstance(value, float):
            return float(value)
        raise TypeError(f"{name!r} is {type(value).__name__}; an importer gives numbers, truth values, texts and media")
