"""Things in space: point clouds, scenes, meshes and molecules."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trackio.errors import UsageError
from trackio.media import cells
from trackio.media.arrays import Held, hold, is_array
from trackio.media.base import Media, Place, caption_text, file_reference
from trackio.media.source import Source, is_bytes, is_path, source

POINTS = "pts.json"
FORMATS = ("obj", "gltf", "glb", "babylon", "stl", "ply", POINTS)
SCENES = ("lidar/beta",)
_COLUMNS = "[x, y, z], [x, y, z, category] or [x, y, z, red, green, blue]"


class Object3D(Media):
    """A point cloud, a scene, or a mesh in a file, which is kept as it is.

    A point cloud is an array with a row ``[x, y, z]``, ``[x, y, z, category]`` (1 to 14) or ``[x, y, z, red, green,
    blue]`` (0 to 255) for each point. A scene is ``{"type": "lidar/beta", "points": [...], "boxes": [...], "vectors":
    [...]}``, with boxes as ``box3d`` makes them. An open file without a name needs ``file_type``.
    """

    SUPPORTED_TYPES = frozenset(FORMATS)
    SUPPORTED_POINT_CLOUD_TYPES = frozenset(SCENES)

    def __init__(self, data_or_path: Any, caption: str | None = None, file_type: str | None = None) -> None:
        self.caption = caption_text(caption)
        self._content: Source | Held | dict[str, Any]
        self.format = POINTS
        if is_path(data_or_path) or is_bytes(data_or_path):
            self._content = source(data_or_path, "Object3D")
            self.format = _format(self._content, file_type)
        elif isinstance(data_or_path, Mapping):
            self._content = _scene(data_or_path)
        elif is_array(data_or_path) or isinstance(data_or_path, (list, tuple)):
            self._content = hold(data_or_path)
            shape = self._content.shape
            if len(shape) != 2 or shape[1] not in (3, 4, 6):
                raise UsageError(f"Points of shape {shape}: each is {_COLUMNS}.")
        else:
            raise UsageError(f"Object3D takes points, a scene or a file, not {type(data_or_path).__name__}.")

    @classmethod
    def from_file(cls, data_or_path: Any, file_type: str | None = None) -> Object3D:
        """A mesh or scene in a file; an open file without a name needs ``file_type``."""
        return cls(data_or_path, file_type=file_type)

    @classmethod
    def from_numpy(cls, data: Any) -> Object3D:
        """A point cloud in an array."""
        return cls(data)

    @classmethod
    def from_point_cloud(
        cls,
        points: Sequence[Any],
        boxes: Sequence[Any],
        vectors: Sequence[Any] | None = None,
        point_cloud_type: str = "lidar/beta",
    ) -> Object3D:
        """A scene of points, boxes and arrows."""
        return cls({"type": point_cloud_type, "points": points, "boxes": boxes, "vectors": vectors or []})

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return cells.nbytes(self._content) if isinstance(self._content, dict) else self._content.nbytes

    def reference(self, place: Place) -> dict[str, Any]:
        """Store it and return what stands in the row."""
        content = self._content
        if not isinstance(content, Source):
            document = cells.stored(content, place)
            self._content = content = Source("".join(cells.encoded(document)).encode())
        blob = content.put(place.blobs, f".{self.format}")
        return file_reference("object3d", blob, format=self.format, caption=self.caption)

    def __repr__(self) -> str:
        return f"Object3D({self.format}{f', {self.caption!r}' if self.caption else ''})"


def box3d(
    *,
    center: Iterable[float],
    size: Iterable[float],
    orientation: Iterable[float],
    color: Any,
    label: str | None = None,
    score: float | None = None,
) -> dict[str, Any]:
    """A box of a scene, by its centre, its size, and its orientation as a quaternion ``[r, x, y, z]``."""
    middle, sides, (r, i, j, k) = _numbers(center, 3), _numbers(size, 3), _numbers(orientation, 4)
    length = math.hypot(r, i, j, k)
    if not length or not math.isfinite(length):
        raise UsageError(f"orientation={[r, i, j, k]} is no rotation.")
    r, i, j, k = r / length, i / length, j / length, k / length
    # Where each axis goes, as the rotation by a unit quaternion has it.
    axes = (
        (1 - 2 * (j * j + k * k), 2 * (i * j + k * r), 2 * (i * k - j * r)),
        (2 * (i * j - k * r), 1 - 2 * (i * i + k * k), 2 * (j * k + i * r)),
        (2 * (i * k + j * r), 2 * (j * k - i * r), 1 - 2 * (i * i + j * j)),
    )
    corners = tuple(
        tuple(
            middle[axis] + sum(sign * side / 2 * way[axis] for sign, side, way in zip(signs, sides, axes, strict=True))
            for axis in range(3)
        )
        for signs in itertools.product((-1, 1), repeat=3)
    )
    return {"corners": corners, "color": color, "label": label, "score": score}


def _numbers(values: Iterable[float], count: int) -> list[float]:
    found = [float(value) for value in values]
    if len(found) != count:
        raise UsageError(f"{found} are not {count} numbers.")
    return found


def _format(given: Source, wanted: str | None) -> str:
    name = given.name.lower()
    for known in FORMATS:
        if name.endswith(f".{known}") or (not name and wanted == known):
            return known
    what = f"{given.name} is" if given.name else f"file_type={wanted!r} is"
    raise UsageError(f"Object3D: {what} none of {', '.join(FORMATS)}.")


def _scene(given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("type") not in SCENES:
        raise UsageError(f"A scene has a type, one of {', '.join(SCENES)}; not {given.get('type')!r}.")
    parts = {name: given.get(name) for name in ("vectors", "points", "boxes")}
    return {"type": given["type"]} | {name: cells.taken([] if part is None else part) for name, part in parts.items()}
