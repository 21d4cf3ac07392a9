"""TFRecord framing, in which event files hold their records (bytes in, bytes out).

A record is ``length (8) | masked CRC-32C of the length (4) | data | masked CRC-32C of the data (4)``, little-endian:
https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details. TensorBoard's own reader computes the
checks in Python, which takes minutes where this takes a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct
from typing import BinaryIO, Protocol

from trackio.errors import MissingExtra

_HEAD = Struct("<QI")
_LENGTH = Struct("<Q")
_CHECK = Struct("<I")
_MASK_DELTA = 0xA282EAD8
_ALL = 0xFFFFFFFF


class Damage(Protocol):
    """What is told of a stretch that cannot be read."""

    def __call__(self, at: int, *, is_rest: bool) -> object:
        """The record at that offset is damaged; where its length is, so is all that follows."""


def records(file: BinaryIO, damaged: Damage) -> Iterator[tuple[int, bytes]]:
    """Each record that passes its checks, and where it ends.

    A last record that was not wholly written, as a killed process leaves it, is passed over without a word, and so are
    zeros at the end, which a machine that lost power leaves.
    """
    crc = checksum()
    head, at = _HEAD.size, 0
    while len(start := file.read(head)) == head:
        length, check = _HEAD.unpack(start)
        if _masked(crc(start[:8])) != check:
            if any(start) or _any_left(file):
                damaged(at, is_rest=True)
            return
        data = file.read(length + 4)
        if len(data) < length + 4:
            return
        data, check_bytes = data[:length], data[length:]
        stop = at + head + length + 4
        if _masked(crc(data)) == _CHECK.unpack(check_bytes)[0]:
            yield stop, data
        else:
            damaged(at, is_rest=False)
        at = stop


def framer() -> Callable[[bytes], bytes]:
    """A function that gives the bytes of a record."""
    crc = checksum()

    def framed(data: bytes) -> bytes:
        length = _LENGTH.pack(len(data))
        return b"".join((length, _CHECK.pack(_masked(crc(length))), data, _CHECK.pack(_masked(crc(data)))))

    return framed


def checksum() -> Callable[[bytes], int]:
    """CRC-32C; raises MissingExtra where the package for it is not installed."""
    try:
        import google_crc32c
    except ImportError:
        raise MissingExtra("google-crc32c", "tensorboard") from None
    value: Callable[[bytes], int] = google_crc32c.value
    return value


def _masked(check: int) -> int:
    """A checksum of data that holds checksums would be weak; so it is turned and shifted."""
    return (((check >> 15) | (check << 17)) + _MASK_DELTA) & _ALL


def _any_left(file: BinaryIO) -> bool:
    while chunk := file.read(1 << 20):
        if any(chunk):
            return True
    return False
