"""Runs of MLflow stores: each experiment is a project, with metrics, parameters, tags, notes and artifacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from re import fullmatch
from typing import Any

from trackio.errors import UsageError, nearest
from trackio.importers.imported import Event, ImportedRun, ImportFailed, Watch
from trackio.importers.mlflow import params
from trackio.importers.mlflow.contents import Contents
from trackio.importers.mlflow.store import address, faults, first_line, local_path, opened, unusable
from trackio.importers.within import is_within

_PAGE = 1000
_OWN_TAGS = "mlflow."
_NOTE = "mlflow.note.content"
_PARENT = "mlflow.parentRunId"


@dataclass(frozen=True, slots=True)
class Options:
    """What to read of a store."""

    experiments: tuple[str, ...] = ()
    """Only these, by name; all of them when empty."""
    artifacts: bool = True
    """Whether files that runs saved come along."""


def runs(sources: Sequence[str], options: Options, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of every store, by experiment and by when they began; deleted ones stay behind."""
    for source in sources:
        uri = address(source)
        reason = unusable(uri)
        if reason is not None:
            watch.failed(ImportFailed(source, reason))
            continue
        try:
            with opened(uri) as client:
                yield from _Store(source, client, options, watch, local_path(uri)).runs()
        except faults() as error:
            watch.failed(ImportFailed(source, first_line(error), kept="What came before that is imported"))


class _Store:
    """One store, and what is known of it."""

    def __init__(self, source: str, client: Any, options: Options, watch: Watch, path: Path | None) -> None:
        self._source, self._client, self._options, self._watch, self._path = source, client, options, watch, path
        self._names: dict[str, str] = {}
        """Of runs by id, for those that have children."""

    def runs(self) -> Iterator[ImportedRun]:
        chosen = self._experiments()
        for experiment in sorted(chosen, key=lambda one: one.creation_time or 0):
            found = self._search([experiment.experiment_id])
            for number, run in enumerate(found):
                yield self._run(run, experiment)
                self._watch.progress(experiment.name, number + 1, len(found))

    def _experiments(self) -> list[Any]:
        found: list[Any] = _paged(self._client.search_experiments)
        known = {one.name: one for one in found}
        for name in self._options.experiments:
            if name not in known:
                near = nearest(name, list(known)) or list(known)[:5]
                raise UsageError(f"There is no experiment {name!r} in {self._source}. Nearest: {', '.join(near)}.")
        return [known[name] for name in self._options.experiments] if self._options.experiments else found

    def _search(self, experiments: list[str]) -> list[Any]:
        found = _paged(partial(self._client.search_runs, experiments, order_by=["attributes.start_time ASC"]))
        self._names.update((run.info.run_id, run.info.run_name or run.info.run_id) for run in found)
        return found

    def _run(self, found: Any, experiment: Any) -> ImportedRun:
        info, data = found.info, found.data
        tags = dict(data.tags)
        started_ms = info.start_time or experiment.creation_time or 0
        parent = tags.get(_PARENT)
        run = ImportedRun(
            info.run_id,
            info.run_name or info.run_id,
            self._names.get(parent, parent) if parent else None,
            {name: params.value(text) for name, text in data.params.items()},
            project=experiment.name,
            fingerprint=_fingerprint(found),
            tags=[name if not value else f"{name}:{value}" for name, value in _plain_tags(tags)],
            notes=tags.get(_NOTE) or None,
            created_ns=started_ms * 10**6,
            finished_ns=None if info.end_time is None else info.end_time * 10**6,
        )
        # One that was killed, or is in progress, has no end.
        run.status = {"FINISHED": "finished", "FAILED": "failed"}.get(info.status, "crashed")  # type: ignore[assignment]
        run.exit_code = {"FINISHED": 0, "FAILED": 1}.get(info.status)
        own = {name: value for name, value in tags.items() if name.startswith(_OWN_TAGS) and name != _NOTE}
        run.events.append(
            Event("mlflow", run.created_ns or 0, {"run": info.run_id, "experiment": experiment.name, "tags": own})
        )
        folder = partial(self._folder, info) if self._options.artifacts else None
        contents = Contents(run, list(data.metrics), partial(self._client.get_metric_history, info.run_id), folder)
        run.rows, run.system_rows = contents.rows, contents.system_rows
        return run

    def _folder(self, info: Any, download: Path) -> Path | None:
        """Where the artifacts of a run lie, if it has any; ``download`` takes those of another machine."""
        local = local_path(info.artifact_uri) if info.artifact_uri else None
        if local is not None and not self._is_of_run(local, info.run_id):
            self._watch.note(f"the artifacts of {info.run_name or info.run_id}: {local} is no folder of MLflow's")
            return None
        if local is None:
            try:
                if self._client.list_artifacts(info.run_id):
                    return Path(self._client.download_artifacts(info.run_id, "", str(download)))
            except Exception as error:  # noqa: BLE001 - each cloud's package, and the lack of one, has errors of its own
                name = f"the artifacts of {info.run_name or info.run_id}"
                self._watch.failed(ImportFailed(name, first_line(error), kept="The rest of the run is imported"))
            return None
        # A folder that was moved still tells where it was.
        moved = self._path and self._path / info.experiment_id / info.run_id / "artifacts"
        return next((path for path in (local, moved) if path and path.is_dir()), None)

    def _is_of_run(self, folder: Path, run_id: str) -> bool:
        """Whether a folder is one that MLflow makes for a run, or below the store: a store may name any folder."""
        if self._path is not None and self._path.is_dir() and is_within(folder, self._path):
            return True
        return fullmatch("[0-9a-f]{32}", run_id) is not None and folder.resolve().parts[-2:] == (run_id, "artifacts")


def _plain_tags(tags: dict[str, str]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in tags.items() if not name.startswith(_OWN_TAGS))


def _fingerprint(found: Any) -> str:
    info, data = found.info, found.data
    told = [info.run_name, info.status, info.start_time, info.end_time]
    parts = [sorted(part.items()) for part in (data.metrics, data.params, data.tags)]
    # A metric may go on with the same value: MLflow has when its last one came, under a name of its own.
    parts.append(sorted((one.key, (one.step, one.timestamp)) for one in getattr(data, "_metric_objs", ())))
    return blake2b(repr((told, parts)).encode(), digest_size=16).hexdigest()


def _paged(search: Any) -> list[Any]:
    found: list[Any] = []
    token = None
    while True:
        page = search(max_results=_PAGE, page_token=token)
        found += page
        token = page.token
        if not token:
            return found
