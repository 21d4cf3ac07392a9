"""W&B's JSON for a logged medium becomes the reference that stands in a row here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from trackio.errors import MissingExtra, UsageError
from trackio.importers.media import MediaFiles, Reference, list_reference, sound
from trackio.importers.told import parsed
from trackio.media.base import Place, file_reference
from trackio.media.plotly import Plotly

_DELIMITER = "_wandb_delimeter_"
_LABELS = {"boxes": "bounding_box/class_labels", "masks": "mask/class_labels"}


class WandbMedia:
    """Makes references; ``labels`` has the class labels that W&B keeps in the config, by kind and key.

    ``held`` has the files of the artifact in which W&B keeps a table together with the media in its cells.
    """

    def __init__(self, files: MediaFiles, labels: Mapping[str, Any], held: MediaFiles | None = None) -> None:
        self._files, self._labels, self._held = files, labels, held

    def reference(self, name: str, value: Mapping[str, Any]) -> Reference:
        """The reference for what was logged under a name; raises UsageError when there can be none."""
        kind = str(value.get("_type"))
        make = _MAKERS.get(kind)
        if make is None:
            raise UsageError(f"W&B's type {kind!r} has no like here")
        return make(self, name, value)

    def _image(self, name: str, value: Mapping[str, Any]) -> Reference:
        about = {key: value.get(key) for key in ("width", "height", "format", "caption")}
        boxes, masks = self._boxes(name, value.get("boxes")), self._masks(name, value.get("masks"))
        return file_reference("image", self._files.keep(value.get("path")), **about, boxes=boxes, masks=masks)

    def _images(self, name: str, value: Mapping[str, Any]) -> Reference:
        shared = {key: value.get(key) for key in ("width", "height", "format")}
        ones = [
            {
                **shared,
                "path": path,
                "caption": _at(value.get("captions"), place),
                "boxes": _at(value.get("all_boxes"), place),
                "masks": _at(value.get("all_masks"), place),
            }
            for place, path in enumerate(_list(value.get("filenames")))
        ]
        return list_reference(self._files.some(partial(self._image, name, one) for one in ones))

    def _boxes(self, name: str, value: Any) -> dict[str, Any] | None:
        found = {}
        for key, one in _dicts(value):
            try:
                boxes = self._json(one.get("path"))
            except UsageError as error:
                self._files.lost(f"{name}: boxes: {error}")
                continue
            found[key] = {"class_labels": self._class_labels("boxes", name, key), **boxes}
        return found or None

    def _masks(self, name: str, value: Any) -> dict[str, Any] | None:
        found = {}
        for key, one in _dicts(value):
            try:
                blob = self._files.keep(one.get("path"))
            except UsageError as error:
                self._files.lost(f"{name}: masks: {error}")
                continue
            found[key] = {"file": blob.name, "class_labels": self._class_labels("masks", name, key)}
        return found or None

    def _class_labels(self, kind: str, name: str, key: str) -> Any:
        return self._labels.get(_LABELS[kind], {}).get(f"{name}{_DELIMITER}{key}", {}).get("value", {})

    def _audio(self, _name: str, value: Mapping[str, Any]) -> Reference:
        path = self._files.path(value.get("path"))
        about = {**sound(path), "format": path.suffix[1:].lower(), "caption": value.get("caption")}
        return file_reference("audio", self._files.keep(value.get("path")), **about)

    def _html(self, _name: str, value: Mapping[str, Any]) -> Reference:
        # W&B has put its style sheet in already.
        return file_reference("html", self._files.keep(value.get("path")), inject=False)

    def _plotly(self, name: str, value: Mapping[str, Any]) -> Reference:
        try:
            # With the script that draws it.
            return Plotly(self._json(value.get("path"))).reference(Place(self._files.blobs, name, 0))
        except MissingExtra as error:
            self._files.lost(f"{name}: what draws it. {str(error).rstrip('.')}")
            return file_reference("plotly", self._files.keep(value.get("path")))

    def _plain(self, kind: str, keys: tuple[str, ...], _name: str, value: Mapping[str, Any]) -> Reference:
        blob = self._files.keep(value.get("path"))
        name = PurePosixPath(str(value["path"])).name.lower()
        form = "pts.json" if name.endswith(".pts.json") else name.rpartition(".")[2]
        about = {key: value.get(key) for key in (*keys, "caption")}
        return file_reference(kind, blob, format=form, **about)

    def _table(self, name: str, value: Mapping[str, Any]) -> Reference:
        source, body = self, None
        if self._held is not None:
            source = WandbMedia(self._held, self._labels)
            try:
                body = source._json(PurePosixPath(str(value.get("artifact_path"))).name)
            except UsageError:
                # It was uploaded, and cleared away: the log's own copy has words in place of media.
                source = self
        body = self._json(value.get("path")) if body is None else body
        columns = [str(column) for column in _list(body.get("columns"))]
        rows = [row for row in _list(body.get("data")) if isinstance(row, list)]
        data = [[source._cell(name, cell) for cell in row] for row in rows]
        blob = self._files.blobs.put(json.dumps({"columns": columns, "data": data}).encode(), ".table.json")
        return file_reference("table", blob, columns=columns, rows=len(data))

    def _cell(self, name: str, cell: Any) -> Any:
        if not isinstance(cell, dict) or "_type" not in cell:
            return cell
        try:
            return self.reference(name, cell)
        except UsageError as error:
            self._files.lost(f"{name}: a cell: {error}")
            return None

    def _histogram(self, _name: str, value: Mapping[str, Any]) -> Reference:
        return histogram(value)

    def _several(self, single: str, key: str, name: str, value: Mapping[str, Any]) -> Reference:
        ones = [one if isinstance(one, dict) else {"path": one} for one in _list(value.get(key))]
        captions = value.get("captions")
        whole = [{"_type": single, "caption": _at(captions, place), **one} for place, one in enumerate(ones)]
        return list_reference(self._files.some(partial(self.reference, name, one) for one in whole))

    def _json(self, name: object) -> dict[str, Any]:
        try:
            found = parsed(self._files.path(name).read_bytes())
        except ValueError:
            raise UsageError("its file cannot be read") from None
        if not isinstance(found, dict):
            raise UsageError("its file cannot be read")
        return found


def histogram(value: Mapping[str, Any]) -> Reference:
    """A histogram with its edges, also from the packed form in which W&B's API gives them."""
    values, bins, packed = value.get("values"), value.get("bins"), value.get("packedBins")
    if isinstance(packed, dict) and isinstance(values, list):
        low, size = packed.get("min", 0), packed.get("size", 1)
        bins = [low + size * place for place in range(len(values) + 1)]
    if not isinstance(values, list) or not isinstance(bins, list) or len(bins) != len(values) + 1:
        raise UsageError("its bins do not fit its values")
    return {"_type": "trackio.histogram", "bins": bins, "values": values}


