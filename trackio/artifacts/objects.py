"""Tables, images and other media as files of an artifact, and back.

An object is a JSON file named for its kind, ``scores.table.json`` or ``sample.image-file.json``; the files that it
speaks of lie under ``media/``, named by their content as in the project's own files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from trackio.artifacts.manifest import Entry
from trackio.artifacts.staging import Staging
from trackio.errors import InvalidArtifact
from trackio.media.base import Media, Place
from trackio.references import PREFIX, files
from trackio.store.blobs import Blobs

FOLDER = "media"
TABLE = "table"

_INLINE = ("histogram", "markdown", "list", "array")
_KINDS = (TABLE, "image", "audio", "video", "html", "object3d", "molecule", "plotly", "vega", "trace", *_INLINE)


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
    inside = [_file(blobs, one) for one in dict.fromkeys(files(held))]
    return Entry(path, local_path=file, is_staged=True, size=file.stat().st_size), inside


def _file(blobs: Blobs, name: str) -> Entry:
    path = blobs.path(name)
    return Entry(f"{FOLDER}/{name}", local_path=path, is_staged=True, size=path.stat().st_size, digest=name[:64])


def load(held: Mapping[str, Any], file: Callable[[str], Path]) -> Any:
    """The object that a JSON file of an artifact describes; ``file`` gives the path of one that it speaks of."""
    raise NotImplementedError
