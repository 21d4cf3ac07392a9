"""What is drawn over an image: boxes, masks, and the names of their classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from trackio.errors import UsageError
from trackio.media.arrays import Held, hold
from trackio.media.base import Media, Place
from trackio.media.extras import load
from trackio.media.source import Source, source
from trackio.store.layout import clean

if TYPE_CHECKING:
    import numpy as np

_EDGES = ("minX", "maxX", "minY", "maxY")


class Classes(Media):
    """Names of classes: ``[{"id": 0, "name": "cat"}, ...]``."""

    def __init__(self, class_set: Iterable[Any]) -> None:
        found = list(class_set)
        if not all(isinstance(item, Mapping) and "id" in item and "name" in item for item in found):
            raise UsageError('Classes takes a list of {"id": 0, "name": "cat"}.')
        self.names = {plain_number(item["id"]): clean(str(item["name"])) for item in found}
        """The name by id."""

    def reference(self, place: Place) -> dict[str, Any]:  # noqa: ARG002 - it has no file
        """What stands in the row."""
        return {"_type": "trackio.array", "_value": self.items()}

    def items(self) -> list[dict[str, Any]]:
        """The classes as they were given."""
        return [{"id": number, "name": name} for number, name in self.names.items()]

    def __repr__(self) -> str:
        return f"Classes({self.items()})"

    def __eq__(self, other: object) -> bool:
        return self.names == other.names if isinstance(other, Classes) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


class BoundingBoxes2D:
    """Boxes over an image.

    ``val`` has ``box_data``, a list with for each box its ``position`` (``minX maxX minY maxY``, or ``middle`` as
    ``[x, y]`` with ``width`` and ``height``), as fractions of the image unless ``domain`` is ``"pixel"``, and if wanted
    ``class_id``, ``box_caption`` and ``scores``; and ``class_labels``, a name by class. ``key`` names the layer.
    """

    def __init__(self, val: Any, key: str) -> None:
        if not isinstance(val, Mapping) or not isinstance(val.get("box_data"), (list, tuple)):
            raise UsageError(f'Boxes {key!r}: needs {{"box_data": [...]}}, a list of boxes.')
        self.key = key
        self.boxes = [_box(box, f"Boxes {key!r}, box {place}") for place, box in enumerate(val["box_data"])]
        used = {box["class_id"] for box in self.boxes if "class_id" in box}
        self.class_labels = _labels(val.get("class_labels"), used, f"Boxes {key!r}")

    def reference(self) -> dict[str, Any]:
        """What stands in the reference of the image."""
        return {"box_data": self.boxes, "class_labels": _as_keys(self.class_labels)}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundingBoxes2D):
            return NotImplemented
        return (self.boxes, self.class_labels) == (other.boxes, other.class_labels)

    __hash__ = None  # type: ignore[assignment]


class ImageMask(Media):
    """A class for each pixel of an image.

    ``val`` has ``mask_data``, an array of ``(height, width)`` with classes from 0 to 255, or ``path``, an image file
    whose grey levels are the classes; and ``class_labels``, a name by class. ``key`` names the layer.
    """

    def __init__(self, val: Any, key: str) -> None:
        what = f"Mask {key!r}"
        if not isinstance(val, Mapping) or ("path" not in val and "mask_data" not in val):
            raise UsageError(f'{what}: needs {{"mask_data": an array of (height, width)}} or {{"path": a file}}.')
        self.key = key
        self._content = source(val["path"], what) if "path" in val else hold(val["mask_data"])
        if isinstance(self._content, Held) and (len(self._content.shape) != 2 or 0 in self._content.shape):
            raise UsageError(f"{what}: mask_data has shape {self._content.shape}; it must be (height, width).")
        self._given_labels = None if val.get("class_labels") is None else _labels(val["class_labels"], (), what)

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return self._content.nbytes

    @property
    def class_labels(self) -> dict[Any, str]:
        """The name by class that was given."""
        return dict(self._given_labels or {})

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the mask as a grey PNG and return what stands in the reference of its image."""
        classes = self._classes()
        data = BytesIO()
        load("PIL.Image").fromarray(classes).save(data, "PNG")
        labels = self._given_labels
        if labels is None:
            import numpy as np

            labels = _labels(None, np.unique(classes).tolist(), "")
        blob = place.blobs.put(data.getvalue(), ".png")
        return {"_type": "trackio.mask", "file": blob.name, "size": blob.size, "class_labels": _as_keys(labels)}

    def _classes(self) -> np.ndarray[Any, Any]:
        import numpy as np

        if isinstance(self._content, Source):
            pil = load("PIL.Image")
            try:
                with self._content.opened() as file, pil.open(file) as image:
                    return np.asarray(image if image.mode in ("L", "P") else image.convert("L"), np.uint8)
            except (OSError, SyntaxError, ValueError) as error:
                raise UsageError(f"Mask {self.key!r}: {self._content.name!r} is no image: {error}.") from error
        values = self._content.host()
        with np.errstate(invalid="ignore"):
            whole = values.astype(np.uint8)
        if not (whole == values).all():
            raise UsageError(f"Mask {self.key!r}: classes are whole numbers from 0 to 255.")
        return whole


