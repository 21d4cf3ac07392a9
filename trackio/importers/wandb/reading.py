"""``trackio import wandb``: offline runs from ``.wandb`` files, and what was exported from W&B's site or its API."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from glob import escape
from pathlib import Path

from trackio.errors import UsageError
from trackio.importers.imported import ImportedRun, ImportFailed, Watch
from trackio.importers.wandb import exported, offline
from trackio.importers.wandb.exported import Options
from trackio.importers.wandb.part import Part, look_through
from trackio.importers.within import is_within

__all__ = ["Options", "runs"]

SUFFIX = ".wandb"
HISTORIES = ("history.csv", "history.parquet", "history.jsonl", "wandb-history.jsonl")
"""Files that are looked for in a folder without any ``.wandb``."""


def runs(sources: Sequence[str], options: Options, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of files and folders, by when they began.

    A folder may be that of one run, a script's ``wandb`` folder, or one above. The parts of a run that was resumed are
    put together; those that lie beside the one named are among them, so that a run is never cut to its last part.
    """
    paths = list(dict.fromkeys(found for source in sources for found in _files(Path(source))))
    parts: dict[tuple[str, ...], list[Part]] = {}
    for path in paths:
        if path.suffix == SUFFIX:
            try:
                part = look_through(path)
            except (ImportFailed, OSError) as error:
                watch.failed(_failure(path, error))
                continue
            place = tuple(str(part.identity.get(key)) for key in ("entity", "project", "run_id"))
            parts.setdefault(place, []).append(part)
    found = [sorted(group, key=lambda part: part.started_ns) for group in parts.values()]
    for group in sorted(found, key=lambda group: group[0].started_ns):
        yield offline.run(group, watch)
    for path in paths:
        if path.suffix != SUFFIX:
            try:
                yield from exported.runs(path, options, watch)
            except (ImportFailed, OSError) as error:
                watch.failed(_failure(path, error))


def _failure(path: Path, error: ImportFailed | OSError) -> ImportFailed:
    return error if isinstance(error, ImportFailed) else ImportFailed(path, error.strerror or str(error))


def _files(source: Path) -> list[Path]:
    if not source.exists():
        raise FileNotFoundError(2, "No such file or directory", str(source))
    if source.is_file():
        return _siblings(source.resolve()) if source.suffix == SUFFIX else [source]
    # `latest-run` is a link to one of its neighbours, and not followed.
    there = (Path(folder, name) for folder, _, names in os.walk(source) for name in names)
    files = sorted(path.resolve() for path in there if is_within(path, source))
    found = [path for file in files if file.suffix == SUFFIX for path in _siblings(file)]
    found = found or [path for path in files if path.name in HISTORIES]
    if not found:
        raise UsageError(
            f"There is no {SUFFIX} file in {source}, and no {', '.join(HISTORIES)}. "
            "Name a folder such as wandb/offline-run-..., or the files that were exported."
        )
    return found


def _siblings(path: Path) -> list[Path]:
    """A file, and those of the same run in the folders beside its own, where W&B puts what comes after a resume."""
    folder = path.parent
    if not folder.name.startswith(("offline-run-", "run-")):
        return [path]
    return sorted(folder.parent.glob(f"*run-*/{escape(path.name)}"))
