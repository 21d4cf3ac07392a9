"""Colours of classes and of counts, and PNG pictures made of a palette and the numbers of its colours (pure)."""

from __future__ import annotations

import binascii
import struct
import zlib
from functools import cache

import numpy as np

from trackio.palette import LIGHT, Theme
from trackio.series import Indices

CLASSES = 256
LEVELS = 64
"""Shades of a heat map."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _PALETTE = 0, 3
_DEPTHS = (1, 2, 4, 8)
_APART = 3
"""Colours of the first classes differ by so much red, as screens may shift a shade by one."""

Rgb = tuple[int, int, int]


def color_of(number: int) -> int:
    """The series colour of a class, 0 to 9."""
    return number % len(LIGHT.series)


@cache
def class_colors() -> tuple[Rgb, ...]:
    """The colours of 256 classes: those of series, moved so that each has a red of its own.

    A picture can so be shown without some of its classes by a filter that looks at one channel only.
    """
    found: list[Rgb] = []
    taken: list[int] = []
    for number in range(CLASSES):
        red, green, blue = _rgb(LIGHT.series[color_of(number)])
        apart = _APART if number < CLASSES // 8 else 1
        free = (r for r in range(256) if all(abs(r - other) >= apart for other in taken))
        best = min(free, key=lambda r: (abs(r - red), r))
        taken.append(best)
        found.append((best, green, blue))
    return tuple(found)


def colored_mask(png: bytes, *, has_zero: bool) -> bytes | None:
    """A mask, whose pixels are numbers of classes, as a picture in their colours; nothing (0) is clear.

    None for what is no PNG of numbers. The pixels stay as they are: only the palette is new.
    """
    if png[:8] != _SIGNATURE or len(png) < 33:
        return None
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", png[16:29])
    if kind not in (_GREY, _PALETTE) or depth not in _DEPTHS:
        return None
    head = struct.pack(">IIBBBBB", width, height, depth, _PALETTE, *rest)
    colors = class_colors()[: 1 << depth]
    alphas = bytes([255 if has_zero else 0])
    parts = [_SIGNATURE, _chunk(b"IHDR", head), _chunk(b"PLTE", _flat(colors)), _chunk(b"tRNS", alphas)]
    place = 33
    while place + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, place)
        name = png[place + 4 : place + 8]
        if name in (b"IDAT", b"IEND"):
            parts.append(png[place : place + 12 + length])
        place += 12 + length
    return b"".join(parts)


def picture(levels: Indices, colors: tuple[Rgb, ...], *, is_first_clear: bool) -> bytes:
    """A PNG of these numbers of colours, ``(height, width)``."""
    height, width = levels.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = levels
    head = struct.pack(">IIBBBBB", width, height, 8, _PALETTE, 0, 0, 0)
    clear = [_chunk(b"tRNS", b"\0")] if is_first_clear else []
    chunks = [_chunk(b"IHDR", head), _chunk(b"PLTE", _flat(colors)), *clear]
    chunks += [_chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)), _chunk(b"IEND", b"")]
    return _SIGNATURE + b"".join(chunks)


@cache
def shades(theme: Theme) -> tuple[Rgb, ...]:
    """From the background over the accent towards the foreground."""
    ground, middle, top = (np.array(_rgb(c), float) for c in (theme.background, theme.accent, theme.foreground))
    end = middle + 0.65 * (top - middle)
    start = ground + 0.1 * (middle - ground)
    found = []
    for share in np.linspace(0, 1, LEVELS):
        mixed = start + (middle - start) * share / 0.6 if share < 0.6 else middle + (end - middle) * (share - 0.6) / 0.4
        found.append(tuple(int(value) for value in np.rint(mixed)))
    return tuple(found)  # type: ignore[arg-type]


def _rgb(text: str) -> Rgb:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _flat(colors: tuple[Rgb, ...]) -> bytes:
    return bytes(value for color in colors for value in color)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", binascii.crc32(name + data))