def plain_number(value: Any) -> Any:
    """A number of any library as Python's; anything else as it is."""
    item = getattr(value, "item", None)
    return item() if item is not None and getattr(value, "ndim", 0) == 0 else value


def _box(box: Any, what: str) -> dict[str, Any]:
    if not isinstance(box, Mapping) or not isinstance(box.get("position"), Mapping):
        raise UsageError(f"{what}: needs a position with minX, maxX, minY, maxY, or with middle, width, height.")
    found: dict[str, Any] = {"position": _position(box["position"], what)}
    if box.get("domain") is not None:
        if box["domain"] != "pixel":
            raise UsageError(f'{what}: domain is "pixel", or left out for fractions; not {box["domain"]!r}.')
        found["domain"] = "pixel"
    if box.get("class_id") is not None:
        number = plain_number(box["class_id"])
        if not isinstance(number, int):
            raise UsageError(f"{what}: class_id={number!r} is not a whole number.")
        found["class_id"] = number
    if box.get("box_caption") is not None:
        found["box_caption"] = clean(str(box["box_caption"]))
    scores = box.get("scores") or {}
    if not isinstance(scores, Mapping):
        raise UsageError(f"{what}: scores are a dict of names and numbers.")
    if scores:
        found["scores"] = {
            clean(str(name)): _number(value, f"{what}: score {name!r}") for name, value in scores.items()
        }
    return found


def _position(position: Mapping[str, Any], what: str) -> dict[str, float]:
    if all(edge in position for edge in _EDGES):
        return {edge: _number(position[edge], f"{what}: {edge}") for edge in _EDGES}
    middle = position.get("middle")
    if middle is None or "width" not in position or "height" not in position:
        raise UsageError(f"{what}: its position needs minX, maxX, minY, maxY, or middle, width, height.")
    centre = middle.tolist() if hasattr(middle, "tolist") else middle
    if not isinstance(centre, Sequence) or len(centre) != 2:
        raise UsageError(f"{what}: middle is [x, y].")
    x, y = (_number(value, f"{what}: middle") for value in centre)
    width, height = (_number(position[side], f"{what}: {side}") for side in ("width", "height"))
    return {"minX": x - width / 2, "maxX": x + width / 2, "minY": y - height / 2, "maxY": y + height / 2}


def _number(value: Any, what: str) -> float:
    found = plain_number(value)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise UsageError(f"{what} is {found!r}, not a number.")
    return found


def _labels(given: Any, used: Iterable[Any], what: str) -> dict[Any, str]:
    """Names by class; those of the classes used where none were given."""
    if given is None:
        return {number: f"class_{number}" for number in sorted(used)}
    if not isinstance(given, Mapping):
        raise UsageError(f"{what}: class_labels are a dict of numbers and names.")
    return {plain_number(number): clean(str(name)) for number, name in given.items()}


def _as_keys(labels: Mapping[Any, str]) -> dict[str, str]:
    return {clean(str(number)): name for number, name in labels.items()}
