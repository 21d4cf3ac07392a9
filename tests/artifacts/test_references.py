"""References: only a digest is kept, and what is fetched is checked against it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import trackio
from tests.artifacts.conftest import Made, tree
from trackio import Artifact
from trackio.errors import ArtifactMismatch, InvalidArtifact, StoreError
from trackio.store.project import ProjectStore
from trackio.tracking.run import Run


class Pages(ThreadingHTTPServer):
    """Serves what stands in ``pages``: a content and an ETag by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.pages: dict[str, tuple[bytes, str | None]] = {}
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        if self.path not in self.server.pages:
            self.send_error(404)
            return
        content, etag = self.server.pages[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        if etag is not None:
            self.send_header("ETag", etag)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    do_HEAD = do_GET  # noqa: N815 - likewise

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
        pass


@pytest.fixture
def web() -> Iterator[Pages]:
    server = Pages()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_local_file_is_referred_to_by_its_digest(run: Run, project: ProjectStore) -> None:
    Path("ä b.txt").write_text("1")
    uri = Path("ä b.txt").absolute().as_uri()
    artifact = Artifact("data", "dataset")
    (entry,) = artifact.add_reference(uri)
    assert (entry.path, entry.ref, entry.size) == ("ä b.txt", uri, 1)
    assert entry.digest == hashlib.sha256(b"1").hexdigest()
    run.log_artifact(artifact).wait()
    assert [name for name in project.blobs.names() if not name.endswith(".manifest.json")] == []
    assert tree(artifact.download()) == {"ä b.txt": "1"}
    Path("ä b.txt").write_text("2")
    with pytest.raises(ArtifactMismatch, match="has changed"):
        artifact.download("new")
    Path("ä b.txt").unlink()
    with pytest.raises(StoreError, match="is gone"):
        artifact.download("new")
    assert tree(artifact.download("new", allow_missing_references=True)) == {}
    artifact.verify()


def test_a_folder_adds_a_reference_for_each_file(folder: Path) -> None:
    (folder / "d" / "deep").mkdir(parents=True)
    for name in ("a", "deep/b#c"):
        (folder / "d" / name).write_text(name)
    uri = (folder / "d").as_uri()
    artifact = Artifact("data", "dataset")
    assert [entry.path for entry in artifact.add_reference(uri)] == ["a", "deep/b#c"]
    assert [entry.path for entry in artifact.add_reference(uri, name="in")] == ["in/a", "in/deep/b#c"]
    assert tree(artifact.download("out")) == {
        "a": "a",
        "deep/b#c": "deep/b#c",
        "in/a": "a",
        "in/deep/b#c": "deep/b#c",
    }
    with pytest.raises(InvalidArtifact, match="max_objects"):
        Artifact("data", "dataset").add_reference(uri, max_objects=1)


def test_without_a_checksum_the_address_is_what_counts(folder: Path) -> None:
    (folder / "a").write_text("1")
    artifact = Artifact("data", "dataset")
    (entry,) = artifact.add_reference((folder / "a").as_uri(), checksum=False)
    (folder / "a").write_text("2")
    assert entry.digest == entry.ref
    assert tree(artifact.download("out")) == {"a": "2"}


def test_nothing_at_an_address_is_told_at_once(folder: Path, web: Pages) -> None:
    artifact = Artifact("data", "dataset")
    with pytest.raises(InvalidArtifact, match="no file or folder"):
        artifact.add_reference((folder / "none").as_uri())
    with pytest.raises(ValueError, match="file://"):
        artifact.add_reference("data.csv")
    with pytest.raises(InvalidArtifact, match="404"):
        artifact.add_reference(f"{web.address}/none")
    with pytest.raises(InvalidArtifact, match="cannot be read"):
        artifact.add_reference("http://127.0.0.1:9/none")


def test_a_page_is_referred_to_by_the_digest_of_its_content(run: Run, web: Pages) -> None:
    web.pages["/data.csv?x=1"] = (b"a,b", '"one"')
    artifact = Artifact("data", "dataset")
    (entry,) = artifact.add_reference(f"{web.address}/data.csv?x=1")
    assert (entry.path, entry.size, entry.extra) == ("data.csv", 3, {"etag": '"one"'})
    assert entry.digest == hashlib.sha256(b"a,b").hexdigest()
    run.log_artifact(artifact).wait()
    assert tree(artifact.download()) == {"data.csv": "a,b"}
    asked = len(web.asked)
    artifact.download()
    assert len(web.asked) == asked
    web.pages["/data.csv?x=1"] = (b"x,y", '"one"')
    with pytest.raises(ArtifactMismatch):
        artifact.download("new")
    del web.pages["/data.csv?x=1"]
    with pytest.raises(StoreError, match="404"):
        artifact.download("new")


def test_without_a_checksum_a_page_is_known_by_its_etag_and_size(web: Pages) -> None:
    web.pages["/big"] = (b"123", '"one"')
    artifact = Artifact("data", "dataset")
    (entry,) = artifact.add_reference(f"{web.address}/big", checksum=False)
    assert (entry.digest, entry.size) == ('etag:"one"', 3)
    assert web.asked == ["HEAD /big"]
    assert tree(artifact.download("out")) == {"big": "123"}
    web.pages["/big"] = (b"123", '"two"')
    with pytest.raises(ArtifactMismatch):
        artifact.download("new")


def test_a_page_that_cannot_be_asked_keeps_its_address_without_a_checksum() -> None:
    (entry,) = Artifact("data", "dataset").add_reference("http://127.0.0.1:9/a", checksum=False)
    assert (entry.path, entry.digest, entry.size) == ("a", "http://127.0.0.1:9/a", None)


def test_a_reference_to_another_artifact_leads_there(run: Run, made: Made) -> None:
    source = run.log_artifact(made("source", a="1", b="2")).wait()
    artifact = Artifact("data", "dataset")
    artifact.add_reference(source.get_entry("a"), name="first")
    artifact.add_reference(source.get_entry("b").ref_url())
    with trackio.init(project="other", reinit="create_new") as other:
        other.log_artifact(artifact).wait()
    assert artifact.size == 2
    assert tree(artifact.download("out")) == {"first": "1", "b": "2"}


def test_a_store_that_fsspec_reads_is_looked_at_through_it(run: Run) -> None:
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory")
    files.pipe({"/bucket/d/a": b"1", "/bucket/d/e/b": b"2"})
    artifact = Artifact("data", "dataset")
    assert [entry.path for entry in artifact.add_reference("memory://bucket/d")] == ["a", "e/b"]
    (entry,) = artifact.add_reference("memory://bucket/d/a", name="one")
    assert (entry.size, entry.digest) == (1, hashlib.sha256(b"1").hexdigest())
    run.log_artifact(artifact).wait()
    assert tree(artifact.download("out")) == {"a": "1", "e/b": "2", "one": "1"}
    files.pipe("/bucket/d/a", b"3")
    with pytest.raises(ArtifactMismatch):
        artifact.download("new")
    with pytest.raises(InvalidArtifact, match="nothing at"):
        Artifact("x", "y").add_reference("memory://bucket/none")


def test_an_address_that_nothing_here_reads_is_kept_and_told(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    artifact = Artifact("data", "dataset")
    (entry,) = artifact.add_reference("weird://bucket/key.bin")
    assert (entry.path, entry.ref, entry.digest) == ("key.bin", "weird://bucket/key.bin", "weird://bucket/key.bin")
    assert "kept as an address only" in caplog.text
    artifact.add_reference("s3://bucket/key", name="key", checksum=False)
    run.log_artifact(artifact).wait()
    assert tree(artifact.download()) == {}
    assert "stays where it is" in caplog.text
