"""Which media a report holds: all of them up to a size, else the last of each name, or none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from trackio.errors import StoreError
from trackio.report.gather import Project, Run
from trackio.report.media.found import Found, Need, needs_of_table
from trackio.store.blobs import Blobs
from trackio.store.project import ProjectStore

Mode: TypeAlias = Literal["all", "last", "none"]

LIMIT_BYTES = 200_000_000
"""Of stored files, a project; with more, the last medium of each name has to do."""

DAMAGED = "damaged: its content is not what was stored"

_HAS_MEDIA = re.compile(rb'"_type": ?"trackio\.')


@dataclass(frozen=True, slots=True)
class Chosen:
    """The media of one project that a report holds."""

    mode: Mode = "none"
    """What it came to: ``last`` too where all would have been too much."""
    is_cut: bool = False
    """Whether that is so because of the limit."""
    needs: frozenset[Need] = frozenset()
    faults: dict[str, str] = field(default_factory=dict)
    """Why a stored file is not shown, in words, by its name."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Of the stored files that there are, in bytes."""

    def first(self, found: Found) -> int:
        """The place of the first medium of a name that is shown."""
        return len(found.steps) - 1 if self.mode == "last" and found.has_files else 0

    def shown(self, run: Run) -> tuple[Found, ...]:
        """The media of a run that its page shows."""
        return () if self.mode == "none" else run.media

    def faults_of(self, needs: Iterable[Need]) -> dict[str, str]:
        """Those of some files only."""
        return {need.blob: self.faults[need.blob] for need in needs if need.blob in self.faults}

    def state(self, run: Run) -> list[object]:
        """All that decides how a run's media are shown, beside the run itself."""
        faults = self.faults_of(need for found in run.media for needs in found.needs for need in needs)
        return [self.mode, self.is_cut, sorted(faults.items())] if run.media else []


def choose(project: Project, store: ProjectStore, mode: Mode, limit_bytes: int = LIMIT_BYTES) -> Chosen:
    """What of a project's media there is and fits."""
    if mode == "none" or not any(run.media for run in project.runs):
        return Chosen(mode)
    shelf = _Shelf(store.blobs)
    if mode == "all":
        needs = shelf.with_nested(_all(project))
        if shelf.total(needs) <= limit_bytes:
            return _chosen("all", needs, shelf, is_cut=False)
    needs = shelf.with_nested(_last(project))
    kept, total = [], 0
    for need in sorted(needs, key=lambda need: (shelf.size(need.blob), need)):
        total += shelf.size(need.blob)
        if total > limit_bytes:
            shelf.faults[need.blob] = f"left out: it has {_megabytes(shelf.size(need.blob))}"
        else:
            kept.append(need)
    return _chosen("last", kept, shelf, is_cut=mode == "all")


def damaged(chosen: Chosen, faults: dict[str, str]) -> Chosen:
    """The choice without files that could not be copied."""
    if not faults:
        return chosen
    needs = frozenset(need for need in chosen.needs if need.blob not in faults)
    return replace(chosen, needs=needs, faults={**chosen.faults, **faults})


class _Shelf:
    """The stored files of a project, looked at once each."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self.sizes: dict[str, int] = {}
        self.faults: dict[str, str] = {}

    def size(self, name: str) -> int:
        """In bytes; 0 for a file that is missing."""
        if name not in self.sizes and name not in self.faults:
            try:
                self.sizes[name] = self._blobs.path(name).stat().st_size
            except OSError:
                self.faults[name] = "missing from the project's files"
        return self.sizes.get(name, 0)

    def total(self, needs: Iterable[Need]) -> int:
        return sum(self.size(name) for name in {need.blob for need in needs})

    def with_nested(self, needs: Iterable[Need]) -> list[Need]:
        """These, and the files of media inside their tables."""
        found: dict[Need, None] = {}
        for need in needs:
            if need not in found:
                found[need] = None
                if need.blob.endswith(".table.json"):
                    found.update(dict.fromkeys(self._nested(need.blob)))
        return list(found)

    def _nested(self, name: str) -> Iterator[Need]:
        if not self.size(name):
            return
        try:
            data = self._blobs.read(name)
            if _HAS_MEDIA.search(data):
                yield from needs_of_table(json.loads(data))
        except (StoreError, OSError, ValueError, RecursionError):
            self.faults[name] = DAMAGED


def _all(project: Project) -> Iterator[Need]:
    for run in project.runs:
        for found in run.media:
            for needs in found.needs:
                yield from needs


def _last(project: Project) -> Iterator[Need]:
    for run in project.runs:
        for found in run.media:
            yield from found.needs[-1]


def _chosen(mode: Mode, needs: Sequence[Need], shelf: _Shelf, *, is_cut: bool) -> Chosen:
    kept = frozenset(need for need in needs if shelf.size(need.blob) or need.blob not in shelf.faults)
    return Chosen(mode, is_cut, kept, shelf.faults, shelf.sizes)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"
