"""Runs as CSV that ``trackio import csv``, pandas and spreadsheets read: floats as the shortest text that is exact.

A wide file has a row for each ``log()`` call and a column for each metric, a long one a row for each value; both name
the run in every row. CSV has no place for config, summaries, alerts and media: what is left behind is told.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from trackio import references
from trackio.definitions import EVENT
from trackio.errors import UsageError
from trackio.exporters.behind import leave_artifacts, leave_energy, leave_events
from trackio.exporters.exported import Carried, ExportedRun, unique, whole
from trackio.exporters.names import file_name
from trackio.importers.columns import MARK
from trackio.importers.csv import MISSING, scalar
from trackio.importers.imported import Watch
from trackio.records import MetricKind, Scalar
from trackio.store.points import BOOLEAN, TEXT
from trackio.times import EPOCH

Layout: TypeAlias = Literal["wide", "long"]
LAYOUTS: tuple[Layout, ...] = ("wide", "long")
HEAD = ("run", "run_id", "group", "step", "timestamp")
LONG_HEAD = ("run", "run_id", "group", "kind", "row", "step", "timestamp", "metric", "value")

_TYPES = "SELECT name, types FROM metrics WHERE run = (SELECT num FROM runs WHERE id = ?)"
_BUFFER_BYTES = 1 << 20
_PROGRESS_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Options:
    """How to write."""

    layout: Layout = "wide"


def write(runs: Sequence[ExportedRun], output: str, options: Options, carried: Carried, watch: Watch) -> None:
    """Write all runs to one file, or where ``output`` does not end in ``.csv``, each to a file in that folder."""
    path = Path(output)
    rows: Callable[[Sequence[ExportedRun], Carried, Watch], Iterator[Sequence[Any]]]
    rows = _wide if options.layout == "wide" else _long
    if path.suffix.lower() == ".csv":
        if path.is_dir():
            raise UsageError(f"{path} is a folder.")
        _write(path, rows(runs, carried, watch))
        carried.written.append(str(path))
    else:
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is a file that does not end in .csv; name such a file, or a folder.")
        names = unique((run.record.id, file_name(run.record.name)) for run in runs)
        for run in runs:
            one = path / f"{names[run.record.id]}.csv"
            _write(one, rows([run], carried, watch))
            carried.written.append(str(one))
    for run in runs:
        carried.runs.append(run.record.id)
        _leave(run, carried)


def timestamp(time_ns: int) -> str:
    """The time in UTC to the nanosecond, as ISO 8601."""
    seconds, below = divmod(time_ns, 10**9)
    return f"{EPOCH.fromtimestamp(seconds, EPOCH.tzinfo):%Y-%m-%dT%H:%M:%S}.{below:09d}Z"


def _write(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    with whole(path) as draft, draft.open("w", encoding="utf-8", newline="", buffering=_BUFFER_BYTES) as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _wide(runs: Sequence[ExportedRun], carried: Carried, watch: Watch) -> Iterator[Sequence[Any]]:
    metrics = dict.fromkeys(metric.name for run in runs for metric in run.store.metrics(run.record.id))
    columns = {name: f"{MARK}{name}" if name.lower().removeprefix(MARK) in HEAD else name for name in metrics}
    yield [*HEAD, *columns.values()]
    types = _types(runs)
    for run in runs:
        for start, step, time_ns, values in _rows(run, "metric", types, carried, watch):
            yield [*start, step, timestamp(time_ns), *(_cell(values.get(name)) for name in columns)]
        count = sum(metric.count for metric in run.store.metrics(run.record.id, "system"))
        if count:
            carried.leave("a value of a system metric (--layout long has them)", count)


def _long(runs: Sequence[ExportedRun], carried: Carried, watch: Watch) -> Iterator[Sequence[Any]]:
    yield LONG_HEAD
    kinds: tuple[MetricKind, ...] = ("metric", "system")
    types = _types(runs)
    for run in runs:
        for kind in kinds:
            for row, (start, step, time_ns, values) in enumerate(_rows(run, kind, types, carried, watch)):
                when = timestamp(time_ns)
                for name, value in values.items():
                    yield [*start, kind, row, step, when, name, _cell(value)]


def _types(runs: Sequence[ExportedRun]) -> dict[str, int]:
    """The bits of every type that a metric has in any of the runs: a column has one."""
    types: dict[str, int] = {}
    for run in runs:
        for name, bits in run.store.query(_TYPES, (run.record.id,))[1]:
            types[name] = types.get(name, 0) | bits
    return types


def _rows(
    run: ExportedRun, kind: MetricKind, types: Mapping[str, int], carried: Carried, watch: Watch
) -> Iterator[tuple[list[str], int, int, dict[str, Scalar]]]:
    record = run.record
    start = [_text(record.name), record.id, _text(record.group or "")]
    rows = run.rows() if kind == "metric" else run.system_rows()
    for number, (step, time_ns, values) in enumerate(rows):
        found = {
            name: int(value) if isinstance(value, bool) and types[name] != BOOLEAN else value
            for name, value in values.items()
            if _fits(value, types[name], carried)
        }
        carried.points += len(found)
        if found:
            yield start, step, time_ns, found
        if number % _PROGRESS_ROWS == 0:
            watch.progress(record.name, number, max(1, record.row_count))


def _fits(value: Scalar, types: int, carried: Carried) -> bool:
    if not isinstance(value, str):
        return True
    if references.decode(value) is not None:
        carried.leave("an image, a table or another medium")
    elif value.strip().lower() in MISSING:
        carried.leave("a text that says nothing, such as an empty one")
    elif types != TEXT:
        carried.leave("a text among the numbers of a metric")
    elif not isinstance(scalar(value), str):
        carried.leave("a text that reads as a number or a truth value")
    else:
        return True
    return False


def _cell(value: Scalar | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    # No reader of CSV takes a zero byte.
    return text.replace("\0", "\ufffd")


def _leave(run: ExportedRun, carried: Carried) -> None:
    record = run.record
    for what, is_there in (
        ("config", record.config),
        ("summary", run.summary),
        ("tags, notes and job type", record.tags or record.notes or record.job_type),
        ("alerts", run.alerts()),
        ("definitions of metrics", run.store.definitions(record.id)),
        ("saved files", run.files()),
        ("a status other than finished", record.status != "finished"),
        ("that there was such a run, as it has no values", record.row_count == 0),
    ):
        if is_there:
            carried.leave(f"{record.name}: {what}")
    leave_artifacts(run, carried)
    leave_energy(run, carried)
    leave_events(run, carried, {EVENT})
