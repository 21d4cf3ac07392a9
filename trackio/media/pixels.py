"""From the numbers of an array to the bytes of pixels (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from trackio.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, Any]

CHANNELS = (1, 3, 4)
"""Grey, colours, colours with opacity."""

SHAPES = "(height, width), (height, width, channels) or (channels, height, width) with 1, 3 or 4 channels"


def layout(shape: tuple[int, ...], *, channels_first: bool = False) -> tuple[int, int, int, bool]:
    """Height, width, channels of a picture, and whether its channels come first.

    Dimensions of one before the others are left out. Where both ends could be channels, the last one is, or the first
    if ``channels_first``. Raises UsageError when there is no picture of that shape.
    """
    plain = shape
    while len(plain) > 3 and plain[0] == 1:
        plain = plain[1:]
    if 0 in plain or not 2 <= len(plain) <= 3:
        raise UsageError(f"An array of shape {shape} is no picture: {SHAPES}{_hint(plain)}.")
    if len(plain) == 2:
        return plain[0], plain[1], 1, False
    first, last = plain[0] in CHANNELS, plain[2] in CHANNELS
    if not first and not last:
        raise UsageError(f"An array of shape {shape} is no picture: {SHAPES}.")
    if first and (channels_first or not last):
        return plain[1], plain[2], plain[0], True
    return plain[0], plain[1], plain[2], False


def picture(array: Array, *, channels_first: bool, normalize: bool) -> Array:
    """The pixels as ``(height, width)`` or ``(height, width, 3 or 4)`` of uint8."""
    import numpy as np

    height, width, channels, is_first = layout(array.shape, channels_first=channels_first)
    values = array.reshape(channels, height, width) if is_first else array.reshape(height, width, channels)
    if is_first:
        values = values.transpose(1, 2, 0)
    if channels == 1:
        values = values[:, :, 0]
    return np.ascontiguousarray(levels(values, normalize=normalize))


def levels(values: Array, *, normalize: bool) -> Array:
    """Brightness from 0 to 255 as uint8.

    Whole numbers are taken as they are, booleans as black and white. Floats are, unless ``normalize`` is false, scaled
    from 0..1 or -1..1 when all of them lie there. What lies outside is cut off; NaN is black.
    """
    import numpy as np

    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == "b":
        return np.where(values, 255, 0).astype(np.uint8)
    if values.dtype.kind in "iu":
        return values.clip(0, 255).astype(np.uint8)
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)
    known = np.isfinite(values)
    low, high = (float(values[known].min()), float(values[known].max())) if known.any() else (0.0, 0.0)
    if normalize and low >= 0 and high <= 1:
        values = values * 255
    elif normalize and low >= -1 and high <= 1:
        values = (values + 1) * 127.5
    values = np.nan_to_num(values, nan=0.0, posinf=255.0, neginf=0.0).clip(0, 255)
    rounded: Array = np.rint(values).astype(np.uint8)
    return rounded


def _hint(shape: tuple[int, ...]) -> str:
    return "; log a batch as a list of Images" if len(shape) > 3 and 0 not in shape else ""
