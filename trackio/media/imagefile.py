"""Files of pictures: what is in one, and a picture as one."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from trackio.errors import UsageError
from trackio.media import pixels
from trackio.media.extras import load
from trackio.media.source import Source

FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "bmp": "BMP", "gif": "GIF", "webp": "WEBP"}
"""What ``file_type`` may be, and Pillow's name for it."""

SHOWN = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "GIF": "gif", "BMP": "bmp", "WEBP": "webp"}
"""Files that browsers show are kept as they are; others are kept as PNG."""

_MODES = {
    "PNG": ("1", "L", "LA", "I;16", "P", "RGB", "RGBA"),
    "JPEG": ("L", "RGB"),
    "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "GIF": ("1", "L", "P", "RGB", "RGBA"),
    "WEBP": ("RGB", "RGBA"),
}

_SVG = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?\?>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE svg.*?>\s*)?<svg[\s>]", re.DOTALL
)
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)
"""What Pillow raises for a file that is no sound image."""

_PNG_EFFORT = 3
"""zlib's level: pictures are a few percent larger than at its usual 6, and are written in half the time."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as the bytes of an image file."""

    source: Source
    format: str
    width: int
    height: int


def opened(given: Source) -> Encoded:
    """The file with what its head says of it; raises UsageError when it is no image."""
    if _SVG.match(given.head(4096)):
        return Encoded(given, "svg", *_svg_size(given.head(4096)))
    pil = load("PIL.Image")
    try:
        with given.opened() as file, pil.open(file) as image:
            return Encoded(given, SHOWN.get(image.format, image.format.lower()), *image.size)
    except (*_BROKEN, pil.DecompressionBombError) as error:
        raise UsageError(f"Image: {given.name or 'the data given'} is no image that Pillow reads.") from error


def checked(encoded: Encoded) -> Encoded:
    """The file when it is a sound image that browsers show, otherwise a PNG of it; raises UsageError."""
    if encoded.format == "svg":
        return encoded
    pil = load("PIL.Image")
    try:
        with encoded.source.opened() as file, pil.open(file) as image:
            image.load()
            return encoded if encoded.format in SHOWN.values() else encode(image, "PNG", "png")
    except _BROKEN as error:
        raise UsageError(f"Image: {encoded.source.name or 'the data given'} is damaged: {error}.") from error


def encode(image: Any, name: str, suffix: str) -> Encoded:
    """An image of Pillow as a file in the format that Pillow calls ``name``; raises UsageError."""
    if image.mode in ("F", "I"):
        image = _greys(image)
    if image.mode not in _MODES[name]:
        # JPEG knows no transparency; others know no CMYK.
        has_alpha = image.has_transparency_data and name != "JPEG"
        image = image.convert("RGBA" if has_alpha else "RGB")
    data = BytesIO()
    try:
        image.save(data, name, **({"compress_level": _PNG_EFFORT} if name == "PNG" else {}))
    except _BROKEN as error:
        raise UsageError(f"Image: {image.width} x {image.height} cannot be kept as {name}: {error}.") from error
    return Encoded(Source(data.getvalue()), suffix, *image.size)


def _greys(image: Any) -> Any:
    """Floats and wide whole numbers as 8 or 16 bits."""
    import numpy as np

    values = np.asarray(image)
    if image.mode == "I" and values.min() >= 0 and 255 < values.max() < 1 << 16:
        return image.convert("I;16")
    return load("PIL.Image").fromarray(pixels.levels(values, normalize=True))


def _svg_size(head: bytes) -> tuple[int, int]:
    """Width and height in pixels; 0 where the drawing does not say."""
    found = []
    for side in (b"width", b"height"):
        match = re.search(rb"<svg[^>]*?\s" + side + rb"\s*=\s*[\"']\s*([0-9.]+)(?:px)?\s*[\"']", head)
        found.append(round(float(match[1])) if match and match[1].count(b".") < 2 else 0)
    return found[0], found[1]
