"""Pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from trackio.errors import UsageError
from trackio.media import pixels
from trackio.media.annotations import BoundingBoxes2D, Classes, ImageMask
from trackio.media.arrays import Held, hold, is_array
from trackio.media.base import Media, Place, caption_text, file_reference
from trackio.media.extras import load
from trackio.media.imagefile import FORMATS, SHOWN, Encoded, checked, encode, opened
from trackio.media.matplotlib import Drawing, drawing, is_drawn
from trackio.media.source import is_bytes, is_path, source

_PILLOW_MODES = ("1", "L", "LA", "P", "PA", "I;16", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "I", "F")

Pillow: TypeAlias = Any
"""An image of Pillow, which only those who log images have."""
Content: TypeAlias = Held | Drawing | Encoded | Pillow


class Image(Media):
    """A picture, from an array, a tensor, a Pillow image, a figure, or an image file.

    Arrays are ``(height, width)``, ``(height, width, channels)`` or ``(channels, height, width)`` with 1, 3 or 4
    channels; whole numbers are brightness from 0 to 255, floats from 0 to 1, -1 to 1 or 0 to 255, whichever their range
    says; ``normalize=False`` takes them as they are. Files, given as a path, bytes or an open file, are kept as they
    are where browsers show them, and otherwise as PNG. ``mode`` is one of Pillow's; ``file_type`` (png, jpg, bmp, gif,
    webp) is for all but files. ``boxes`` and ``masks`` are layers by name, as BoundingBoxes2D and ImageMask or what
    those take; ``classes`` names their classes.
    """

    MAX_ITEMS = 108
    MAX_DIMENSION = 65_500
    # As in wandb; here lists are longer, and pictures as large as their format allows.

    def __init__(  # noqa: PLR0917 - as in wandb
        self,
        data_or_path: Any,
        mode: str | None = None,
        caption: str | None = None,
        grouping: int | None = None,
        classes: Classes | Iterable[Mapping[str, Any]] | None = None,
        boxes: Mapping[str, BoundingBoxes2D | Mapping[str, Any]] | None = None,
        masks: Mapping[str, ImageMask | Mapping[str, Any]] | None = None,
        file_type: str | None = None,
        normalize: bool = True,
    ) -> None:
        if file_type is not None and file_type.lower() not in FORMATS:
            raise UsageError(f"file_type={file_type!r} is none of {', '.join(FORMATS)}.")
        if mode is not None and mode not in _PILLOW_MODES:
            if caption is not None:
                raise UsageError(f"mode={mode!r} is none of Pillow's: {', '.join(_PILLOW_MODES)}.")
            # The original has the caption second.
            mode, caption = None, mode
        self._mode, self._file_type, self._normalize = mode, (file_type or "png").lower(), normalize
        self.caption, self.grouping = caption_text(caption), grouping
        self._content: Content
        if isinstance(data_or_path, Image):
            self._copy(data_or_path, mode, file_type)
        else:
            self._content, self.width, self.height = _taken(data_or_path)
        self.boxes = {str(key): _boxes(value, str(key)) for key, value in _layers(boxes, "boxes")}
        self.masks = {str(key): _mask(value, str(key)) for key, value in _layers(masks, "masks")}
        self.classes = self._all_classes(classes)

    @property
    def format(self) -> str:
        """What kind of file it is kept as, such as ``png``."""
        return self._content.format if isinstance(self._content, Encoded) else SHOWN[FORMATS[self._file_type]]

    @property
    def image(self) -> Pillow:
        """The picture as a Pillow image."""
        content = self._content
        if not isinstance(content, Encoded):
            return self._pillow(content)
        if content.format == "svg":
            raise UsageError("Pillow reads no SVG.")
        with content.source.opened() as file:
            found = load("PIL.Image").open(file)
            found.load()
            return found

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        content = self._content
        if isinstance(content, (Held, Drawing)):
            held = content.nbytes
        elif isinstance(content, Encoded):
            held = content.source.nbytes
        else:
            held = content.width * content.height * len(content.getbands())
        return held + sum(mask.nbytes for mask in self.masks.values())

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the picture and its masks and return what stands in the row."""
        encoded = self._encoded()
        blob = encoded.source.put(place.blobs, f".{encoded.format}")
        return file_reference(
            "image",
            blob,
            width=encoded.width,
            height=encoded.height,
            format=encoded.format,
            caption=self.caption,
            grouping=self.grouping,
            boxes={key: boxes.reference() for key, boxes in self.boxes.items()} or None,
            masks={key: mask.reference(place) for key, mask in self.masks.items()} or None,
            classes=self.classes.items() if self.classes else None,
        )

    def __repr__(self) -> str:
        return f"Image({self.width}x{self.height} {self.format}{f', {self.caption!r}' if self.caption else ''})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Image):
            return NotImplemented
        one, two = (
            (image.caption, image.grouping, image.width, image.height, image.classes) for image in (self, other)
        )
        return one == two and self.image.tobytes() == other.image.tobytes()

    __hash__ = None  # type: ignore[assignment]

    def _copy(self, other: Image, mode: str | None, file_type: str | None) -> None:
        self._content, self.width, self.height = other._content, other.width, other.height
        self._mode, self._file_type = mode or other._mode, (file_type or other._file_type).lower()
        self._normalize = other._normalize
        self.caption = other.caption if self.caption is None else self.caption
        self.grouping = other.grouping if self.grouping is None else self.grouping

    def _all_classes(self, given: Classes | Iterable[Mapping[str, Any]] | None) -> Classes | None:
        """The classes of every layer and those given, which count most."""
        layers: list[BoundingBoxes2D | ImageMask] = [*self.boxes.values(), *self.masks.values()]
        names = {number: name for layer in layers for number, name in layer.class_labels.items()}
        if given is not None:
            names |= (given if isinstance(given, Classes) else Classes(given)).names
        return Classes([{"id": number, "name": name} for number, name in names.items()]) if names else None

    def _encoded(self) -> Encoded:
        """The picture as a file; kept in the place of its pixels, so that it is encoded once however often logged."""
        content = self._content
        if isinstance(content, Encoded):
            encoded = checked(content)
        else:
            name = FORMATS[self._file_type]
            encoded = encode(self._pillow(content), name, SHOWN[name])
        self._content = encoded
        return encoded

    def _pillow(self, content: Held | Drawing | Pillow) -> Pillow:
        if isinstance(content, Held):
            array = pixels.picture(content.host(), channels_first=content.is_torch, normalize=self._normalize)
            found = load("PIL.Image").fromarray(array)
        elif isinstance(content, Drawing):
            found = content.image()
        else:
            found = content
        if self._mode is None:
            return found
        try:
            return found.convert(self._mode)
        except ValueError as error:
            raise UsageError(f"mode={self._mode!r}: Pillow cannot make that of {found.mode}.") from error


def _taken(value: Any) -> tuple[Content, int, int]:
    """What to keep of the caller's value, its width and its height."""
    pil = load("PIL.Image")
    if isinstance(value, pil.Image):
        return value.copy(), value.width, value.height
    if is_drawn(value):
        made = drawing(value)
        return made, made.width, made.height
    if is_path(value) or is_bytes(value):
        encoded = opened(source(value, "Image"))
        return encoded, encoded.width, encoded.height
    if is_array(value) or isinstance(value, (list, tuple)):
        held = hold(value)
        height, width, _, _ = pixels.layout(held.shape, channels_first=held.is_torch)
        return held, width, height
    raise UsageError(
        f"Image takes an array, a Pillow image, a matplotlib figure or an image file, not {type(value).__name__}."
    )


def _layers(given: Any, what: str) -> Iterable[tuple[Any, Any]]:
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise UsageError(f"{what} are a dict of layers by name, not {type(given).__name__}.")
    return given.items()


def _boxes(value: Any, key: str) -> BoundingBoxes2D:
    return value if isinstance(value, BoundingBoxes2D) else BoundingBoxes2D(value, key)


def _mask(value: Any, key: str) -> ImageMask:
    return value if isinstance(value, ImageMask) else ImageMask(value, key)
