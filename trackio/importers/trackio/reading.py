"""``trackio import trackio``: the projects of another home, this trackio's or the original's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trackio.errors import UsageError
from trackio.importers.imported import ImportedRun, Watch
from trackio.importers.trackio import original, own
from trackio.store import layout


@dataclass(frozen=True, slots=True)
class Options:
    """There is nothing to choose: everything comes along."""


def runs(sources: Sequence[str], options: Options, watch: Watch) -> Iterator[ImportedRun]:  # noqa: ARG001 - see Options
    """The runs of homes, project by project, by when they began.

    A home of this trackio, or the folder of one of its projects; a home of the original, or one of its ``.db`` or
    ``.parquet`` files.
    """
    for source in map(Path, sources):
        if not source.exists():
            raise FileNotFoundError(2, "No such file or directory", str(source))
        folders = _own_projects(source)
        files = [] if folders else original.projects(source)
        if not folders and not files:
            raise UsageError(
                f"{source} holds no project of trackio. Name a home, such as ~/.cache/huggingface/trackio."
            )
        for folder in folders:
            yield from own.runs(folder, watch)
        for file in files:
            yield from original.runs(file, watch)


def _own_projects(source: Path) -> list[Path]:
    if not source.is_dir():
        return []
    below = layout.projects_directory(source)
    found = sorted(below.iterdir()) if below.is_dir() else [source]
    return [folder for folder in found if layout.project_name(folder) is not None]
