"""What ``trackio export json`` wrote, as runs again; and JSON Lines of other origin, a row a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from trackio import references
from trackio.errors import StoreError
from trackio.exporters.json import FORMAT, TEXT, WORDS, folder_of
from trackio.importers import tabular
from trackio.importers.columns import Choice
from trackio.importers.description import energy_event, restored
from trackio.importers.imported import Event, ImportedRun, ImportFailed, Row, Watch
from trackio.importers.kept import kept_rows
from trackio.importers.told import listed, mapping, parsed
from trackio.records import Scalar
from trackio.store.blobs import Blobs


@dataclass(frozen=True, slots=True)
class Options:
    """How to read files of other origin; those of an export tell everything themselves."""

    columns: Choice = field(default_factory=Choice)
    run: str | None = None
    group: str | None = None


def runs(sources: Sequence[str], options: Options, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of files, file by file."""
    for path in map(Path, sources):
        try:
            yield from _runs(path, options, watch)
        except (StoreError, UnicodeDecodeError) as error:
            watch.failed(ImportFailed(path, str(error).rstrip(".")))
        except ImportFailed as error:
            watch.failed(error)
        except OSError as error:
            watch.failed(ImportFailed(path, error.strerror or str(error)))


def _runs(path: Path, options: Options, watch: Watch) -> Iterator[ImportedRun]:
    blobs = Blobs(folder_of(path))
    with path.open("rb") as file:
        first = file.readline().strip()
    if _is_head(first):
        yield from _of_lines(path, blobs, watch)
        return
    if first.startswith(b'{"trackio":'):
        try:
            found = parsed(path.read_bytes())
        except ValueError as error:
            raise ImportFailed(path, f"it is no JSON ({error})") from None
        _check(path, found)
        try:
            bodies = [mapping(body) for body in listed(found.get("runs"))]
            rows = [[listed(body.get(kind)) for kind in ("rows", "system_rows", "energy")] for body in bodies]
        except TypeError as error:
            raise ImportFailed(path, str(error)) from None
        for body, (metric_rows, system_rows, energy) in zip(bodies, rows, strict=True):
            run = restored(body, blobs, watch)
            run.rows = partial(_listed, path, metric_rows, blobs)
            run.system_rows = partial(_listed, path, system_rows, blobs)
            run.energy = partial(map, partial(_event, path, None), energy)
            yield run
        return
    yield from tabular.runs(path, options.columns, options.run, options.group, watch)


def _is_head(line: bytes) -> bool:
    return line.startswith(b'{"type":"project","trackio":')


def _check(path: Path, head: Mapping[str, Any]) -> None:
    if head.get("format") != FORMAT:
        raise ImportFailed(path, f"its format {head.get('format')!r} is not the one that this trackio reads")


def _of_lines(path: Path, blobs: Blobs, watch: Watch) -> Iterator[ImportedRun]:
    starts = []
    with path.open("rb") as file:
        _check(path, _object(path, file.readline(), 1))
        at, number = file.tell(), 1
        for line in file:
            number += 1
            if line.startswith(b'{"type":"run"'):
                starts.append((at, number, _object(path, line, number)))
            at += len(line)
    for start, number, body in starts:
        run = restored(body, blobs, watch)
        run.rows = partial(_streamed, path, start, number, b"row", blobs)
        run.system_rows = partial(_streamed, path, start, number, b"system", blobs)
        run.energy = partial(_measured, path, start, number)
        yield run


def _streamed(path: Path, start: int, number: int, kind: bytes, blobs: Blobs) -> Iterator[Row]:
    return kept_rows((_row(path, row, line) for line, row in _objects(path, start, number, kind)), blobs)


def _measured(path: Path, start: int, number: int) -> Iterator[Event]:
    for line, body in _objects(path, start, number, b"energy"):
        del body["type"]
        yield _event(path, line, body)


def _objects(path: Path, start: int, number: int, kind: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of one kind that a run has, with their numbers; its own begins at byte ``start``."""
    wanted = b'{"type":"' + kind + b'"'
    with path.open("rb") as file:
        file.seek(start)
        file.readline()
        for place, line in enumerate(file, number + 1):
            if line.startswith(b'{"type":"run"'):
                return
            if line.startswith(wanted):
                yield place, _object(path, line, place)


def _listed(path: Path, rows: Sequence[Mapping[str, Any]], blobs: Blobs) -> Iterator[Row]:
    return kept_rows((_row(path, row, None) for row in rows), blobs)


def _row(path: Path, row: Mapping[str, Any], line: int | None) -> tuple[int, int, dict[str, Scalar]]:
    try:
        return int(row["step"]), int(row["time_ns"]), {name: _read(value) for name, value in row["values"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ImportFailed(path, f"it has a row that is none ({type(error).__name__}: {error})", line) from None


def _event(path: Path, line: int | None, body: Mapping[str, Any]) -> Event:
    try:
        return energy_event(body)
    except (KeyError, TypeError, AttributeError) as error:
        raise ImportFailed(path, f"what it says of energy is nothing ({type(error).__name__}: {error})", line) from None


def _read(value: Any) -> Scalar:
    if isinstance(value, str):
        return WORDS.get(value, value)
    if isinstance(value, dict):
        return str(value[TEXT]) if set(value) == {TEXT} else references.encode(value)
    if not isinstance(value, (bool, int, float)):
        raise TypeError(f"{type(value).__name__} is no value")
    return value


def _object(path: Path, line: bytes, number: int) -> dict[str, Any]:
    try:
        found = parsed(line)
    except ValueError:
        raise ImportFailed(path, "it is no JSON", number) from None
    if not isinstance(found, dict):
        raise ImportFailed(path, "it is no JSON object", number)
    return found
