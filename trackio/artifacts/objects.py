"""Tables, images and other media as files of an artifact, and back.

An object is a JSON file named for its kind, ``scores.table.json`` or ``sample.image-file.json``; the files that it
speaks of lie under ``media/``, named by their content as in the project's own files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from trackio.artifacts.manifest import Entry
from trackio.artifacts.staging import Staging
from trackio.errors import InvalidArtifact
from trackio.media.base import Media, Place
from trackio.references import PREFIX, files
from trackio.store.blobs import Blobs
from trackio.store.garbage import HOLD_OTHERS

FOLDER = "media"
TABLE = "table"

_INLINE = ("histogram", "markdown", "list", "array")
_KINDS = (TABLE, "image", "audio", "video", "html", "object3d", "molecule", "plotly", "vega", "trace", *_INLINE)
_CLASSES = {
    TABLE: ("table", "Table"),
    "image": ("image", "Image"),
    "audio": ("audio", "Audio"),
    "video": ("video", "Video"),
    "html": ("html", "Html"),
    "markdown": ("html", "Markdown"),
    "object3d": ("object3d", "Object3D"),
    "molecule": ("molecule", "Molecule"),
    "plotly": ("plotly", "Plotly"),
    "vega": ("vega", "Chart"),
    "trace": ("trace", "Trace"),
    "histogram": ("histogram", "Histogram"),
}
"""The module and class of each kind."""


def suffix(kind: str) -> str:
    """What the name of an object's file ends with."""
    return f".{kind}.json" if kind == TABLE or kind in _INLINE else f".{kind}-file.json"


def names(name: str) -> list[str]:
    """The paths at which an object of that name may lie."""
    return [name + suffix(kind) for kind in _KINDS]


def entries(obj: Any, name: str, staging: Staging) -> tuple[Entry, list[Entry]]:
    """The entry of an object and those of its files; raises InvalidArtifact for what is no medium."""
    if not isinstance(obj, Media):
        raise InvalidArtifact(f"An artifact takes tables, images and other media, not {type(obj).__name__}.")
    blobs = Blobs(staging.folder / "objects")
    reference = obj.reference(Place(blobs=blobs, name=name, step=0))
    kind = str(reference["_type"]).removeprefix(PREFIX)
    held: Mapping[str, Any] = reference
    if kind == TABLE:
        held = {"_type": reference["_type"], **json.loads(blobs.read(reference["file"]))}
    file = staging.fresh()
    file.write_text(json.dumps(held, allow_nan=True), encoding="utf-8")
    path = name if name.endswith(suffix(kind)) else name + suffix(kind)
    inside = [_file(blobs, one) for one in _all_files(held, blobs)]
    return Entry(path, local_path=file, is_staged=True, size=file.stat().st_size), inside


def load(held: Any, file: Callable[[str], Path]) -> Any:
    """The object that a JSON file of an artifact describes; ``file`` gives the path of one that it speaks of.

    What is no object is given as it is.
    """
    if isinstance(held, list):
        return [load(item, file) for item in held]
    kind = str(held.get("_type", "")) if isinstance(held, Mapping) else ""
    if not kind.startswith(PREFIX):
        return {key: load(item, file) for key, item in held.items()} if isinstance(held, Mapping) else held
    kind = kind.removeprefix(PREFIX)
    if kind in ("list", "array"):
        # What stands among media in a list may be a single number too.
        return load(held.get("items", held.get("_value")), file)
    if kind not in _CLASSES:
        raise InvalidArtifact(
            f"An object of the kind {kind!r} is not known here. Upgrade with `pip install -U trackio`."
        )
    module, name = _CLASSES[kind]
    made = getattr(import_module(f"trackio.media.{module}"), name)
    found = _made(kind, made, held, file)
    if held.get("caption") is not None:
        found.caption = held["caption"]
    return found


def _made(kind: str, made: Any, held: Mapping[str, Any], file: Callable[[str], Path]) -> Any:
    if kind == TABLE:
        rows = held if "data" in held else json.loads(file(held["file"]).read_bytes())
        return made(columns=rows["columns"], data=[[load(cell, file) for cell in row] for row in rows["data"]])
    if kind == "histogram":
        return made(np_histogram=(held["values"], held["bins"]))
    if kind == "markdown":
        return made(held["_value"])
    path = file(held["file"])
    if kind == "html":
        found = made(path.read_text(encoding="utf-8"), inject=False, data_is_not_path=True)
        found.inject = bool(held.get("inject"))
        return found
    if kind == "trace":
        parts = json.loads(path.read_bytes())
        return made(*(load(parts.get(key), file) for key in ("messages", "metadata", "spans")))
    if kind in ("plotly", "vega"):
        return made(json.loads(path.read_bytes()))
    if kind == "image":
        masks = {
            key: {"path": str(file(mask["file"])), **_labels(mask)} for key, mask in (held.get("masks") or {}).items()
        }
        boxes = {key: {**layer, **_labels(layer)} for key, layer in (held.get("boxes") or {}).items()}
        return made(str(path), boxes=boxes or None, masks=masks or None, classes=held.get("classes"))
    return made(str(path), held["sample_rate"]) if kind == "audio" and "sample_rate" in held else made(str(path))


def _labels(layer: Mapping[str, Any]) -> dict[str, Any]:
    """The names of classes by their numbers, which JSON has as texts."""
    labels = layer.get("class_labels") or {}
    return {"class_labels": {int(key) if key.isdecimal() else key: name for key, name in labels.items()}}


def _all_files(held: Any, blobs: Blobs) -> list[str]:
    """The files that an object leads to, those included which others of them speak of."""
    found: dict[str, None] = {}
    waiting = list(files(held))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            if name.endswith(HOLD_OTHERS):
                waiting.extend(files(json.loads(blobs.read(name))))
    return list(found)


def _file(blobs: Blobs, name: str) -> Entry:
    path = blobs.path(name)
    return Entry(f"{FOLDER}/{name}", local_path=path, is_staged=True, size=path.stat().st_size, digest=name[:64])