_MAKERS: dict[str, Callable[[WandbMedia, str, Mapping[str, Any]], Reference]] = {
    "image-file": WandbMedia._image,
    "images/separated": WandbMedia._images,
    "audio-file": WandbMedia._audio,
    "html-file": WandbMedia._html,
    "plotly-file": WandbMedia._plotly,
    "table-file": WandbMedia._table,
    "incremental-table-file": WandbMedia._table,
    "histogram": WandbMedia._histogram,
    "video-file": lambda self, *one: self._plain("video", ("width", "height", "fps", "frames"), *one),
    "object3D-file": lambda self, *one: self._plain("object3d", (), *one),
    "molecule-file": lambda self, *one: self._plain("molecule", (), *one),
    "audio": lambda self, *one: self._several("audio-file", "audio", *one),
    "html": lambda self, *one: self._several("html-file", "html", *one),
    "videos": lambda self, *one: self._several("video-file", "videos", *one),
    "object3D": lambda self, *one: self._several("object3D-file", "objects", *one),
    "molecule": lambda self, *one: self._several("molecule-file", "filenames", *one),
}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(key, one) for key, one in value.items() if isinstance(one, dict)] if isinstance(value, dict) else []


def _at(value: Any, place: int) -> Any:
    return value[place] if isinstance(value, list) and place < len(value) else None
