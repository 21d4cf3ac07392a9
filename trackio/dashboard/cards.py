"""The projects of a home in short, for its first page: fast with hundreds of them, and after a start from nothing."""

from __future__ import annotations

import os
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TypeAlias

from trackio.dashboard.known import Projects
from trackio.errors import TrackioError
from trackio.report.gather import Project
from trackio.report.urls import ProjectUrls
from trackio.store import layout

LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 0.4
"""So long the page waits for projects that changed; what takes longer stands there by its name."""

State: TypeAlias = tuple[tuple[str, int, int], ...]
"""Sizes and times of the files of a project: what does not change while nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A project in short."""

    name: str
    urls: ProjectUrls
    project: Project | None
    """Without its runs' metrics; None as long as it was not read."""
    fault: str = ""
    """Why it cannot be read."""


class Summaries:
    """Every project in short, looked at by everybody together."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects
        self._lock = threading.Lock()
        self._known: dict[str, tuple[State, Summary]] = {}
        self._work: threading.Thread | None = None
        self._looked_at = -LOOK_SECONDS

    def all(self, patience_seconds: float = PATIENCE_SECONDS) -> list[Summary]:
        """The projects by name, as of a moment ago."""
        with self._lock:
            is_working = self._work is not None and self._work.is_alive()
            if not is_working and monotonic() - self._looked_at >= LOOK_SECONDS:
                self._work = threading.Thread(target=self._look, name="trackio-projects", daemon=True)
                self._work.start()
            work = self._work
        if work is not None:
            work.join(patience_seconds)
        urls = self._projects.urls()
        found = [self._known.get(name) for name in urls]
        return [
            Summary(name, own, None) if known is None else known[1]
            for (name, own), known in zip(urls.items(), found, strict=True)
        ]

    def _look(self) -> None:
        urls = self._projects.urls()
        for gone in set(self._known) - set(urls):
            self._known.pop(gone, None)
        for name, own in urls.items():
            state = _state(layout.project_directory(self._projects.home.path, name))
            known = self._known.get(name)
            # The process of a run may end, and nothing in the files tell of it.
            is_live = known is not None and known[1].project is not None and known[1].project.live > 0
            if known is None or known[0] != state or known[1].urls != own or is_live:
                self._known[name] = state, self._summary(name, own)
        self._looked_at = monotonic()

    def _summary(self, name: str, own: ProjectUrls) -> Summary:
        try:
            return Summary(name, own, self._projects.brief(name, own))
        except (TrackioError, OSError, sqlite3.Error) as error:
            return Summary(name, own, None, str(error))


def _state(folder: Path) -> State:
    found = []
    for path in (layout.database(folder), layout.database(folder).with_name(f"{layout.DATABASE_FILE}-wal")):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((path.name, stat.st_size, stat.st_mtime_ns))
    try:
        with os.scandir(layout.journals(folder)) as entries:
            found += sorted((entry.name, entry.stat().st_size, 0) for entry in entries)
    except OSError:
        # No run has begun, or a journal was just folded and removed.
        pass
    return tuple(found)
