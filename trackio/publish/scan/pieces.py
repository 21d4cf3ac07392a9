"""Files in pieces, so that their size does not matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

CHUNK = 4 << 20
OVERLAP = 1 << 16
"""Longer than any secret: one that is cut by the end of a piece stands whole in the next."""


def pieces(file: Path) -> Iterator[tuple[bytes, int]]:
    """Pieces of a file, each with how much of it does not come again."""
    with file.open("rb") as stream:
        piece = stream.read(CHUNK)
        while more := stream.read(CHUNK):
            until = max(len(piece) - OVERLAP, 0)
            yield piece, until
            piece = piece[until:] + more
        yield piece, len(piece)


def first_line(file: Path) -> bytes:
    """The first line, as far as a piece goes."""
    with file.open("rb") as stream:
        return stream.readline(CHUNK)
