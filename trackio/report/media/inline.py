"""The media of a single file: small files as ``data:`` addresses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from trackio.report.media import derive, files
from trackio.report.media.found import Need
from trackio.report.media.place import MIMES, Place, Unavailable
from trackio.store.blobs import Blobs

INLINE_BYTES = 1_000_000
"""Larger files are left out of a single file, ..."""
INLINE_TOTAL_BYTES = 25_000_000
"""... and so are all beyond this sum."""


class Inline(Place):
    """The place of media in a single file, which has nothing beside it."""

    __slots__ = ("_left",)

    def __init__(self, blobs: Blobs, faults: Mapping[str, str], left: list[int]) -> None:
        super().__init__(blobs, faults, "")
        object.__setattr__(self, "_left", left)

    @property
    def is_single(self) -> bool:
        """Whether nothing lies beside the page: so it is."""
        return True

    def address(self, need: Need, suffix: str = "") -> str:
        """The file itself as an address; raises Unavailable."""
        self.check(need.blob)
        try:
            is_large = self.blobs.path(need.blob).stat().st_size > INLINE_BYTES
        except OSError:
            raise Unavailable("missing from the project's files") from None
        if is_large:
            raise Unavailable("left out of the single file: too large")
        data = self.read(need.blob)
        if suffix:
            data = derive.make(need, data)[files.made(need.blob, suffix)]
        left: list[int] = self._left  # type: ignore[attr-defined]
        if len(data) > left[0]:
            raise Unavailable("left out of the single file: too many media")
        left[0] -= len(data)
        ending = (suffix or need.blob).rpartition(".")[2]
        return f"data:{MIMES.get(ending, 'application/octet-stream')};base64,{b64encode(data).decode()}"
