"""The folder: what is ours, what is not, and that nothing is ever half written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trackio.errors import ReportError
from trackio.report.cache import NAME
from trackio.report.write import Folder, replace_file


def write(path: Path, files: dict[str, bytes], page: str = "page", key: str = "k") -> Folder:
    with Folder(path) as folder:
        folder.announce(files)
        folder.finish({page: key}, {page: {name: folder.write(name, data) for name, data in files.items()}})
    return folder


def test_files_and_their_folders_are_made(tmp_path: Path) -> None:
    write(tmp_path / "out", {"a/b/c.txt": b"1", "d.txt": b"2"})
    assert (tmp_path / "out/a/b/c.txt").read_bytes() == b"1"


def test_a_folder_with_files_of_others_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ReportError, match=r"thesis\.tex.*--output"):
        write(tmp_path, {"a.txt": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": b"1"})
    assert (tmp_path / "a.txt").exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ReportError, match="is no folder"):
        write(tmp_path / "out", {"a.txt": b"1"})
    assert (tmp_path / "out").read_text() == "mine"


def test_only_files_that_an_earlier_build_named_are_removed(tmp_path: Path) -> None:
    write(tmp_path, {"old/a.txt": b"1", "old/deep/b.txt": b"2"})
    (tmp_path / "old/mine.txt").write_text("mine")
    folder = write(tmp_path, {"new.txt": b"3"})
    assert folder.removed == 2
    assert (tmp_path / "old/mine.txt").read_text() == "mine"
    assert not (tmp_path / "old/deep").exists()


def test_a_foreign_file_where_ours_should_stand_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": b"1"})
    (tmp_path / "b.txt").write_text("mine")
    with pytest.raises(ReportError, match=r"b\.txt was not written by trackio"):
        write(tmp_path, {"a.txt": b"2", "b.txt": b"ours"})
    assert (tmp_path / "b.txt").read_text() == "mine"
    assert (tmp_path / "a.txt").read_bytes() == b"1"


def test_a_file_of_equal_bytes_is_left_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": b"1"})
    before = (tmp_path / "a.txt").stat().st_mtime_ns
    assert write(tmp_path, {"a.txt": b"1"}).written == 0
    assert (tmp_path / "a.txt").stat().st_mtime_ns == before


def test_a_build_that_was_cut_short_knows_its_own_files(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder:
        folder.announce(["a.txt", "b.txt"])
        folder.write("a.txt", b"1")
    write(tmp_path, {"b.txt": b"2"})
    assert not (tmp_path / "a.txt").exists()


def test_an_unannounced_file_is_a_fault_of_ours(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder, pytest.raises(ValueError, match="not announced"):
        folder.write("a.txt", b"1")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out = tmp_path / "out"
    write(out, {"a.txt": b"1"})
    (out / "p").symlink_to(elsewhere)
    with pytest.raises(ReportError, match="leads out"):
        write(out, {"p/x.txt": b"1"})
    assert not list(elsewhere.iterdir())


def test_a_copy_without_the_cache_is_known_by_its_manifest(tmp_path: Path) -> None:
    manifest = {"trackio_report": 1, "projects": [{"path": "p/index.html", "charts": [{"html": "../../evil"}]}]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "p").mkdir()
    (tmp_path / "p/index.html").write_text("old")
    write(tmp_path, {"new.html": b"new"})
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"trackio_report_cache": 1}', '{"trackio_report_cache": 99, "pages": {}}']
)
def test_a_spoiled_cache_is_no_proof_that_the_folder_is_ours(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ReportError):
        write(tmp_path, {"a.txt": b"1"})


def test_the_cache_tells_nothing_of_this_machine(tmp_path: Path) -> None:
    write(tmp_path / "out", {"a.txt": b"1"})
    text = (tmp_path / "out" / NAME).read_text()
    assert str(tmp_path) not in text


def test_what_cannot_be_written_says_so_and_leaves_the_old_file(tmp_path: Path) -> None:
    write(tmp_path, {"a/b.txt": b"1"})
    (tmp_path / "a/.b.txt.part").mkdir()
    with pytest.raises(ReportError, match="could not be written"):
        write(tmp_path, {"a/b.txt": b"2"})
    assert (tmp_path / "a/b.txt").read_bytes() == b"1"


def test_a_long_name_can_be_replaced(tmp_path: Path) -> None:
    replace_file(tmp_path / ("x" * 250), b"1")
    assert (tmp_path / ("x" * 250)).read_bytes() == b"1"


def test_the_second_build_waits_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    first = Folder(tmp_path)
    first.__enter__()

    def release() -> None:
        said.append("waiting")
        first.__exit__(None, None, None)

    with Folder(tmp_path, on_wait=release):
        assert said == ["waiting"]
