"""The container of W&B's files: LevelDB's log format."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from trackio.importers.imported import ImportFailed
from trackio.importers.wandb.log import BLOCK_BYTES, MAGIC, records

PAYLOADS = [b"a", b"", b"b" * 40_000, b"c" * 100_000, b"d", b"e" * (BLOCK_BYTES - 7)]


def log(payloads: list[bytes]) -> bytes:
    """A file of W&B's as its own writer lays it out."""
    data = bytearray(MAGIC + b"\0")
    for payload in payloads:
        rest, first = payload, True
        while True:
            room = BLOCK_BYTES - len(data) % BLOCK_BYTES
            if room < 7:
                data += b"\0" * room
                continue
            piece, rest = rest[: room - 7], rest[room - 7 :]
            kind = (1 if not rest else 2) if first else (4 if not rest else 3)
            data += struct.pack("<IHB", zlib.crc32(piece, zlib.crc32(bytes([kind]))), len(piece), kind) + piece
            first = False
            if not rest:
                break
    return bytes(data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run-a.wandb"


def test_records_come_back_whole_over_the_ends_of_blocks(path: Path) -> None:
    path.write_bytes(log(PAYLOADS))
    assert list(records(path)) == PAYLOADS


@pytest.mark.parametrize("size", [7, 8, 14, 15, 16, 20_000, 40_029, 40_030, 100_000])
def test_a_file_that_ends_anywhere_gives_what_is_whole(path: Path, size: int) -> None:
    path.write_bytes(log(PAYLOADS)[:size])
    found = list(records(path))
    assert found == PAYLOADS[: len(found)]


def test_a_damaged_record_costs_at_most_its_block(path: Path) -> None:
    payloads = [bytes([number]) * 1000 for number in range(100)]
    data = bytearray(log(payloads))
    data[1500] ^= 1
    path.write_bytes(data)
    found = list(records(path))
    assert found == [payloads[0], *payloads[-len(found) + 1 :]]
    assert len(found) > 60


def test_progress_ends_with_the_whole_file(path: Path) -> None:
    path.write_bytes(log(PAYLOADS))
    told: list[tuple[int, int]] = []
    list(records(path, lambda done, total: told.append((done, total))))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", None), (b"step,loss\n", "it is no .wandb file"), (MAGIC + b"\x01", "its format 1 is newer")],
)
def test_what_is_no_such_file_is_told(path: Path, data: bytes, reason: str | None) -> None:
    path.write_bytes(data)
    if reason is None:
        assert list(records(path)) == []
        return
    with pytest.raises(ImportFailed, match=reason):
        list(records(path))
