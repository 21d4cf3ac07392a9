"""The files of a project stay whole, whatever happens to the processes that put them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from trackio.store import layout
from trackio.store.blobs import LEFT_SECONDS, Blob, Blobs

NO_PROCESS = (1 << 22) + 1
"""More than Linux gives numbers to."""


def _file(folder: Path) -> Path:
    path = folder / "source"
    path.write_bytes(b"content")
    return path


@pytest.mark.parametrize(
    "put",
    [
        lambda blobs, _folder: blobs.put(b"content"),
        lambda blobs, folder: blobs.put_file(_file(folder)),
        lambda blobs, folder: blobs.take_file(_file(folder)),
    ],
)
def test_a_file_that_was_cut_short_is_put_anew(put: Callable[[Blobs, Path], Blob], tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"content").name
    blobs.path(name).write_bytes(b"")
    assert put(blobs, tmp_path).name == name
    assert blobs.read(name) == b"content"


def test_what_a_killed_process_left_is_removed_by_a_later_one(tmp_path: Path) -> None:
    folder = layout.files(tmp_path)
    folder.mkdir(parents=True)
    left, ours, fresh = (folder / f"{name}-00.part" for name in (NO_PROCESS, os.getpid(), f"{NO_PROCESS}1"))
    for draft in (left, ours, fresh):
        draft.write_bytes(b"half")
    for draft in (left, ours):
        long_ago = draft.stat().st_mtime - LEFT_SECONDS - 1
        os.utime(draft, (long_ago, long_ago))
    Blobs(tmp_path).put(b"content")
    assert sorted(folder.glob("*.part")) == sorted([ours, fresh])
