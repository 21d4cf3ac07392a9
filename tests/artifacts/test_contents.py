"""What a draft takes in, and that it is what was handed over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.artifacts.conftest import Made, tree
from trackio import Artifact
from trackio.errors import ArtifactFinalized, ArtifactNotLogged, InvalidArtifact, StoreError
from trackio.tracking.run import Run


def test_a_file_is_added_under_its_own_name_or_another() -> None:
    Path("a.txt").write_text("text")
    artifact = Artifact("data", "dataset")
    entry = artifact.add_file("a.txt")
    assert (entry.path, entry.size, entry.name) == ("a.txt", 4, "a.txt")
    assert artifact.add_file(Path("a.txt"), "deep/b.txt").path == "deep/b.txt"
    assert list(artifact.manifest.entries) == ["a.txt", "deep/b.txt"]
    assert "a.txt" in artifact
    assert len(artifact) == 2
    assert artifact.size == 8
    assert artifact.get_added_local_path_name("a.txt") == "deep/b.txt"


def test_a_file_may_change_or_go_as_soon_as_it_is_added(run: Run) -> None:
    Path("a.txt").write_text("before")
    artifact = Artifact("data", "dataset")
    artifact.add_file("a.txt")
    Path("a.txt").write_text("after!")
    Path("a.txt").unlink()
    run.log_artifact(artifact).wait()
    assert tree(artifact.download()) == {"a.txt": "before"}


def test_an_immutable_file_is_read_when_it_is_logged(run: Run) -> None:
    Path("a.txt").write_text("before")
    artifact = Artifact("data", "dataset")
    artifact.add_file("a.txt", policy="immutable")
    Path("a.txt").write_text("after!")
    run.log_artifact(artifact).wait()
    assert tree(artifact.download()) == {"a.txt": "after!"}


def test_a_folder_is_added_with_all_below_it(folder: Path) -> None:
    (folder / "d" / "deep").mkdir(parents=True)
    (folder / "d" / "a").write_text("1")
    (folder / "d" / "deep" / "ünï 文").write_text("2")
    artifact = Artifact("data", "dataset")
    artifact.add_dir("d")
    artifact.add_dir("d", name="again")
    assert sorted(artifact.entries) == ["a", "again/a", "again/deep/ünï 文", "deep/ünï 文"]


def test_links_are_followed_but_never_in_a_circle_and_pipes_are_no_files(folder: Path) -> None:
    (folder / "d").mkdir()
    (folder / "d" / "a").write_text("1")
    (folder / "d" / "link").symlink_to(folder / "d" / "a")
    (folder / "d" / "round").symlink_to(folder / "d")
    os.mkfifo(folder / "d" / "pipe")
    artifact = Artifact("data", "dataset")
    artifact.add_dir("d")
    assert sorted(artifact.entries) == ["a", "link"]


def test_what_is_not_there_is_an_error_that_names_it(folder: Path) -> None:
    artifact = Artifact("data", "dataset")
    (folder / "d").mkdir()
    (folder / "d" / "dangling").symlink_to("nowhere")
    with pytest.raises(InvalidArtifact, match=r"missing\.txt"):
        artifact.add_file("missing.txt")
    with pytest.raises(ValueError, match="no folder at 'none'"):
        artifact.add_dir("none")
    with pytest.raises(InvalidArtifact, match="dangling"):
        artifact.add_dir("d")
    with pytest.raises(InvalidArtifact, match="policy"):
        artifact.add_file(__file__, policy="other")  # type: ignore[arg-type]


def test_a_path_may_be_added_again_with_the_same_content_and_replaced_when_asked() -> None:
    artifact = Artifact("data", "dataset")
    Path("a").write_text("1")
    artifact.add_file("a")
    artifact.add_file("a")
    Path("a").write_text("2")
    with pytest.raises(ValueError, match="overwrite=True"):
        artifact.add_file("a")
    before = artifact.digest
    artifact.add_file("a", overwrite=True)
    assert artifact.digest != before


def test_a_path_cannot_be_a_file_and_a_folder(run: Run, made: Made) -> None:
    with pytest.raises(InvalidArtifact, match="'a/b' is a file"):
        run.log_artifact(made(**{"a/b/c/d": "1", "a/x": "2", "a/b": "3"}))
    run.log_artifact(made(a="1"))
    more = made(**{"a/b": "2"})
    more.incremental = True
    with pytest.raises(StoreError, match="'a' is a file"):
        run.log_artifact(more).wait()


def test_a_temporary_file_is_named_by_its_content() -> None:
    Path("a.txt").write_text("text")
    entry = Artifact("data", "dataset").add_file("a.txt", "in/a.txt", is_tmp=True)
    assert entry.path == f"in/{entry.digest[:20]}.txt"


def test_equal_content_has_an_equal_digest_in_any_order(made: Made) -> None:
    one, two, three = made(a="1", b="2"), made("other", b="2", a="1"), made(a="2", b="1")
    assert one.digest == two.digest != three.digest


def test_a_new_file_is_added_when_its_block_ends_well() -> None:
    artifact = Artifact("data", "dataset")
    with artifact.new_file("a/b.txt") as file:
        file.write("naïve")
    with artifact.new_file("c.bin", mode="wb") as file:
        file.write(b"\0")
    with pytest.raises(RuntimeError), artifact.new_file("d"):
        raise RuntimeError
    assert sorted(artifact.entries) == ["a/b.txt", "c.bin"]
    with pytest.raises(InvalidArtifact, match="mode='w'"), artifact.new_file("a/b.txt"):
        pass
    with artifact.new_file("a/b.txt", "w") as file:
        file.write("x")
    assert artifact.size == 2


def test_entries_and_whole_folders_are_removed(made: Made) -> None:
    artifact = made(**{"a/b": "1", "a/c": "2", "d": "3", "e": "4"})
    artifact.remove("a")
    artifact.remove(artifact.get_entry("d"))
    assert list(artifact.entries) == ["e"]
    with pytest.raises(FileNotFoundError):
        artifact.remove("a")


def test_a_logged_artifact_takes_no_more(run: Run, made: Made) -> None:
    artifact = run.log_artifact(made(a="1"))
    with pytest.raises(ArtifactFinalized, match="new_draft"):
        artifact.add_file(__file__)
    with pytest.raises(AttributeError), artifact.new_file("b"):
        pass


def test_what_only_a_version_has_is_an_error_of_a_draft() -> None:
    artifact = Artifact("data", "dataset")
    for name in ("version", "aliases", "tags", "created_at", "project", "qualified_name"):
        assert not hasattr(artifact, name), name
    for call in (artifact.wait, artifact.delete, artifact.logged_by, artifact.new_draft):
        with pytest.raises(ArtifactNotLogged, match="log_artifact"):
            call()
    assert (artifact.state, artifact.is_draft(), artifact.id, artifact.name) == ("PENDING", True, None, "data")


def test_metadata_is_what_json_can_hold() -> None:
    numpy = pytest.importorskip("numpy")
    given = {
        "array": numpy.arange(2),
        "scalar": numpy.float32(0.5),
        "set": {1},
        "path": Path("a"),
        "nested": {"a": [1]},
    }
    artifact = Artifact("data", "dataset", metadata=given)
    assert artifact.metadata == {"array": [0, 1], "scalar": 0.5, "set": [1], "path": "a", "nested": {"a": [1]}}
    circle: dict[str, object] = {}
    circle["circle"] = circle
    for wrong in ([1], "no JSON", circle):
        with pytest.raises(InvalidArtifact, match="metadata"):
            Artifact("data", "dataset", metadata=wrong)  # type: ignore[arg-type]


def test_copies_are_removed_with_the_draft(home: object, made: Made, tmp_path: Path) -> None:
    staging = tmp_path / "home" / "staging"
    artifact = made(a="1")
    assert len(list(staging.iterdir())) == 1
    del artifact
    assert list(staging.iterdir()) == []


def test_copies_of_a_killed_process_are_removed_by_the_next(script: object, tmp_path: Path) -> None:
    code = "import os\na = trackio.Artifact('d', 't')\nwith a.new_file('x') as f: f.write('1')\n"
    script(code + "os.kill(os.getpid(), 9)", check=False)  # type: ignore[operator]
    assert len(list((tmp_path / "home" / "staging").iterdir())) == 1
    script(code)  # type: ignore[operator]
    assert list((tmp_path / "home" / "staging").iterdir()) == []
