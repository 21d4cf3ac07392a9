"""Downloads are whole, checked, and stay where they belong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.artifacts.conftest import Made, tree
from trackio import Artifact
from trackio.artifacts.manifest import Manifest
from trackio.errors import ArtifactMismatch, InvalidArtifact, StoreError
from trackio.store.project import ProjectStore
from trackio.tracking.run import Run

DIGEST = "0" * 64


def test_files_are_put_into_a_folder_named_for_the_version(run: Run, made: Made) -> None:
    artifact = run.log_artifact(made(**{"a": "1", "deep/ünï": "2"})).wait()
    assert artifact.download() == "artifacts/data:v0"
    assert tree("artifacts/data:v0") == {"a": "1", "deep/ünï": "2"}
    assert artifact.download("elsewhere") == "elsewhere"
    assert tree("elsewhere") == {"a": "1", "deep/ünï": "2"}


def test_the_folder_of_downloads_can_be_chosen(run: Run, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_ARTIFACT_DIR", "kept")
    assert run.log_artifact(made(a="1")).wait().download() == "kept/data:v0"


def test_what_is_right_already_is_left_and_what_is_not_is_put_right(run: Run, made: Made) -> None:
    artifact = run.log_artifact(made(a="1", b="2", c="3")).wait()
    root = Path(artifact.download())
    os.utime(root / "a", (1, 1))
    (root / "b").write_text("X")
    (root / "c").unlink()
    (root / "mine").write_text("mine")
    artifact.download()
    assert tree(root) == {"a": "1", "b": "2", "c": "3", "mine": "mine"}
    assert (root / "a").stat().st_mtime == 1


def test_a_prefix_and_single_entries_can_be_downloaded(run: Run, made: Made) -> None:
    artifact = run.log_artifact(made(**{"a/1": "1", "a/2": "2", "b": "3"})).wait()
    assert tree(artifact.download("some", path_prefix="a/")) == {"a/1": "1", "a/2": "2"}
    assert artifact.get_entry("b").download("one") == str(Path("one/b"))
    assert tree("one") == {"b": "3"}
    assert [entry.path for entry in artifact.files()] == ["a/1", "a/2", "b"]
    assert [entry.path for entry in artifact.files(["b", "x"])] == ["b"]
    with pytest.raises(KeyError):
        artifact.get_entry("missing")


def test_the_only_file_is_downloaded_by_file(run: Run, made: Made) -> None:
    assert Path(run.log_artifact(made("one", a="1")).wait().file()).read_text() == "1"
    with pytest.raises(ValueError, match="2 files"):
        run.log_artifact(made("two", a="1", b="2")).wait().file()


def test_a_checkout_leaves_just_the_files_of_the_artifact(run: Run, made: Made) -> None:
    artifact = run.log_artifact(made(a="1")).wait()
    Path("artifacts/data/deep").mkdir(parents=True)
    Path("artifacts/data/deep/old").write_text("old")
    Path("elsewhere").mkdir()
    Path("elsewhere/file").write_text("precious")
    Path("artifacts/data/link").symlink_to(Path("elsewhere").absolute())
    with pytest.raises(ArtifactMismatch):
        artifact.verify("artifacts/data")
    assert tree(artifact.checkout()) == {"a": "1"}
    artifact.verify("artifacts/data")
    assert tree("elsewhere") == {"file": "precious"}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda root: (root / "a").write_text("X"), "not what it was"),
        (lambda root: (root / "a").unlink(), "missing"),
        (lambda root: (root / "x").write_text("X"), "no file of artifact"),
    ],
)
def test_verify_tells_the_first_difference(damage: object, words: str, run: Run, made: Made) -> None:
    artifact = run.log_artifact(made(a="1", b="2")).wait()
    root = Path(artifact.download())
    artifact.verify()
    damage(root)  # type: ignore[operator]
    with pytest.raises(ValueError, match=words) as caught:
        artifact.verify()
    assert isinstance(caught.value, ArtifactMismatch)


def test_a_stored_file_that_is_damaged_or_gone_is_told_and_leaves_nothing(
    run: Run, made: Made, project: ProjectStore
) -> None:
    artifact = run.log_artifact(made(a="1", b="2")).wait()
    stored = project.blobs.path(artifact.entries["a"].file or "")
    stored.write_text("X")
    with pytest.raises(StoreError, match="damaged"):
        artifact.download("out")
    stored.unlink()
    with pytest.raises(StoreError, match="missing"):
        artifact.download("out")
    assert not Path("out/a").exists()
    assert list(Path("out").glob("*.part")) == []


def test_links_in_the_folder_lead_nowhere_else(run: Run, made: Made, tmp_path: Path) -> None:
    artifact = run.log_artifact(made(**{"a/b": "1", "c": "2"})).wait()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "c").write_text("precious")
    Path("out").mkdir()
    Path("out/a").symlink_to(outside)
    with pytest.raises(InvalidArtifact, match="link"):
        artifact.download("out")
    Path("out/a").unlink()
    Path("out/c").unlink(missing_ok=True)
    Path("out/c").symlink_to(outside / "c")
    artifact.download("out")
    assert tree(outside) == {"c": "precious"}
    assert not Path("out/c").is_symlink()


HOSTILE = [
    {"../a": {"digest": DIGEST, "size": 1, "file": DIGEST}},
    {"/etc/a": {"digest": DIGEST, "size": 1, "file": DIGEST}},
    {"C:\\a": {"digest": DIGEST, "size": 1, "file": DIGEST}},
    {"a": {"digest": DIGEST, "size": 1, "file": "../../../etc/passwd"}},
    {"a": {"digest": "1" * 64, "size": 1, "file": DIGEST}},
    {"a": {"digest": DIGEST, "size": -1, "file": DIGEST}},
    {"a": {"digest": DIGEST, "size": 1}},
    {"a": {"digest": DIGEST, "size": 1, "file": DIGEST, "ref": "file:///etc/passwd"}},
    {"a": {"size": 1, "file": DIGEST}},
    {"a": []},
    [],
    None,
]


@pytest.mark.parametrize("entries", HOSTILE)
def test_a_hostile_manifest_is_refused_as_a_whole(entries: object) -> None:
    with pytest.raises(StoreError):
        Manifest.decode(json.dumps({"trackio_manifest": 1, "entries": entries}).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"trackio_manifest": 2, "entries": {}}'])
def test_what_is_no_manifest_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError):
        Manifest.decode(data)


def test_file_names_that_are_no_text_come_back_as_they_were(run: Run, folder: Path) -> None:
    (folder / "d").mkdir()
    name = os.fsdecode(b"caf\xe9")
    (folder / "d" / name).write_text("1")
    artifact = Artifact("data", "dataset")
    artifact.add_dir("d")
    run.log_artifact(artifact).wait()
    assert [os.fsencode(path.name) for path in Path(artifact.download("out")).iterdir()] == [b"caf\xe9"]


def test_a_draft_can_be_looked_into(made: Made) -> None:
    assert tree(made(a="1", b="2").download("out")) == {"a": "1", "b": "2"}


def test_ten_thousand_files_are_logged_and_downloaded(run: Run, folder: Path) -> None:
    (folder / "d").mkdir()
    for number in range(10_000):
        (folder / "d" / f"{number}").write_text(str(number % 100))
    artifact = Artifact("many", "dataset")
    artifact.add_dir("d", policy="immutable")
    run.log_artifact(artifact).wait()
    assert artifact.file_count == 10_000
    assert len(list(Path(artifact.download("out")).iterdir())) == 10_000
