"""Files are taken over as they are at the call, large ones without being read."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from trackio.errors import UsageError
from trackio.media.base import Place
from trackio.media.source import MOST_READ_BYTES, source


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.write(b"begin")
        file.truncate(MOST_READ_BYTES + 5)
    return path


def test_a_large_file_takes_no_memory(large: Path) -> None:
    found = source(large, "Video")
    assert found.nbytes == 0
    assert found.head(5) == b"begin"


def test_a_large_file_may_be_removed_before_it_is_stored(large: Path, place: Place) -> None:
    found = source(large, "Video")
    large.unlink()
    assert found.put(place.blobs, ".mp4").size == MOST_READ_BYTES + 5
    assert found.put(place.blobs, ".mp4").size == MOST_READ_BYTES + 5


def test_a_large_file_that_is_changed_before_it_is_stored_is_an_error(large: Path, place: Place) -> None:
    found = source(large, "Video")
    with large.open("ab") as file:
        file.write(b"more")
    with pytest.raises(UsageError, match="was changed before it could be stored"):
        found.put(place.blobs, ".mp4")


def test_a_large_file_can_wait_on_disk(large: Path, place: Place) -> None:
    waiting = pickle.dumps(source(large, "Video"))
    large.unlink()
    assert pickle.loads(waiting).put(place.blobs, ".mp4").size == MOST_READ_BYTES + 5


def test_an_open_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("all of it")
    with path.open(encoding="utf-8") as file:
        file.read()
        assert source(file, "Html").read() == b"all of it"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        source(tmp_path, "Audio")
