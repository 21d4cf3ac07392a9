"""Where a project was published last: one small file beside its data."""

from __future__ import annotations

import json
import os
from pathlib import Path

NAME = "space.json"


def recall(directory: Path) -> str | None:
    """The id of the Space, ``owner/name``; None when the project was never published."""
    try:
        found = json.loads((directory / NAME).read_text("utf-8"))["space_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def when_ns(directory: Path) -> int:
    """When that was; 0 when never."""
    try:
        return (directory / NAME).stat().st_mtime_ns
    except OSError:
        return 0


def remember(directory: Path, space_id: str) -> None:
    """Keep the id; a home that is read-only forgets it."""
    draft = directory / f"{NAME}.{os.getpid()}"
    try:
        draft.write_text(json.dumps({"space_id": space_id}), "utf-8")
        draft.replace(directory / NAME)
    except OSError:
        # The next sync() has to name the Space, as this one had.
        draft.unlink(missing_ok=True)
