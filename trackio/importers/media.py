"""Files that the logs of another tracker name, brought into a project."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from trackio.errors import UsageError
from trackio.media.base import Media, Place
from trackio.store.blobs import Blob, Blobs

Reference: TypeAlias = dict[str, Any]

_DOUBLE = (".table.json", ".plotly.json", ".pts.json", ".vl.json", ".trace.json")


@dataclass(frozen=True, slots=True)
class MediaFiles:
    """The files below one folder, on their way into a project.

    What lies elsewhere is never read, whatever a log says. ``lost(sentence)`` is told of the parts of a medium that
    cannot be brought along; where nothing of it can, methods raise UsageError.
    """

    root: Path
    blobs: Blobs
    lost: Callable[[str], object]

    def path(self, name: object) -> Path:
        """Where a file lies."""
        if not isinstance(name, str) or not name or "\0" in name:
            raise UsageError("it names no file")
        root = self.root.resolve()
        found = (root / name).resolve()
        if not found.is_relative_to(root):
            raise UsageError(f"its file {name} lies outside of the run")
        if not found.is_file():
            raise UsageError("its file is missing")
        return found

    def keep(self, name: object) -> Blob:
        """Keep a copy of a file in the project."""
        found = self.path(name)
        return self.blobs.put_file(found, suffix_of(found.name))

    def some(self, made: Iterable[Callable[[], Reference]]) -> list[Reference]:
        """Those of several media that can be made."""
        found = []
        for make in made:
            try:
                found.append(make())
            except UsageError as error:
                self.lost(f"one of several: {error}")
        return found


@dataclass(frozen=True, slots=True)
class Foreign(Media):
    """A medium as another tracker wrote it down, and what makes a reference of it."""

    value: Mapping[str, Any]
    make: Callable[[str, Mapping[str, Any], Blobs], Reference]

    def reference(self, place: Place) -> Reference:
        """What stands in the row."""
        return self.make(place.name, self.value, place.blobs)


def suffix_of(name: str) -> str | None:
    """The suffix that tells what is in a file, of two parts for JSON of a kind; None leaves it to the blobs."""
    return next((double for double in _DOUBLE if name.lower().endswith(double)), None)


def list_reference(items: list[Reference]) -> Reference:
    """The reference to several media; raises UsageError when there are none."""
    if not items:
        raise UsageError("none of its files are there")
    return {"_type": "trackio.list", "items": items}


def sound(path: Path) -> dict[str, Any]:
    """What the header of a WAV file says; nothing of other formats."""
    try:
        with wave.open(str(path)) as file:
            rate, frames = file.getframerate(), file.getnframes()
            return {"sample_rate": rate, "seconds": frames / rate if rate else 0.0, "channels": file.getnchannels()}
    except (wave.Error, EOFError, OSError):
        return {}
