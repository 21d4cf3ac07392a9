"""Whether a file that a foreign log or folder names lies where it may be read from."""

from __future__ import annotations

from pathlib import Path


def is_within(path: Path, folder: Path) -> bool:
    """Whether a path is below a folder, wherever links on the way lead."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        # A link that leads to itself.
        return False


def files_within(folder: Path) -> list[Path]:
    """The files below a folder, without those that links bring in from elsewhere."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and is_within(path, folder)]
