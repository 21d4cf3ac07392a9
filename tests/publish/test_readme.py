"""A file that people write, changed in one piece."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from trackio.errors import PublishError
from trackio.publish import readme
from trackio.publish.readme import Edited


def with_line(before: bytes | None) -> Edited:
    """What the card shall hold: a line more, and a picture beside it."""
    content = (before or b"").replace(b"ours\n", b"") + b"ours\n"
    return Edited(content, {"trackio/loss.png": b"picture"})


def plain(before: bytes | None) -> Edited:
    return Edited((before or b"") + b"ours\n")


def test_the_file_and_what_lies_beside_it_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(b"theirs\r\n")
    first = readme.edit(path, with_line)
    assert (first.before, first.after, first.files) == (b"theirs\r\n", b"theirs\r\nours\n", ("trackio/loss.png",))
    assert path.read_bytes() == first.after
    assert (tmp_path / "trackio" / "loss.png").read_bytes() == b"picture"
    known = path.stat()
    second = readme.edit(path, with_line)
    assert not second.is_any
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (known.st_mtime_ns, known.st_ino)


def test_what_is_only_tried_changes_nothing_and_shows_the_difference(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(b"theirs\r\n")
    change = readme.edit(path, with_line, is_kept=True)
    assert change.is_any
    assert change.diff().splitlines()[2:] == ["@@ -1,2 +1,3 @@", " theirs", "+ours", " "]
    assert path.read_bytes() == b"theirs\r\n"
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_made_and_said_to_be_new(tmp_path: Path) -> None:
    change = readme.edit(tmp_path / "README.md", plain)
    assert change.before is None
    assert (tmp_path / "README.md").read_bytes() == b"ours\n"


def test_mode_and_link_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "docs" / "card.md", tmp_path / "README.md"
    path.parent.mkdir()
    path.write_bytes(b"theirs\n")
    path.chmod(0o640)
    link.symlink_to("docs/card.md")
    readme.edit(link, plain)
    assert link.is_symlink()
    assert path.read_bytes() == b"theirs\nours\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_of_two_names_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(b"theirs\n")
    (tmp_path / "other.md").hardlink_to(path)
    readme.edit(path, plain)
    assert (tmp_path / "other.md").read_bytes() == b"theirs\nours\n"


def test_a_change_that_comes_in_between_is_taken_in(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(b"theirs\n")
    later = [b"theirs, later\n"]

    def interrupted(before: bytes | None) -> Edited:
        if later:
            path.write_bytes(later.pop())
        return plain(before)

    readme.edit(path, interrupted)
    assert path.read_bytes() == b"theirs, later\nours\n"


def test_a_file_that_never_rests_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(b"")

    def restless(before: bytes | None) -> Edited:
        path.write_bytes((before or b"") + b"theirs\n")
        return plain(before)

    with pytest.raises(PublishError, match="keeps changing it"):
        readme.edit(path, restless)
    assert b"ours" not in path.read_bytes()


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "nowhere"])
def test_what_is_no_file_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "README.md"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    else:
        path = tmp_path / "missing" / "README.md"
    with pytest.raises(PublishError, match=r"README\.md was left as it is"):
        readme.edit(path, plain)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
@pytest.mark.parametrize("what", ["file", "folder", "both"])
def test_what_may_not_be_written_is_told_and_stays(tmp_path: Path, what: str) -> None:
    path = tmp_path / "docs" / "README.md"
    path.parent.mkdir()
    path.write_bytes(b"theirs\n")
    if what != "folder":
        path.chmod(0o444)
    if what != "file":
        path.parent.chmod(0o555)
    with pytest.raises(PublishError, match="was left as it is"):
        readme.edit(path, with_line)
    path.parent.chmod(0o755)
    assert path.read_bytes() == b"theirs\n"
    assert list(path.parent.iterdir()) == [path]


def test_pictures_that_are_no_longer_shown_go_with_their_folder(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    readme.edit(path, with_line)
    change = readme.edit(path, lambda before: Edited(before or b"", {"trackio/loss.png": None}))
    assert change.files == ("trackio/loss.png",)
    assert sorted(tmp_path.iterdir()) == [path]
    (tmp_path / "trackio").mkdir()
    (tmp_path / "trackio" / "mine.txt").touch()
    readme.edit(path, lambda before: Edited(before or b"", {"trackio/loss.png": None}))
    assert (tmp_path / "trackio" / "mine.txt").exists()
