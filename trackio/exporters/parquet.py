"""Runs as Parquet: a folder with a file a run, each the sealed snapshot with everything else in its metadata.

pandas, Polars, DuckDB and Spark read them as they are; ``trackio import parquet`` makes the same runs of them again.
Media, saved files and artifacts lie in ``files/`` beside them, and readings of energy in ``energy/``, a file a run too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trackio.errors import UsageError
from trackio.exporters.beside import Beside
from trackio.exporters.description import describe
from trackio.exporters.exported import Carried, ExportedRun, unique, whole
from trackio.exporters.names import file_name
from trackio.exporters.parquet_energy import write_energy
from trackio.importers.imported import Watch
from trackio.importers.parquet import RUN
from trackio.importers.parquet_energy import beside as energy_beside
from trackio.store import layout
from trackio.store.points import FLOAT, INTEGER, TEXT

_TYPES = "SELECT name, types, count FROM metrics WHERE run = (SELECT num FROM runs WHERE id = ?)"
_EXACT = 2.0**53


@dataclass(frozen=True, slots=True)
class Options:
    """How to write."""

    files: bool = True
    """Whether media, saved files and artifacts are copied too."""


def write(runs: Sequence[ExportedRun], output: str, options: Options, carried: Carried, watch: Watch) -> None:
    """Write each run to a file of its name in a folder."""
    folder = Path(output)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; Parquet files go into a folder, one for each run.")
    beside = Beside(folder if options.files else None, carried)
    names = unique((run.record.id, file_name(run.record.name)) for run in runs)
    for run in runs:
        path = folder / f"{names[run.record.id]}.parquet"
        _write(run, path, beside, carried, watch)
        carried.runs.append(run.record.id)
        carried.written.append(str(path))
        if write_energy(run, energy_beside(path)):
            carried.written.append(str(energy_beside(path)))
    carried.written += beside.written


def _write(run: ExportedRun, path: Path, beside: Beside, carried: Carried, watch: Watch) -> None:
    import pyarrow.parquet as pq

    body = describe(run, carried)
    for part in ("events", "artifacts"):
        for one in body[part]:
            beside.keep(str(one.get("name") or one.get("event")), one, run.blobs)
    for rows in (run.rows(), run.system_rows()):
        for _, _, values in rows:
            beside.row(values, run.blobs)
            carried.points += len(values)
    _leave(run, carried)
    with pq.ParquetFile(_sealed(run)) as source:
        schema = source.schema_arrow
        whole_schema = schema.with_metadata({**(schema.metadata or {}), RUN: json.dumps(body).encode()})
        with whole(path) as draft, pq.ParquetWriter(draft, whole_schema, compression="zstd") as writer:
            for number in range(source.num_row_groups):
                writer.write_table(source.read_row_group(number).cast(whole_schema))
                watch.progress(run.record.name, number + 1, source.num_row_groups)


def _sealed(run: ExportedRun) -> Path:
    """The snapshot of the run as it is now, made when it is not there."""
    path = layout.parquet(run.store.directory, run.record.id)
    if run.record.id in run.store.unsealed() or run.record.status == "running" or not path.is_file():
        return run.store.seal(run.record.id)
    return path


def _leave(run: ExportedRun, carried: Carried) -> None:
    ranges = {metric.name: metric for metric in run.store.metrics(run.record.id, None)}
    for name, types, count in run.store.query(_TYPES, (run.record.id,))[1]:
        if types & TEXT and types != TEXT:
            carried.leave(f"{run.record.name}: numbers among the texts of {name}, which became text", count)
        elif types & FLOAT and types & INTEGER:
            low, high = ranges[name].minimum, ranges[name].maximum
            if (low is not None and low <= -_EXACT) or (high is not None and high >= _EXACT):
                carried.leave(f"{run.record.name}: the last digits of integers among the floats of {name}", count)
