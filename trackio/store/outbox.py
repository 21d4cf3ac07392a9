"""Journals on their way to a server: a mark beside each keeps it until all of it is there.

The journal is what is sent, however long that takes, so the mark comes before it and goes last; it holds no token. The
fold takes a journal in as any other, but removes none that has a mark.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackio.store import layout

SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of a journal that is to be sent."""

    path: Path
    url: str
    """Of the server, without a token."""
    project: str
    run: str
    """The id of the run."""
    space_id: str | None = None
    """The Space that the address is of."""
    wish: Mapping[str, Any] | None = None
    """What the Space is to be if it is not there."""

    @property
    def journal(self) -> Path:
        """The journal, which may be gone."""
        return layout.journals(self.directory) / self.path.name.removesuffix(SUFFIX)

    @property
    def directory(self) -> Path:
        """The folder of the project."""
        return self.path.parent.parent

    def write(self) -> None:
        """Put it where it belongs, whole or not at all; raises OSError."""
        self.path.parent.mkdir(exist_ok=True)
        draft = self.path.with_suffix(f".{os.getpid()}")
        body: dict[str, Any] = {"url": self.url, "project": self.project, "run": self.run, "space_id": self.space_id}
        if self.wish is not None:
            body["wish"] = dict(self.wish)
        try:
            draft.write_text(json.dumps(body), encoding="utf-8")
            draft.replace(self.path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def remove(self) -> None:
        """Let the fold have the journal: all of it is where it was to go, or will never get there."""
        self.path.unlink(missing_ok=True)


def place(project: Path, journal_name: str) -> Path:
    """Where the mark of a journal is."""
    return layout.outbox(project) / f"{journal_name}{SUFFIX}"


def names(project: Path) -> set[str]:
    """The file names of the journals that have a mark."""
    try:
        found = os.listdir(layout.outbox(project))  # noqa: PTH208 - names alone, and looked at by every reader
    except (FileNotFoundError, NotADirectoryError):
        return set()
    return {name.removesuffix(SUFFIX) for name in found if name.endswith(SUFFIX)}


def marks(project: Path) -> list[Mark]:
    """The marks of a project, those of the oldest journals first; one that cannot be read is left out."""
    found = (_read(place(project, name)) for name in sorted(names(project)))
    return sorted((mark for mark in found if mark is not None), key=lambda mark: _made_ns(mark.path))


def _read(path: Path) -> Mark | None:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        url, project, run, space_id = body["url"], body["project"], body["run"], body.get("space_id")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not all(isinstance(text, str) for text in (url, project, run, space_id or "")):
        return None
    wish = body.get("wish")
    return Mark(path, url, project, run, space_id, wish if isinstance(wish, dict) else None)


def _made_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
