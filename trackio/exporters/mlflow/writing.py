"""Runs written into a store of MLflow: a project is an experiment.

Metrics are float64 with their step and their time in milliseconds. Texts over time and media are artifacts, and so is
what MLflow has no place for, in ``trackio/run.json``; our own import reads both. A run that was exported to the same
store before is deleted there, as MLflow deletes runs, and written anew.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from errno import EACCES
from pathlib import Path
from typing import Any

from trackio.errors import TrackioError, UsageError
from trackio.exporters.behind import leave_artifacts, leave_energy
from trackio.exporters.exported import Carried, ExportedRun, flat
from trackio.exporters.mark import mark
from trackio.exporters.mlflow.files import Files
from trackio.exporters.mlflow.names import Names
from trackio.importers.imported import Watch
from trackio.importers.mlflow.store import (
    DATABASES,
    SYSTEM,
    address,
    faults,
    first_line,
    is_folder_store,
    local_path,
    opened,
)
from trackio.records import RunRecord
from trackio.store import layout

METRICS_A_BATCH = 1000
PARAMS_A_BATCH = 100
LONGEST_PARAM = 6000
LONGEST_TAG = 5000
EXACT = 1 << 53

ID_TAG = "trackio.id"
"""The tag that tells which run of which project it is."""

_PROGRESS_BATCHES = 5
_STATUS = {"finished": "FINISHED", "failed": "FAILED", "crashed": "KILLED"}


@dataclass(frozen=True, slots=True)
class Options:
    """What to write."""

    experiment: str | None = None
    """Called as the project when None."""


def write(runs: Sequence[ExportedRun], output: str, options: Options, carried: Carried, watch: Watch) -> None:
    """Write runs into the store at ``output``: a database, a folder (with one in it), or a tracking server."""
    uri = _store(output)
    carried.output = uri
    try:
        with opened(uri) as client:
            experiment = _experiment(client, options.experiment or runs[0].record.project, uri)
            for run in runs:
                old = client.search_runs([experiment], f"tags.`{ID_TAG}` = '{_identity(run.record)}'")
                carried.written.append(_Export(client, run, carried, watch).write(experiment))
                carried.runs.append(run.record.id)
                # Only now that the new one is whole.
                for one in old:
                    client.delete_run(one.info.run_id)
    except faults() as error:
        raise TrackioError(f"MLflow at {uri} says: {first_line(error)}.") from error


def _store(output: str) -> str:
    """The address of the store; a folder that is none yet gets a database."""
    if local_path(output) is None or Path(output).suffix.lower() in DATABASES:
        uri = address(output)
    else:
        folder = Path(output)
        uri = address(output if is_folder_store(folder) else str(folder / "mlflow.db"))
    path = local_path(uri)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # MLflow itself tries for minutes to open a database that it cannot write.
        if uri.startswith("sqlite:") and path.is_dir():
            raise UsageError(f"{path} is a folder; name the folder above, or a database in it.")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise PermissionError(EACCES, os.strerror(EACCES), str(path))
    return uri


def _experiment(client: Any, name: str, uri: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        if found.lifecycle_stage != "active":
            client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)
    database = local_path(uri) if uri.startswith("sqlite:") else None
    # Beside the database; MLflow would put artifacts into the folder that the command happens to run in.
    place = None if database is None else (database.parent / "mlartifacts" / layout.key(name)).as_uri()
    return str(client.create_experiment(name, artifact_location=place))


def _identity(record: RunRecord) -> str:
    return f"{record.project}/{record.id}".replace("'", "_")


class _Export:
    """One run on its way."""

    def __init__(self, client: Any, run: ExportedRun, carried: Carried, watch: Watch) -> None:
        self._client, self._run, self._carried, self._watch = client, run, carried, watch
        self._names, self._doubles = Names(), _Doubles()

    def write(self, experiment: str) -> str:
        """Write the run; its id in MLflow."""
        record = self._run.record
        made = self._client.create_run(
            experiment, start_time=record.created_ns // 10**6, tags=self._tags(record), run_name=record.name
        )
        run_id = str(made.info.run_id)
        try:
            with tempfile.TemporaryDirectory(prefix="trackio-") as folder:
                files = Files(self._run, Path(folder), self._carried)
                self._params(run_id, record)
                self._metrics(run_id, files)
                files.finish({**mark(self._run, SYSTEM), "names": self._names.changed})
                self._client.log_artifacts(run_id, folder)
            if files.has_images:
                self._client.set_tag(run_id, "mlflow.loggedImages", True)
            ended_ns = record.finished_ns or record.updated_ns
            if record.status in _STATUS:
                self._client.set_terminated(run_id, _STATUS[record.status], ended_ns // 10**6)
        except BaseException:
            # A run is there as a whole or not at all.
            self._client.delete_run(run_id)
            raise
        return run_id

    def _tags(self, record: RunRecord) -> dict[str, str]:
        tags = {ID_TAG: _identity(record)}
        if record.group:
            tags["trackio.group"] = record.group[:LONGEST_TAG]
        if record.notes:
            tags["mlflow.note.content"] = record.notes[:LONGEST_TAG]
            if len(record.notes) > LONGEST_TAG:
                self._carried.leave(f"{record.name}: notes beyond {LONGEST_TAG:,} characters")
        names = Names()
        for tag in record.tags:
            name, _, value = tag.partition(":")
            tags[names.of(name)] = value[:LONGEST_TAG]
        return tags

    def _params(self, run_id: str, record: RunRecord) -> None:
        from mlflow.entities import Param

        names = Names()
        found: dict[str, Any] = {}
        for name, setting in flat(record.config):
            text = setting if isinstance(setting, str) else str(setting)
            if len(text) > LONGEST_PARAM:
                self._carried.leave(f"{record.name}: parameters of more than {LONGEST_PARAM:,} characters")
                text = text[:LONGEST_PARAM]
            found[name] = Param(names.of(name), text)
        for old in names.changed.values():
            self._carried.leave(f"{record.name}: the name of the parameter {old!r}, which MLflow forbids")
        params = list(found.values())
        for at in range(0, len(params), PARAMS_A_BATCH):
            self._client.log_batch(run_id, params=params[at : at + PARAMS_A_BATCH])

    def _metrics(self, run_id: str, files: Files) -> None:
        record, sent = self._run.record, 0
        batch: list[Any] = []
        for metric in self._numbers(files):
            batch.append(metric)
            if len(batch) == METRICS_A_BATCH:
                self._client.log_batch(run_id, metrics=batch)
                sent += len(batch)
                batch = []
                if sent % (METRICS_A_BATCH * _PROGRESS_BATCHES) == 0:
                    self._watch.progress(record.name, sent, sent + METRICS_A_BATCH)
        if batch:
            self._client.log_batch(run_id, metrics=batch)
        self._watch.progress(record.name, 1, 1)
        leave_artifacts(self._run, self._carried)
        leave_energy(self._run, self._carried)
        for old in self._names.changed.values():
            self._carried.leave(f"{record.name}: the name of the metric {old!r}, which MLflow forbids")

    def _numbers(self, files: Files) -> Iterator[Any]:
        from mlflow.entities import Metric

        millisecond, steps = 0, set[int]()
        for step, time_ns, values in self._run.rows():
            files.add(step, time_ns, values)
            if time_ns % 10**6:
                self._carried.leave("the part of a time below a millisecond")
            if millisecond != time_ns // 10**6:
                millisecond, steps = time_ns // 10**6, set()
            if step in steps:
                self._carried.leave("which values of one step and millisecond were logged together")
            steps.add(step)
            numbers = {name: value for name, value in values.items() if not isinstance(value, str)}
            for name, number in self._held(numbers, step, time_ns):
                yield Metric(name, number, time_ns // 10**6, step)
        for step, time_ns, values in self._run.system_rows():
            numbers = {SYSTEM + name: value for name, value in values.items() if not isinstance(value, str)}
            if len(numbers) < len(values):
                self._carried.leave("texts among the figures of the machine", len(values) - len(numbers))
            for name, number in self._held(numbers, step, time_ns):
                yield Metric(name, number, time_ns // 10**6, step)

    def _held(self, numbers: Mapping[str, float], step: int, time_ns: int) -> Iterator[tuple[str, float]]:
        """Names and numbers as MLflow holds them."""
        for name, value in numbers.items():
            key, number = self._names.of(name), float(value)
            if number == 0 and math.copysign(1, number) < 0:
                self._carried.leave("the sign of -0.0")
            if isinstance(value, int) and abs(value) > EXACT:
                self._carried.leave("digits of integers beyond 2^53")
            if self._doubles.is_one(key, time_ns // 10**6, step, number):
                self._carried.leave("values logged twice at one step within a millisecond, of which MLflow keeps one")
                continue
            self._carried.points += 1
            yield key, number


class _Doubles:
    """Tells values that MLflow's database takes for one: of the same name, time, step and value."""

    def __init__(self) -> None:
        self._recent: dict[str, tuple[int, set[tuple[int, str]]]] = {}

    def is_one(self, key: str, time_ms: int, step: int, value: float) -> bool:
        known = self._recent.get(key)
        if known is None or known[0] != time_ms:
            known = self._recent[key] = (time_ms, set())
        point = (step, "nan" if math.isnan(value) else value.hex())
        if point in known[1]:
            return True
        known[1].add(point)
        return False
