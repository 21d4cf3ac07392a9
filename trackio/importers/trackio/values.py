"""What the original trackio logged as values here: numbers, texts, and media with their files."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from trackio.errors import MissingExtra, UsageError
from trackio.importers.imported import Inline
from trackio.importers.media import Foreign, MediaFiles, Reference, list_reference, sound
from trackio.importers.told import parsed
from trackio.media.base import Place, file_reference
from trackio.store.blobs import Blobs

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_PREFIX = "trackio."


def body(data: Any) -> dict[str, Any]:
    """The JSON object in a cell of the database; empty where it is none."""
    try:
        found = parsed(data)
    except (ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


class Values:
    """Turns the JSON of a row into values; files are looked for below ``home / "media"``."""

    def __init__(self, home: Path, lost: Callable[[str], object]) -> None:
        self._media, self._lost = home / "media", lost

    def row(self, found: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
        """The values of a row; nested names are joined with ``/``."""
        row: dict[str, Any] = {}
        for key, value in found.items():
            name = f"{prefix}{key}"
            if isinstance(value, str):
                # The original tells the three words apart from no text either.
                row[name] = _WORDS.get(value, value)
            elif isinstance(value, (bool, int, float)):
                row[name] = value
            elif isinstance(value, dict) and "_type" not in value:
                row |= self.row(value, f"{name}/")
            elif isinstance(value, dict):
                row[name] = Foreign(value, self._reference)
            elif isinstance(value, list) and any(isinstance(one, dict) and "_type" in one for one in value):
                row[name] = Foreign({"_type": "trackio.list", "items": value}, self._reference)
            elif isinstance(value, list):
                row[name] = Inline("array", {"_value": value})
        return row

    def trace(self, traces: list[dict[str, Any]]) -> Foreign:
        """One or several traces of one name."""
        ones = [{"_type": "trackio.trace", **one} for one in traces]
        return Foreign(ones[0] if len(ones) == 1 else {"_type": "trackio.list", "items": ones}, self._reference)

    def _reference(self, name: str, value: Mapping[str, Any], blobs: Blobs) -> Reference:
        return _Maker(MediaFiles(self._media, blobs, self._lost), name).reference(value)


class _Maker:
    """Makes the references of one value."""

    def __init__(self, files: MediaFiles, name: str) -> None:
        self._files, self._name = files, name

    def reference(self, value: Mapping[str, Any]) -> Reference:
        """The reference for a medium; raises UsageError when there can be none."""
        kind = str(value.get("_type")).removeprefix(_PREFIX)
        makers: dict[str, Callable[[Mapping[str, Any]], Reference]] = {
            "image": self._image,
            "audio": self._audio,
            "video": partial(self._plain, "video"),
            "object3d": partial(self._plain, "object3d"),
            "html": self._html,
            "table": self._table,
            "trace": self._trace,
            "histogram": _histogram,
            "markdown": _markdown,
            "list": self._list,
        }
        make = makers.get(kind)
        if make is None:
            raise UsageError(f"the type {value.get('_type')!r} has no like here")
        return make(value)

    def _image(self, value: Mapping[str, Any]) -> Reference:
        path = self._files.path(value.get("file_path"))
        caption = value.get("caption")
        try:
            from trackio.media.image import Image

            return Image(path, caption=caption).reference(Place(self._files.blobs, self._name, 0))
        except (MissingExtra, UsageError, OSError):
            # Its size stays unknown.
            blob = self._files.keep(value.get("file_path"))
            return file_reference("image", blob, format=path.suffix[1:].lower(), caption=caption)

    def _audio(self, value: Mapping[str, Any]) -> Reference:
        path = self._files.path(value.get("file_path"))
        about = {**sound(path), "format": path.suffix[1:].lower(), "caption": value.get("caption")}
        return file_reference("audio", self._files.keep(value.get("file_path")), **about)

    def _html(self, value: Mapping[str, Any]) -> Reference:
        blob = self._files.keep(value.get("file_path"))
        return file_reference("html", blob, inject=False, caption=value.get("caption"))

    def _plain(self, kind: str, value: Mapping[str, Any]) -> Reference:
        path = self._files.path(value.get("file_path"))
        about = {"format": path.suffix[1:].lower(), "caption": value.get("caption")}
        return file_reference(kind, self._files.keep(value.get("file_path")), **about)

    def _table(self, value: Mapping[str, Any]) -> Reference:
        rows = [row for row in value.get("_value") or [] if isinstance(row, dict)]
        columns = list(dict.fromkeys(str(column) for row in rows for column in row))
        named = [{str(column): self._inner(cell) for column, cell in row.items()} for row in rows]
        data = [[row.get(column) for column in columns] for row in named]
        blob = self._files.blobs.put(json.dumps({"columns": columns, "data": data}).encode(), ".table.json")
        return file_reference("table", blob, columns=columns, rows=len(data))

    def _trace(self, value: Mapping[str, Any]) -> Reference:
        whole = {key: self._inner(value.get(key)) for key in ("messages", "metadata", "spans") if value.get(key)}
        messages = whole.setdefault("messages", [])
        blob = self._files.blobs.put(json.dumps({"metadata": {}, **whole}).encode(), ".trace.json")
        return file_reference("trace", blob, messages=len(messages))

    def _list(self, value: Mapping[str, Any]) -> Reference:
        ones = [one for one in value["items"] if isinstance(one, dict)]
        return list_reference(self._files.some(partial(self.reference, one) for one in ones))

    def _inner(self, value: Any) -> Any:
        """A value inside of a table or trace, with its media brought along."""
        if isinstance(value, list):
            return [self._inner(one) for one in value]
        if not isinstance(value, dict):
            return value
        if not str(value.get("_type")).startswith(_PREFIX):
            return {key: self._inner(one) for key, one in value.items()}
        try:
            return self.reference(value)
        except UsageError as error:
            self._files.lost(f"{self._name}: inside: {error}")
            return None


def _histogram(value: Mapping[str, Any]) -> Reference:
    bins, counts = value.get("bins"), value.get("values")
    if not isinstance(bins, list) or not isinstance(counts, list):
        raise UsageError("it has no bins")
    return {"_type": "trackio.histogram", "bins": bins, "values": counts}


def _markdown(value: Mapping[str, Any]) -> Reference:
    return {"_type": "trackio.markdown", "_value": str(value.get("_value", ""))}
