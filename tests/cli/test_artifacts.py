"""Artifacts and saved files on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

import trackio
from tests.cli.conftest import Cli
from trackio import Artifact


@pytest.fixture(autouse=True)
def logged(home: Path, tmp_path: Path) -> str:
    """Two versions of ``data``, and a saved file; gives the id of the run."""
    (tmp_path / "log.txt").write_text("text")
    with trackio.init(project="p", name="run", auto_log_cpu=False, auto_log_gpu=False) as run:
        for text in ("1", "22"):
            artifact = Artifact("data", "dataset", metadata={"length": len(text)})
            with artifact.new_file("a.txt") as file:
                file.write(text)
            run.log_artifact(artifact, aliases=["best"] if text == "1" else None)
        run.save(str(tmp_path / "log.txt"), base_path=tmp_path)
    return run.id


def test_versions_are_listed_newest_first(cli: Cli) -> None:
    assert [line.split()[:3] for line in cli("list", "artifacts").out.splitlines()[1:]] == [
        ["data:v1", "dataset", "latest"],
        ["data:v0", "dataset", "best"],
    ]
    assert cli("list", "artifacts", "--type", "model").out == "No artifacts.\n"
    assert len(cli("list", "artifacts", "--name", "data").out.splitlines()) == 3


def test_versions_are_listed_as_json(cli: Cli, logged: str) -> None:
    found = cli("list", "artifacts", "--json").json
    assert found["project"] == "p"
    newest = found["artifacts"][0]
    assert newest["created_at"] > found["artifacts"][1]["created_at"]
    assert {key: newest[key] for key in ("name", "version", "aliases", "size", "metadata", "run_id")} == {
        "name": "data",
        "version": "v1",
        "aliases": ["latest"],
        "size": 2,
        "metadata": {"length": 2},
        "run_id": logged,
    }


def test_an_artifact_is_shown_and_its_files_are_got(cli: Cli, tmp_path: Path) -> None:
    shown = cli("get", "artifact", "data:best").out
    assert "data:v0" in shown
    assert "metadata.length  1" in shown
    assert cli("get", "artifact", "data", "--output", str(tmp_path / "out")).out == f"{tmp_path / 'out'}\n"
    assert (tmp_path / "out" / "a.txt").read_text() == "22"
    got = cli("get", "artifact", "data:v0", "--output", str(tmp_path / "old"), "--json").json
    assert (got["version"], got["path"], [file["path"] for file in got["files"]]) == (
        "v0",
        str(tmp_path / "old"),
        ["a.txt"],
    )
    assert cli("get", "artifact", "data", "--json").json["path"] is None


def test_an_unknown_artifact_suggests_the_nearest(cli: Cli) -> None:
    done = cli("get", "artifact", "dat")
    assert (done.code, "Nearest: data" in done.err) == (1, True)


def test_saved_files_are_listed_and_got(cli: Cli, tmp_path: Path) -> None:
    assert cli("list", "files").out.splitlines()[1].startswith("log.txt")
    assert [file["size"] for file in cli("list", "files", "--run", "run", "--json").json["files"]] == [4]
    assert cli("get", "file", "log.txt", "--output", str(tmp_path / "out")).code == 0
    assert (tmp_path / "out" / "log.txt").read_text() == "text"
    assert cli("get", "file", "log.txt", "--output", str(tmp_path / "out"), "--json").json["name"] == "log.txt"
    assert cli("get", "file", "log.txt").code == 2
    assert cli("get", "file", "none", "--output", str(tmp_path / "out")).code == 1
