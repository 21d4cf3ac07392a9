"""Runs as TensorBoard's event files: a folder a run, which TensorBoard, tbparse and TensorFlow read.

A row is one event, so it has one step and one time, in seconds as a float64 (to a quarter of a microsecond). What event
files have no place for (names, tags, notes, the types of numbers and their last digits) is in summaries that only our
own import reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from trackio import tfrecords
from trackio.errors import MissingExtra, UsageError
from trackio.exporters.behind import leave_artifacts, leave_energy
from trackio.exporters.exported import Carried, ExportedRun, unique, whole
from trackio.exporters.hparams import aside, session_end, session_start
from trackio.exporters.mark import CONFIG_TAG, mark, mixed
from trackio.exporters.summaries import Summaries, json_block
from trackio.importers.eventfiles import nanoseconds, proto
from trackio.importers.imported import Watch
from trackio.importers.summaries import MARK_TAG
from trackio.records import RunRecord

SYSTEM = "system/"
"""What the names of the machine's figures begin with."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_LONGEST_PART = 100
_BUFFER_BYTES = 1 << 20
_PROGRESS_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Options:
    """There is nothing to choose."""


def write(runs: Sequence[ExportedRun], output: str, options: Options, carried: Carried, watch: Watch) -> None:  # noqa: ARG001
    """Write each run to a folder of its name below ``output``; the file of an earlier export is replaced."""
    proto()
    root = Path(output)
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root} is a file; event files go into a folder.")
    names = unique((run.record.id, folder_of(run.record.name)) for run in runs)
    paths = {run.record.id: root / names[run.record.id] / _file(run.record) for run in runs}
    for path in paths.values():
        _refuse_others(path)
    for run in runs:
        record = run.record
        path = paths[record.id]
        with whole(path) as draft, draft.open("wb", buffering=_BUFFER_BYTES) as file:
            events = _Events(file, record.created_ns)
            _write(run, events, carried, watch)
        if events.rounded:
            carried.leave("the last digits of a time, which is float64 seconds there", events.rounded)
        carried.runs.append(record.id)
        carried.written.append(str(path))


def folder_of(name: str) -> str:
    """The folder of a run below the output, which no name leads out of; a slash makes a folder within a folder."""
    parts = [_UNSAFE.sub("_", part).strip(" .") for part in name.split("/")]
    # Cut by bytes, which is what file systems count.
    short = [part.encode()[:_LONGEST_PART].decode(errors="ignore") for part in parts if part]
    return "/".join(short) or "run"


def _file(record: RunRecord) -> str:
    return f"events.out.tfevents.{record.created_ns // 10**9}.trackio.0.0"


def _refuse_others(path: Path) -> None:
    """TensorBoard takes all event files of a folder for one run."""
    other = next((one for one in path.parent.glob("[!.]*tfevents*") if one.name != path.name), None)
    if other is not None:
        raise UsageError(f"{other} is there, and would be one run with what is exported. Name another folder.")


def _write(run: ExportedRun, events: _Events, carried: Carried, watch: Watch) -> None:
    record = run.record
    summaries = Summaries(run.blobs, carried, mixed(run, SYSTEM))
    head = [aside(MARK_TAG, mark(run, SYSTEM)), session_start(record)]
    if record.config:
        head.append(summaries.text(CONFIG_TAG, json_block(record.config)))
    events.add(record.created_ns, 0, head)
    total = max(1, record.row_count)
    for number, (step, time_ns, values) in enumerate(run.rows()):
        events.add(time_ns, step, summaries.values(values))
        if number % _PROGRESS_ROWS == 0:
            watch.progress(record.name, number, total)
    for step, time_ns, values in run.system_rows():
        events.add(time_ns, step, summaries.values(values, SYSTEM))
    events.add(record.finished_ns or record.updated_ns, record.last_step or 0, [session_end(record)])
    watch.progress(record.name, total, total)
    saved = run.files()
    if saved:
        carried.leave(f"{record.name}: files that the run saved", len(saved))
    leave_artifacts(run, carried)
    leave_energy(run, carried)


class _Events:
    """An event file as it is written."""

    def __init__(self, file: BinaryIO, created_ns: int) -> None:
        try:
            from tensorboard.compat.proto import event_pb2
        except ImportError:
            raise MissingExtra("tensorboard", "tensorboard") from None
        self._event: Callable[..., Any] = event_pb2.Event
        self._framed, self._file = tfrecords.framer(), file
        self.rounded = 0
        """Rows whose time float64 seconds do not hold to the nanosecond."""
        self._put(self._event(wall_time=_seconds(created_ns), file_version="brain.Event:2"))

    def add(self, time_ns: int, step: int, values: Iterable[Any]) -> None:
        """One event with these summaries; none without."""
        seconds = _seconds(time_ns)
        event = self._event(wall_time=seconds, step=step)
        event.summary.value.extend(values)
        if event.summary.value:
            self.rounded += nanoseconds(seconds) != time_ns
            self._put(event)

    def _put(self, event: Any) -> None:
        self._file.write(self._framed(event.SerializeToString()))


def _seconds(time_ns: int) -> float:
    # Of whole numbers, so that the nearest float comes out.
    return time_ns / 10**9
