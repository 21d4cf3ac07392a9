"""A place to store media in, and readers of what was stored."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from trackio.media.base import Media, Place
from trackio.store.blobs import Blobs

Reference = dict[str, Any]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(Blobs(tmp_path / "project"), "sample", 3)


@pytest.fixture
def picture(place: Place) -> Callable[[Media | Reference], Pillow.Image]:
    """The stored picture of an image, decoded by Pillow."""

    def read(image: Media | Reference) -> Pillow.Image:
        reference = image.reference(place) if isinstance(image, Media) else image
        return Pillow.open(io.BytesIO(place.blobs.read(reference["file"])))

    return read


@pytest.fixture
def document(place: Place) -> Callable[[Media], Any]:
    """The stored JSON of a medium."""
    return lambda medium: json.loads(place.blobs.read(medium.reference(place)["file"]))
