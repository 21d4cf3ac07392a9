"""Journals cut into stretches: all bytes, in order, and every whole frame in one that says so."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio import journal
from trackio.remote.cargo import spoken_of
from trackio.remote.stretches import Stretch, following, is_closed

NAME = "ab" * 32 + ".table.json"


def frames(sizes: list[int]) -> list[bytes]:
    return [journal.frame(journal.EVENT, journal.event("x", 1, text="y" * size)) for size in sizes]


def cut(data: bytes, most_bytes: int, *, is_over: bool = False) -> list[Stretch]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        found, offset = [], 0
        while (stretch := following(file, offset, most_bytes, is_over=is_over)) is not None:
            found.append(stretch)
            offset += len(stretch.data)
        return found


@settings(max_examples=200)
@given(
    st.lists(st.integers(0, 300), max_size=12),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 255)), max_size=4),
    st.binary(max_size=40),
    st.integers(64, 2000),
)
def test_whatever_a_journal_holds_is_sent_in_order_and_whole_frames_as_such(
    sizes: list[int], damage: list[tuple[int, int]], torn: bytes, most_bytes: int
) -> None:
    data = bytearray(b"".join(frames(sizes)))
    for place, flip in damage:
        if data:
            data[place % len(data)] ^= flip
    journal_bytes = bytes(data) + torn
    found = cut(journal_bytes, most_bytes, is_over=True)
    assert b"".join(one.data for one in found) == journal_bytes
    for one in found:
        assert len(one.data) <= most_bytes
        assert one.is_damaged or journal.whole(one.data)[0] == len(one.data)
    # What is still written keeps back no more than what was cut short at its end.
    so_far = b"".join(one.data for one in cut(journal_bytes, 1 << 20))
    assert journal_bytes.startswith(so_far)
    assert journal.next_whole(journal_bytes, len(so_far)) is None


def test_a_frame_that_is_being_written_waits() -> None:
    one, two = frames([10, 500])
    assert cut(one + two[:300], 4096) == [Stretch(one)]
    assert cut(one + two[:300], 4096, is_over=True) == [Stretch(one), Stretch(two[:300], True, one)]
    assert cut(one + two, 4096) == [Stretch(one + two)]


def test_a_frame_longer_than_a_stretch_goes_in_pieces() -> None:
    one, two, three = frames([10, 5000, 10])
    found = cut(one + two + three, 1000)
    assert [one.is_damaged for one in found] == [False, True, True, True, True, True, True, False][: len(found)]
    assert b"".join(one.data for one in found) == one + two + three


def test_a_name_that_is_cut_in_two_is_found() -> None:
    big = journal.frame(journal.EVENT, journal.event("x", 1, text="y" * 900, file=NAME, more="z" * 900))
    found = cut(big + frames([1])[0], 1000)
    assert [name for one in found for name in spoken_of(one.before + one.data)] == [NAME]


@pytest.mark.parametrize(
    ("record", "names"),
    [
        ({"event": "file", "file": NAME}, [NAME]),
        ({"manifest": NAME, "parts": []}, [NAME]),
        ({"value": {"_type": "trackio.image", "mask_file": NAME, "file": NAME}}, [NAME]),
        ({"digest": "ab" * 32, "files": "ab" * 32, "text": NAME}, []),
    ],
)
def test_the_files_that_records_speak_of_are_found(record: dict[str, Any], names: list[str]) -> None:
    assert spoken_of(journal.encode(record)) == names


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (journal.event("finish", 1, status="finished", exit_code=0), True),
        (journal.event("close", 1), True),
        (journal.event("config", 1, values={"text": '{"event":"finish"'}), False),
        (journal.event("finished", 1), False),
    ],
)
def test_a_journal_ends_with_what_its_writer_says_last(last: bytes, expected: bool, tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b"".join(frames([1, 2])) + journal.frame(journal.EVENT, last))
    with path.open("rb") as file:
        assert is_closed(file) is expected
    path.write_bytes(path.read_bytes() + b"\xa7")
    with path.open("rb") as file:
        assert not is_closed(file)


def test_an_empty_journal_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "j").touch()
    with (tmp_path / "j").open("rb") as file:
        assert following(file, 0, 100, is_over=True) is None
        assert following(file, 50, 100, is_over=True) is None
        assert not is_closed(file)
