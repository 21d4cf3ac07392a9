"""Parquet files as runs: sealed snapshots of ours, alone or with the description that an export adds, and any others.

A snapshot is read by batches, so that memory does not grow with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from trackio.errors import StoreError, UsageError
from trackio.importers import cells, neptune, tabular
from trackio.importers.columns import Choice
from trackio.importers.description import restored
from trackio.importers.imported import ImportedRun, ImportFailed, Row, Watch
from trackio.importers.kept import kept_rows
from trackio.importers.parquet_energy import ENERGY, energy_of
from trackio.importers.parquet_rows import BATCH_ROWS, opened, plain
from trackio.importers.told import parsed
from trackio.store.blobs import Blobs

ABOUT = b"trackio"
"""The key of a snapshot's metadata: which run it is, and which column holds what."""
RUN = b"trackio.run"
"""The key under which an export adds the description of the run."""

_FIXED = ("row", "step", "timestamp")


@dataclass(frozen=True, slots=True)
class Options:
    """How to read files of other origin; snapshots tell everything themselves."""

    columns: Choice = field(default_factory=Choice)
    run: str | None = None
    group: str | None = None


def runs(sources: Sequence[str], options: Options, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of files, and of the Parquet files in folders."""
    paths = [path for source in map(Path, sources) for path in _files(source)]
    by_neptune = [path for path in paths if neptune.is_export(path)]
    yield from neptune.runs(by_neptune, watch)
    found: list[ImportedRun] = []
    for path in paths:
        if path in by_neptune:
            continue
        try:
            found += _runs(path, options, watch)
        except ImportFailed as error:
            watch.failed(error)
        except (StoreError, OSError) as error:
            watch.failed(ImportFailed(path, str(error).rstrip(".")))
    # Their rows are still in the files. One may use an artifact that another logged.
    yield from sorted(found, key=lambda run: run.created_ns or 0)


def _files(source: Path) -> list[Path]:
    if not source.exists():
        raise FileNotFoundError(2, "No such file or directory", str(source))
    if source.is_file():
        return [source]
    found = sorted(path for path in source.rglob("*.parquet") if path.is_file())
    if not found:
        raise UsageError(f"There is no .parquet file in {source}.")
    return found


def _runs(path: Path, options: Options, watch: Watch) -> Iterator[ImportedRun]:
    with opened(path) as file:
        metadata = dict(file.schema_arrow.metadata or {})
    if ENERGY in metadata:
        if not (path.parent.parent / path.name).is_file():
            raise ImportFailed(path, "it holds the energy of a run, whose own file is not in the folder above it")
        # It comes along with its run.
        return
    if ABOUT not in metadata:
        yield from tabular.runs(path, options.columns, options.run, options.group, watch)
        return
    try:
        about = parsed(metadata[ABOUT])
        counts = {kind: int(about["rows"][kind]) for kind in ("metric", "system")}
        columns = {kind: dict(about["columns"][kind]) for kind in ("metric", "system")}
        body = parsed(metadata[RUN]) if RUN in metadata else None
    except (ValueError, KeyError, TypeError) as error:
        raise ImportFailed(path, f"its metadata cannot be used ({error})") from None
    blobs = Blobs(path.parent)
    run = _alone(path, about) if body is None else restored(body, blobs, watch)
    run.rows = partial(_rows, path, columns["metric"], (0, counts["metric"]), blobs)
    run.system_rows = partial(_rows, path, columns["system"], (counts["metric"], sum(counts.values())), blobs)
    run.energy = partial(energy_of, path, run.id)
    yield run


def _alone(path: Path, about: Mapping[str, Any]) -> ImportedRun:
    """A snapshot from a project's ``runs/``: its config and the rest are in the database."""
    return ImportedRun(
        id=str(about["run"]),
        name=str(about["name"]),
        project=str(about["project"]),
        config={"imported_from": path.name},
        fingerprint=cells.digest(path),
    )


def _rows(path: Path, columns: Mapping[str, str], span: tuple[int, int], blobs: Blobs) -> Iterator[Row]:
    return kept_rows(_plain_rows(path, columns, span), blobs)


def _plain_rows(
    path: Path, columns: Mapping[str, str], span: tuple[int, int]
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    first, stop = span
    if first == stop:
        return
    names, at = list(columns), 0
    with opened(path) as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=[*_FIXED[1:], *columns.values()]):
            start, end = max(first - at, 0), min(stop - at, len(batch))
            at += len(batch)
            if start >= end:
                continue
            part = batch.slice(start, end - start)
            by_name = dict(zip(part.schema.names, part.columns, strict=True))
            lists = [plain(by_name[name]).to_pylist() for name in (*_FIXED[1:], *columns.values())]
            for step, time_ns, *values in zip(*lists, strict=True):
                row = {name: value for name, value in zip(names, values, strict=True) if value is not None}
                if row:
                    yield step, time_ns, row
