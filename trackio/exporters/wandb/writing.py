"""``trackio export wandb``: offline runs as W&B's own library writes them, which ``wandb sync`` uploads.

A run keeps its id, name, config, steps, times and summary. W&B's steps only grow: a run in which one comes twice or
goes back gets steps that count its rows, and its own are the metric ``trackio/step``, the axis of the others.
"""

from __future__ import annotations

import glob
import inspect
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from trackio import references
from trackio.artifacts.manifest import Manifest
from trackio.definitions import EVENT
from trackio.errors import MissingExtra, StoreError, UsageError
from trackio.exporters.behind import leave_energy, leave_events, leave_uses
from trackio.exporters.exported import Carried, ExportedRun
from trackio.exporters.wandb.media import WandbObjects
from trackio.importers.imported import Watch
from trackio.importers.wandb.items import STEP
from trackio.records import AlertRecord, MetricDefinition, Scalar
from trackio.store import versions

_ID = re.compile(r"[:;,#?/'\\%]")
_PROJECT = re.compile(r"[/\\#?%:]")
_LEVELS = {"info": "INFO", "warn": "WARN", "error": "ERROR"}
_OWN = ("_step", "_timestamp", "_runtime", "_wandb")
_PROGRESS_ROWS = 500


@dataclass(frozen=True, slots=True)
class Options:
    """How to write."""

    entity: str | None = None
    """Whose runs they shall be; W&B's default when None."""
    project: str | None = None
    """W&B's project; called as the one here when None."""


