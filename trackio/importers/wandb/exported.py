"""What was exported from W&B's site or with its API: histories, charts and tables of runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from re import fullmatch
from typing import Any

from trackio.definitions import EVENT, define, fields
from trackio.importers import cells
from trackio.importers.imported import Event, ImportedRun, ImportFailed, Row, Watch
from trackio.importers.media import MediaFiles, Reference
from trackio.importers.wandb import charts, items, listing, sidecars
from trackio.importers.wandb.media import WandbMedia
from trackio.store.blobs import Blobs

HISTORY = frozenset({"_step", "_timestamp", "_runtime"})
"""Columns that only a history has."""

_RUNS = ("run_id", "run_name", "run")
_UNNAMED = ("history", "wandb-history")


@dataclass(frozen=True, slots=True)
class Options:
    """How to read exports; offline runs tell all of this themselves."""

    run: str | None = None
    """The name of the run of a history; the file's or folder's name when None."""
    group: str | None = None
    step_metric: str | None = None
    """The metric that the others of a history had as their x-axis."""
    config: tuple[str, ...] = ()
    """The columns of a table of runs that are config, beyond those that hold text."""


@dataclass(frozen=True, slots=True)
class _Source:
    """The rows of one run in a file."""

    path: Path
    column: str | None = None
    """The column that tells runs apart, where there are several."""
    run: str | None = None

    def rows(self) -> Iterator[dict[str, Any]]:
        for row in cells.rows(self.path):
            if self.column is None or str(row.pop(self.column, None)) == self.run:
                yield row


def runs(path: Path, options: Options, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of one file; raises ImportFailed when it is no export of W&B's."""
    header = cells.header(path)
    if charts.is_chart(header):
        yield from charts.runs(path, header, cells.digest(path), options.group)
    elif not HISTORY.isdisjoint(header) or options.step_metric in header:
        yield from _histories(path, header, options, watch)
    elif listing.is_listing(header):
        yield from listing.runs(path, cells.digest(path), options.config, options.group)
    else:
        raise ImportFailed(
            path,
            "its columns are those of no export of W&B's: a history has _step or _timestamp, or the column that "
            "--step-metric names; a chart has 'run - metric'; a table of runs has Name and State. `trackio import csv` "
            "and `parquet` read others",
        )


def _histories(path: Path, header: list[str], options: Options, watch: Watch) -> Iterator[ImportedRun]:
    content = cells.digest(path)
    column = next((name for name in _RUNS if name in header), None)
    if column is None:
        yield _history(_Source(path), content, options, watch)
        return
    names = dict.fromkeys(str(row[column]) for row in cells.rows(path) if column in row)
    for name in names:
        run = _history(_Source(path, column, name), f"{content} {name}", options, watch)
        run.name = name
        yield run


def _history(source: _Source, content: str, options: Options, watch: Watch) -> ImportedRun:
    path = source.path
    beside = sidecars.read(path.parent, watch)
    floats, last = _survey(source)
    # Old clients wrote a history into the folder of each run.
    own = fullmatch(r"(?:offline-|dry)?run-[0-9_]+-([0-9a-z]{8})", path.parent.name) if source.column is None else None
    start_ns = path.stat().st_mtime_ns if beside.created_ns is None else beside.created_ns
    run = ImportedRun(
        id=own[1] if own else f"wandb-{blake2b(content.encode(), digest_size=8).hexdigest()}",
        name=options.run or (own[1] if own else path.parent.name if path.stem in _UNNAMED else path.stem),
        group=options.group,
        config=beside.config or {"imported_from": path.name},
        fingerprint=content,
        summary=items.beyond(beside.summary, last, beside.definitions),
        created_ns=beside.created_ns,
    )
    definitions = {one["name"]: one for one in beside.definitions}
    if options.step_metric is not None:
        definitions[options.step_metric] = fields(define(options.step_metric))
        definitions["*"] = fields(define("*", step_metric=options.step_metric))
    run.events = [Event(EVENT, start_ns, one) for one in definitions.values()]
    run.rows = partial(_rows, source, floats, start_ns, watch)
    return run


def _survey(source: _Source) -> tuple[set[str], dict[str, Any]]:
    """Which names hold numbers that are no integers, and the last value of each."""
    floats: set[str] = set()
    last: dict[str, Any] = {}
    for row in source.rows():
        last.update(row)
        floats.update(name for name, value in items.leaves(row) if isinstance(value, float))
    return floats, last


def _rows(source: _Source, floats: set[str], start_ns: int, watch: Watch) -> Iterator[Row]:
    step, time_ns = -1, start_ns
    make = partial(_medium, source.path.parent, watch)
    for row in source.rows():
        told, seconds, runtime = (_finite(row.pop(name, None)) for name in ("_step", "_timestamp", "_runtime"))
        step = step + 1 if told is None else int(told)
        if seconds is not None:
            time_ns = cells.nanoseconds(seconds)
        elif runtime is not None:
            time_ns = start_ns + round(runtime * 1e6) * 1000
        values = items.row(row, floats, make)
        if values:
            yield step, time_ns, values


def _finite(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None


def _medium(root: Path, watch: Watch, name: str, value: Mapping[str, Any], blobs: Blobs) -> Reference:
    return WandbMedia(MediaFiles(root, blobs, watch.note), {}).reference(name, value)
