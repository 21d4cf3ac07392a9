"""Recorded runs on their way to a Space, with ``~`` for home folders wherever a report has it too.

What a run is called, where its files lie and what is in them stays as it is: the scan stops for home folders there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trackio import references
from trackio.errors import StoreError, UsageError
from trackio.importers.imported import ImportedRun, Row, streamed
from trackio.importers.kept import Kept, take
from trackio.importers.told import parsed
from trackio.media.base import Media, Place
from trackio.privacy import without_homes

_JSON = ".json"
_TELLING = (b"/home/", b"/Users/", b"/root", b"\\Users\\", b'.json"')
"""Without any of these, a JSON file is what it was; the last names a file inside it."""


def homeless(run: ImportedRun) -> ImportedRun:
    """The run, changed: its texts have no home folders, nor have those of its tables, traces and charts."""
    rows, system_rows = run.rows, run.system_rows
    run.notes = without_homes(run.notes)
    run.config, run.summary = without_homes(run.config), without_homes(run.summary)
    run.rows = lambda: _rows(streamed(rows))
    run.system_rows = lambda: _rows(streamed(system_rows))
    run.alerts = [
        replace(one, **{name: without_homes(getattr(one, name)) for name in ("title", "text", "data")})
        for one in run.alerts
    ]
    run.artifacts = [
        replace(one, **{name: without_homes(getattr(one, name)) for name in ("description", "metadata")})
        for one in run.artifacts
    ]
    return run


def _rows(rows: Iterator[Row]) -> Iterator[Row]:
    for step, time_ns, values in rows:
        yield step, time_ns, {name: _value(value) for name, value in values.items()}


def _value(value: Any) -> Any:
    return _Homeless(value) if isinstance(value, Kept) else without_homes(value)


@dataclass(frozen=True, slots=True)
class _Homeless(Media):
    """A reference to stored files, of which those with home folders are written anew."""

    kept: Kept

    def reference(self, place: Place) -> dict[str, Any]:
        """The reference, to the files as they are in the project then."""
        found: dict[str, Any] = self._changed(self.kept.body, place)
        return found

    def _changed(self, value: Any, place: Place) -> Any:
        if isinstance(value, Mapping):
            changed = {without_homes(name): self._changed(item, place) for name, item in value.items()}
            for name, item in value.items():
                if (name == "file" or name.endswith("_file")) and _is_file(item):
                    file, size = self._file(item, place)
                    changed[name] = file
                    if name == "file" and size is not None and "size" in value:
                        changed["size"] = size
            return changed
        if isinstance(value, (list, tuple)):
            return [self._changed(item, place) for item in value]
        return without_homes(value)

    def _file(self, name: str, place: Place) -> tuple[str, int | None]:
        """The file that takes this one's place in the project, and its size if it is another."""
        path = self.kept.blobs.path(name)
        if not path.is_file() or path.is_symlink():
            raise UsageError("its file is missing")
        if name.endswith(_JSON):
            try:
                data = self.kept.blobs.read(name)
                value = parsed(data) if any(one in data for one in _TELLING) else None
            except (ValueError, StoreError) as error:
                raise UsageError(f"its file cannot be read ({str(error).rstrip('.')})") from None
            changed = self._changed(value, place)
            if changed != value:
                blob = place.blobs.put(json.dumps(changed, separators=(",", ":")).encode(), name[64:])
                return blob.name, blob.size
        take(path, place.blobs)
        return name, None


def _is_file(value: Any) -> bool:
    return isinstance(value, str) and references.FILE_NAME.fullmatch(value) is not None