def write(runs: Sequence[ExportedRun], output: str, options: Options, carried: Carried, watch: Watch) -> None:
    """Write each run to ``output/wandb/offline-run-...``."""
    try:
        import wandb
    except ImportError:
        raise MissingExtra("wandb", "wandb") from None
    folder = Path(output)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; offline runs go into a folder.")
    for run in runs:
        there = next((folder / "wandb").glob(f"offline-run-*-{glob.escape(_id(run))}"), None)
        if there is not None:
            raise UsageError(f"{there} is there already. Remove it, or name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for run in runs:
        with _begun(wandb, run, folder, options, carried) as target:
            _Writer(wandb, target, run, carried, watch).write()
        carried.runs.append(run.record.id)
        carried.written.append(str(Path(target.dir).parent))


@contextmanager
def _begun(wandb: Any, run: ExportedRun, folder: Path, options: Options, carried: Carried) -> Iterator[Any]:
    """W&B's run, finished afterwards; what an error leaves of it is removed."""
    record = run.record
    project = options.project or _PROJECT.sub("-", record.project)[:128]
    if options.project is None and project != record.project:
        carried.leave(f"the name {record.project!r} of the project, which became {project!r}")
    if _id(run) != record.id:
        carried.leave(f"the id {record.id!r}, which became {_id(run)!r}")
    settings = wandb.Settings(
        console="off",
        disable_code=True,
        disable_git=True,
        silent=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_save_requirements=False,
    )
    target = wandb.init(
        mode="offline",
        dir=str(folder.resolve()),
        id=_id(run),
        entity=options.entity,
        project=project,
        name=record.name,
        group=record.group,
        job_type=record.job_type,
        tags=[tag for tag in record.tags if 0 < len(tag) <= 64] or None,
        notes=record.notes,
        config=dict(record.config),
        reinit="create_new",
        settings=settings,
    )
    path = Path(target.dir).parent
    try:
        yield target
    except BaseException:
        target.finish(exit_code=1)
        shutil.rmtree(path, ignore_errors=True)
        raise
    code = record.exit_code if record.exit_code is not None else int(record.status != "finished")
    target.finish(exit_code=code)


def _id(run: ExportedRun) -> str:
    return _ID.sub("-", run.record.id).strip()


class _Writer:
    """Writes one run."""

    def __init__(self, wandb: Any, target: Any, run: ExportedRun, carried: Carried, watch: Watch) -> None:
        self._wandb, self._target, self._run = wandb, target, run
        self._carried, self._watch = carried, watch
        self._objects = WandbObjects(wandb, run.blobs)
        self._floats: dict[str, bool] = {}
        """Metrics that hold floats, and whether all of them are whole."""
        steps = [step for step, _, _ in run.rows()]
        self._has_own_steps = all(one < other for one, other in pairwise(steps)) and (not steps or steps[0] >= 0)

    def write(self) -> None:
        """Everything that W&B can hold; the rest is told."""
        record = self._run.record
        for definition in self._run.store.definitions(record.id):
            self._define(definition)
        if not self._has_own_steps:
            self._target.define_metric(STEP, hidden=True)
            if not any(one.name == "*" for one in self._run.store.definitions(record.id)):
                self._target.define_metric("*", step_metric=STEP)
        alerts = self._run.alerts()
        for number, (step, time_ns, values) in enumerate(self._run.rows()):
            while alerts and alerts[0].time_ns < time_ns:
                self._alert(alerts.pop(0))
            self._row(number, step, time_ns, values)
            if number % _PROGRESS_ROWS == 0:
                self._watch.progress(record.name, number, max(1, record.row_count))
        for alert in alerts:
            self._alert(alert)
        # W&B makes a summary of the last values itself; what the script set stands over it.
        for name, value in self._run.summary.items():
            self._target.summary[name] = value
        self._files()
        self._artifacts()
        self._leave()

    def _row(self, number: int, step: int, time_ns: int, values: Mapping[str, Scalar]) -> None:
        row: dict[str, Any] = {}
        for name, value in values.items():
            if name in _OWN:
                self._carried.leave(f"the metric {name}, which is W&B's own word")
                continue
            body = references.decode(value)
            if body is None:
                row[name] = value
                if isinstance(value, float):
                    self._floats[name] = value.is_integer() and self._floats.get(name, True)
                continue
            try:
                row[name] = self._objects.made(body)
            except UsageError as error:
                self._carried.leave(f"{name}: {str(error).rstrip('.')}")
            if body["_type"] == "trackio.markdown":
                self._carried.leave(f"{name}: that it is Markdown; it became text")
        self._carried.points += len(row)
        if time_ns % 1000:
            self._carried.leave("the part of a time below a microsecond")
        if not self._has_own_steps:
            row[STEP] = step
        if row:
            self._target.log(
                {**row, "_timestamp": time_ns / 1e9}, step=step if self._has_own_steps else number, commit=True
            )

    def _define(self, definition: MetricDefinition) -> None:
        given = {
            "step_metric": definition.step_metric,
            "step_sync": definition.step_sync or None,
            "hidden": definition.hidden or None,
            "summary": ",".join(definition.summary) or None,
            "goal": definition.goal,
        }
        known = inspect.signature(self._target.define_metric).parameters
        if definition.goal is not None and "goal" not in known:
            self._carried.leave(f"the goal of {definition.name}")
        try:
            self._target.define_metric(
                definition.name,
                **{key: value for key, value in given.items() if value is not None and key in known},
            )
        except self._wandb.Error as error:
            self._carried.leave(f"the definition of {definition.name} ({str(error).rstrip('.')})")

    def _alert(self, alert: AlertRecord) -> None:
        level = getattr(self._wandb.AlertLevel, _LEVELS.get(alert.level, "INFO"))
        self._target.alert(alert.title, alert.text or "", level=level, wait_duration=0)
        if alert.data is not None:
            self._carried.leave("the data of an alert")

    def _files(self) -> None:
        root = Path(self._target.dir)
        for name, file in self._run.files().items():
            target = root / name
            # W&B would only link to a file elsewhere; one that lies in the run's own folder stays with it.
            if ".." in target.parts or not target.is_relative_to(root) or target.exists():
                self._carried.leave(f"the saved file {name}, whose name W&B cannot have")
                continue
            try:
                self._run.blobs.copy_to(file, target)
            except StoreError as error:
                self._carried.leave(f"the saved file {name}: {str(error).rstrip('.')}")
                continue
            self._target.save(str(target), base_path=str(root), policy="now")

    def _artifacts(self) -> None:
        for version in versions.logged(self._run.store, self._run.record.id):
            try:
                manifest = Manifest.decode(self._run.blobs.read(version.manifest))
                artifact = self._wandb.Artifact(
                    version.source, version.type, description=version.description, metadata=dict(version.metadata)
                )
                for path, entry in manifest.entries.items():
                    if entry.ref is not None:
                        artifact.add_reference(entry.ref, name=path, checksum=False)
                    else:
                        artifact.add_file(str(self._run.blobs.path(str(entry.file))), name=path)
                aliases = [alias for alias in version.aliases if alias != "latest"]
                self._target.log_artifact(artifact, aliases=aliases or None, tags=list(version.tags) or None)
            except (StoreError, ValueError, OSError, self._wandb.Error) as error:
                self._carried.leave(f"the artifact {version.source}: {str(error).splitlines()[0].rstrip('.')}")

    def _leave(self) -> None:
        record, store = self._run.record, self._run.store
        if count := sum(metric.count for metric in store.metrics(record.id, "system")):
            self._carried.leave("a value of a system metric: W&B takes none but from its own sampler", count)
        leave_uses(self._run, self._carried)
        leave_energy(self._run, self._carried)
        leave_events(self._run, self._carried, {EVENT})
        if whole := sum(self._floats.values()):
            self._carried.leave("that the numbers of a metric, all of them whole, are floats", whole)
        if record.status == "crashed":
            self._carried.leave(f"{record.name}: that it crashed; it became failed")
        self._carried.leave("when a run began and ended and raised alerts, but for the times of its rows")
        if any(not 0 < len(tag) <= 64 for tag in record.tags):
            self._carried.leave(f"{record.name}: a tag of more than 64 characters")
