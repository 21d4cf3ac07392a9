"""Point clouds for the browser: few enough points to turn, as compact columns (pure)."""

from __future__ import annotations

from typing import Any

import numpy as np

from trackio.report.columns import encode
from trackio.report.media import fields

MOST_POINTS = 40_000
MOST_BOXES = 200
GRID = 4095
"""Places are whole numbers up to this, along the longest side."""


def script_value(document: Any) -> dict[str, Any]:
    """Points in a box of 0 to GRID, with a category or a colour each where the file has one; and boxes by their edges.

    The file is a list of ``[x, y, z]``, ``[x, y, z, category]`` or ``[x, y, z, r, g, b]``, or an object with such
    ``points`` and with ``boxes`` of eight ``corners``.
    """
    scene = fields.mapping(document)
    listed = document if isinstance(document, list) else fields.listed(scene.get("points"))
    found = _points(listed)
    total = len(found)
    if total > MOST_POINTS:
        found = found[np.linspace(0, total - 1, MOST_POINTS).astype(int)]
    boxes = [box for value in fields.listed(scene.get("boxes"))[:MOST_BOXES] if (box := _box(value)) is not None]
    corners = np.array([corner for box in boxes for corner in box], float).reshape(-1, 3)
    places = np.concatenate([found[:, :3], corners])
    if not len(places):
        return {"total": 0, "x": encode([]), "y": encode([]), "z": encode([]), "color": None, "boxes": []}
    low, high = places.min(axis=0), places.max(axis=0)
    scale = GRID / (float((high - low).max()) or 1.0)
    middle = GRID / 2 - (low + high) / 2 * scale
    x, y, z = np.rint(found[:, :3] * scale + middle).T
    # Neighbours in the file are not neighbours in space; along a curve of x the columns are smaller.
    order = np.lexsort((y, x))
    return {
        "total": total,
        "x": encode(x[order]),
        "y": encode(y[order]),
        "z": encode(z[order]),
        "color": _colors(found[order]),
        "boxes": np.rint(corners * scale + middle).astype(int).reshape(-1, 24).tolist(),
    }


def _points(listed: list[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    widths = {len(point) for point in listed if isinstance(point, list)}
    width = min(widths, default=3)
    rows = [point[:width] for point in listed if isinstance(point, list)] if width in (3, 4, 6) else []
    try:
        found = np.array(rows, np.float64).reshape(-1, width) if rows else np.empty((0, 3))
    except (ValueError, TypeError):
        return np.empty((0, 3))
    with np.errstate(invalid="ignore"):
        return found[(np.abs(found) < 1e300).all(axis=1)]


def _colors(points: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any] | None:
    if points.shape[1] == 4:
        return {"category": encode(np.rint(points[:, 3]) % 10)}
    if points.shape[1] == 6:
        red, green, blue = np.clip(np.rint(points[:, 3:]), 0, 255).T
        return {"rgb": encode(red * 65536 + green * 256 + blue)}
    return None


def _box(value: object) -> list[list[float]] | None:
    corners = fields.listed(fields.mapping(value).get("corners"))
    found = [[fields.number(x) for x in fields.listed(corner)] for corner in corners]
    if len(found) != 8 or any(len(corner) != 3 or None in corner for corner in found):
        return None
    return found  # type: ignore[return-value]
