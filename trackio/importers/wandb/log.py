"""The records in a ``.wandb`` file: LevelDB's log format, with W&B's header and plain CRC-32.

https://github.com/google/leveldb/blob/main/doc/log_format.md. wandb 0.31 ships no reader for it in Python any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from struct import Struct
from zlib import crc32

from trackio.importers.imported import ImportFailed

MAGIC = b":W&B\xe1\xbe"
BLOCK_BYTES = 32768

_HEADER_BYTES = 7
_PIECE = Struct("<IHB")
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_SEEDS = [crc32(bytes([kind])) for kind in range(5)]


def records(path: Path, told: Callable[[int, int], object] | None = None) -> Iterator[bytes]:
    """The payloads of a file, in order, a block of memory at a time; ``told(done, total)`` hears of progress in bytes.

    The file of a run that was killed, or still goes on, ends in the middle of a record: what is before it is given. A
    record that is damaged is left out, and so are those that share the rest of its block. Raises ImportFailed for what
    is no such file.
    """
    with path.open("rb") as file:
        total, done = os.fstat(file.fileno()).st_size, 0
        begun: list[bytes] | None = None
        while block := file.read(BLOCK_BYTES):
            at = 0
            if done == 0:
                _check(path, block)
                at = _HEADER_BYTES
            while at + _PIECE.size <= len(block):
                check, length, kind = _PIECE.unpack_from(block, at)
                piece = block[at + _PIECE.size : at + _PIECE.size + length]
                if not _WHOLE <= kind <= _LAST or len(piece) < length or crc32(piece, _SEEDS[kind]) != check:
                    # Zeros that fill a block, a torn end, or damage.
                    begun = None
                    break
                at += _PIECE.size + length
                if kind == _WHOLE:
                    begun = None
                    yield piece
                elif kind == _FIRST:
                    begun = [piece]
                elif begun is not None:
                    begun.append(piece)
                    if kind == _LAST:
                        yield b"".join(begun)
                        begun = None
            done += len(block)
            if told is not None:
                told(done, total)


def _check(path: Path, block: bytes) -> None:
    if not block.startswith(MAGIC):
        raise ImportFailed(path, "it is no .wandb file")
    if len(block) > len(MAGIC) and block[len(MAGIC)] != 0:
        raise ImportFailed(path, f"its format {block[len(MAGIC)]} is newer than this reader")
