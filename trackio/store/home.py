"""The home directory: where every project lies."""

from __future__ import annotations

from pathlib import Path

from trackio import settings
from trackio.errors import UnknownProject
from trackio.store import layout
from trackio.store.project import ProjectStore


class Home:
    """All the projects under one directory, by default ``TRACKIO_DIR`` or ``~/.trackio``."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = Path(path) if path is not None else settings.home()

    def projects(self) -> list[str]:
        """The names of all projects as given, sorted."""
        try:
            directories = list(layout.projects_directory(self.path).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        names = (layout.project_name(directory) for directory in directories)
        return sorted(name for name in names if name is not None)

    def project(self, name: str) -> ProjectStore:
        """The project of that name; raises UnknownProject when there is none."""
        directory = layout.project_directory(self.path, layout.clean(name))
        if layout.project_name(directory) is None:
            known = self.projects()
            # It may have come while the others were looked at.
            if layout.project_name(directory) is None:
                raise UnknownProject(name, known, str(self.path))
        return ProjectStore(layout.clean(name), directory)

    def create(self, name: str) -> ProjectStore:
        """The project of that name, made when it is new; raises InvalidName."""
        name = layout.valid_name("project", name)
        return ProjectStore(name, layout.create_project(self.path, name))
