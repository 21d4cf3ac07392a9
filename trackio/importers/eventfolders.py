"""The folders that hold event files, anywhere below a path."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def folders(source: Path, failed: Callable[[OSError], object]) -> dict[Path, list[Path]]:
    """The event files below a path, by the folder that they lie in; a file named by the caller needs no usual name.

    Links to folders elsewhere are followed, each once; those to folders that are gone through anyway, or that lead
    back up, are not. ``failed`` is told of folders that cannot be listed.
    """
    if source.is_file():
        return {source.parent: [source]}
    root = source.resolve()
    found: dict[Path, list[Path]] = {}
    seen = {root}
    for folder, names, files in os.walk(source, onerror=failed, followlinks=True):
        names[:] = [name for name in sorted(names) if _is_new(Path(folder, name), root, seen)]
        paths = [Path(folder, name) for name in sorted(files) if _is_usual(name)]
        if paths:
            found[Path(folder)] = paths
    return found


def _is_usual(name: str) -> bool:
    # Profiles leave an empty one; a hidden one was not finished.
    return "tfevents" in name and "profile-empty" not in name and not name.startswith(".")


def _is_new(folder: Path, root: Path, seen: set[Path]) -> bool:
    """Whether a folder is to be gone through under this name."""
    try:
        target = folder.resolve()
    except (OSError, RuntimeError):
        # A link that leads to itself.
        return False
    if folder.is_symlink() and (target.is_relative_to(root) or root.is_relative_to(target)):
        return False
    if target in seen:
        return False
    seen.add(target)
    return True
