"""How a page reaches the files of a medium."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trackio.errors import StoreError
from trackio.report.media import files
from trackio.report.media.found import Need
from trackio.store.blobs import Blobs

MIMES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mov": "video/quicktime",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}


class Unavailable(Exception):
    """A file of a medium is missing, damaged or left out."""


@dataclass(frozen=True, slots=True)
class Place:
    """The media of a project as one page sees them."""

    blobs: Blobs
    faults: Mapping[str, str]
    base: str
    """The way from the page to ``media/``."""

    @property
    def is_single(self) -> bool:
        """Whether nothing lies beside the page."""
        return False

    def check(self, blob: str) -> None:
        """Raise Unavailable for a file that is not shown."""
        if blob in self.faults:
            raise Unavailable(self.faults[blob])

    def read(self, blob: str) -> bytes:
        """The content of a stored file; raises Unavailable."""
        self.check(blob)
        try:
            return self.blobs.read(blob)
        except (StoreError, OSError, ValueError):
            raise Unavailable("missing or damaged") from None

    def address(self, need: Need, suffix: str = "") -> str:
        """The address of a stored file, or of what is made of it; raises Unavailable."""
        self.check(need.blob)
        return self.base + (files.made(need.blob, suffix) if suffix else need.blob)

    def link(self, text: str, need: Need, suffix: str = "") -> tuple[tuple[str, str], ...]:
        """A link to a file, where there are files to link to."""
        return () if self.is_single else ((text, self.address(need, suffix)),)
