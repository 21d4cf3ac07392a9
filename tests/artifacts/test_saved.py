"""``save`` and ``restore``: files of a run as they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import trackio
from trackio.artifacts import saved
from trackio.errors import InvalidArtifact, NoActiveRun, NotFound, UnknownRun, UsageError
from trackio.records import FileRecord
from trackio.store.project import ProjectStore
from trackio.tracking.run import Run


def files(run: str | None = None) -> dict[str, str]:
    """The saved files of a run, of the newest unless one is named."""
    found = trackio.Api().run(f"p/{run}") if run else trackio.Api().project("p").runs()[-1]
    return {file.name: file.read().decode() for file in found.files()}


NAMES = [
    ("a.txt", None, "a.txt"),
    ("d/*", None, "d/b.txt"),
    ("d/*", "d", "b.txt"),
    ("{folder}/d/b.txt", None, "d/b.txt"),
    ("{folder}/d/*.txt", "{folder}", "d/b.txt"),
    ("**/b.txt", None, "d/b.txt"),
    ("d", None, "d/b.txt"),
    ("odd[1].txt", None, "odd[1].txt"),
]


@pytest.mark.parametrize(("pattern", "base", "name"), NAMES)
def test_files_are_kept_under_their_paths_below_the_base(
    pattern: str, base: str | None, name: str, run: Run, folder: Path
) -> None:
    (folder / "d").mkdir()
    for path in ("a.txt", "d/b.txt", "odd[1].txt"):
        (folder / path).write_text(path)
    given = None if base is None else base.format(folder=folder)
    paths = run.save(pattern.format(folder=folder), base_path=given)
    run.flush()
    assert files() == {name: Path(paths[0]).read_text()}


def test_a_file_may_go_as_soon_as_it_is_saved(run: Run) -> None:
    Path("a").write_text("1")
    trackio.save("a", policy="now")
    Path("a").unlink()
    run.flush()
    assert files() == {"a": "1"}


@pytest.mark.parametrize(
    ("policy", "at_once", "at_the_end"), [("now", "1", "1"), ("live", "1", "2"), ("end", None, "2")]
)
def test_the_policy_says_when_a_file_is_saved(policy: str, at_once: str | None, at_the_end: str) -> None:
    Path("a").write_text("1")
    run = trackio.init(project="p")
    run.save("a", policy=policy)  # type: ignore[arg-type]
    run.flush()
    assert files().get("a") == at_once
    Path("a").write_text("2")
    os.utime("a", (1, 1))
    run.finish()
    assert files() == {"a": at_the_end}


def test_what_lies_in_the_folder_of_the_run_is_saved_when_it_ends() -> None:
    run = trackio.init(project="p")
    Path(run.dir, "deep").mkdir()
    Path(run.dir, "deep", "model.pt").write_text("weights")
    run.save(os.path.join(run.dir, "deep", "*"))  # noqa: PTH118 - as scripts write it
    run.flush()
    assert files() == {"deep/model.pt": "weights"}
    Path(run.dir, "late.txt").write_text("late")
    run.finish()
    assert files() == {"deep/model.pt": "weights", "late.txt": "late"}


def test_nothing_that_fits_is_told_and_wrong_usage_is_an_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.save("none*") == []
    assert "no file at 'none*'" in capsys.readouterr().err
    with pytest.raises(UsageError, match="policy"):
        run.save("a", policy="sometimes")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="add_reference"):
        run.save("s3://bucket/key")
    # The folder that everything lies in would have to be meant.
    for nothing in ("", b"", None):
        with pytest.raises(UsageError, match="path of files"):
            run.save(nothing)  # type: ignore[arg-type]
    Path("a").write_text("1")
    with pytest.raises(InvalidArtifact, match="base_path"):
        run.save("a", base_path="/usr")


def test_a_file_that_a_pattern_fits_twice_is_saved_once(run: Run, folder: Path) -> None:
    (folder / "d").mkdir()
    (folder / "d" / "a").write_text("1")
    assert run.save("**/*") == [str(folder / "d" / "a")]


def test_a_name_with_brackets_is_taken_literally_when_asked(run: Run) -> None:
    for name in ("a[1]", "a1"):
        Path(name).write_text(name)
    assert [Path(path).name for path in run.save("a[1]")] == ["a1"]
    assert [Path(path).name for path in run.save("a[1]", glob=False)] == ["a[1]"]


def test_a_saved_file_is_restored(run: Run, folder: Path) -> None:
    Path("d").mkdir()
    Path("d/a").write_text("1")
    run.save("d/a")
    run.flush()
    Path("d/a").unlink()
    restored = run.restore("d/a", root=".")
    assert restored is not None
    with restored:
        assert (restored.read(), Path("d/a").read_text()) == ("1", "1")
    assert run.restore("none") is None
    with pytest.raises(InvalidArtifact):
        run.restore("../a")


def test_a_file_that_is_there_is_opened_as_it_is_unless_it_shall_be_replaced(run: Run) -> None:
    Path("a").write_text("1")
    run.save("a", policy="now")
    Path("a").write_text("mine")
    for replace, text in ((False, "mine"), (True, "1")):
        restored = run.restore("a", replace=replace, root=".")
        assert restored is not None
        with restored:
            assert restored.read() == text


@pytest.mark.parametrize("path", ["{id}", "p/{id}", "team/p/{id}", "p/earlier"])
def test_a_file_of_an_earlier_run_is_restored_by_its_path(path: str) -> None:
    Path("a").write_text("1")
    with trackio.init(project="p", name="earlier") as run:
        run.save("a")
    Path("a").unlink()
    with trackio.init(project="p"):
        restored = trackio.restore("a", path.format(id=run.id), root=".")
    assert restored is not None
    restored.close()
    assert Path("a").read_text() == "1"


def test_without_a_run_the_path_of_one_is_needed() -> None:
    Path("a").write_text("1")
    with trackio.init(project="p", name="earlier") as run:
        run.save("a")
    Path("a").unlink()
    restored = trackio.restore("a", "p/earlier")
    assert restored is not None
    restored.close()
    assert Path("a").read_text() == "1"
    with pytest.raises(NoActiveRun):
        trackio.restore("a")
    with pytest.raises(UnknownRun):
        trackio.restore("b", "p/none")


def test_files_of_a_run_are_read_and_downloaded_through_the_api(run: Run) -> None:
    Path("a.txt").write_text("text")
    run.save("a.txt")
    run.flush()
    file = trackio.Api().run(f"p/{run.id}").file("a.txt")
    assert (file.name, file.size, file.read(), file.path.read_text()) == ("a.txt", 4, b"text", "text")
    with file.download("out") as opened:
        assert opened.read() == "text"
    with pytest.raises(InvalidArtifact, match="exists"):
        file.download("out")
    file.download("out", exist_ok=True).close()
    with pytest.raises(NotFound, match=r"a\.txt"):
        trackio.Api().run(f"p/{run.id}").file("b.txt")


EVENTS = [
    {"name": "../a", "file": "0" * 64, "size": 1},
    {"name": "a", "file": "../../etc/passwd", "size": 1},
    {"name": "a", "file": "0" * 64},
    {"name": "a", "file": "0" * 64, "size": 1, "mtime_ns": "x"},
    {},
]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_that_tells_of_no_file_is_passed_over(
    event: dict[str, object], run: Run, project: ProjectStore
) -> None:
    run.record("file", **event)
    run.record("file", name="good", file="1" * 64, size=2, mtime_ns=3)
    (found,) = saved.files(project, run.id)
    assert (found.record.name, found.record.size, found.record.mtime_ns) == ("good", 2, 3)
    assert isinstance(found.record, FileRecord)


def test_a_disabled_run_saves_nothing(tmp_path: Path) -> None:
    Path("a").write_text("1")
    with trackio.init(project="p", mode="disabled") as run:
        assert run.save("a") == []
        assert run.restore("none", root=".") is None
    assert not (tmp_path / "home" / "projects").exists()
