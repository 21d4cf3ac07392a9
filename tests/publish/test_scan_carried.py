"""Secrets in artifacts and saved files are found: they go wherever the runs themselves go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import trackio
from tests.hub.emulator import Hub as SmallHub
from trackio.publish import scan
from trackio.report.build import Options, build
from trackio.report.gather import Selection

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library

TOKEN = "hf" + "_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH"
QUIET: dict[str, Any] = {"auto_log_cpu": False, "auto_log_gpu": False}
RUN = "of run 'r' in project 'p'"


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, where the files come from."""
    path = tmp_path / "work"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


def found() -> list[tuple[str, str]]:
    return [(one.place, one.rule) for one in scan.recorded(None, Selection())]


def save(*names: str) -> None:
    with trackio.init(project="p", name="r", **QUIET) as run:
        run.log({"loss": 1.0})
        for name in names:
            trackio.save(name)


def log(name: str, *paths: Path) -> None:
    with trackio.init(project="p", name="r", **QUIET) as run:
        artifact = trackio.Artifact(name, "dataset")
        for path in paths:
            artifact.add_file(path, path.name)
        run.log_artifact(artifact)


def test_a_token_in_a_saved_file_is_told_by_run_file_and_line(work: Path) -> None:
    (work / "settings.json").write_text('{\n"k": "' + TOKEN + '"}')
    save("settings.json")
    assert found() == [(f"saved file settings.json {RUN} line 2", "hugging-face-token")]


def test_a_token_in_a_file_of_an_artifact_is_told_once_by_its_first_version(work: Path) -> None:
    creds, more = work / "creds.txt", work / "more.txt"
    creds.write_text(f"a\nb\ntoken {TOKEN}\n")
    more.write_text("harmless")
    log("ds", creds)
    log("ds", creds, more)
    log("other", creds)
    [one] = scan.recorded(None, Selection())
    assert one.place == "artifact 'ds' v0 in project 'p', file creds.txt line 3"
    assert TOKEN not in repr(one)
    exec(one.remedy, {"trackio": trackio})
    assert [place for place, _ in found()] == ["artifact 'ds' v1 in project 'p', file creds.txt line 3"]


def test_texts_in_parquet_are_read_and_what_is_no_text_is_not(work: Path) -> None:
    pq.write_table(pa.table({"said": ["fine", TOKEN]}), work / "rows.parquet", compression="zstd")
    (work / "weights.bin").write_bytes(b"\0\1\2" + TOKEN.encode())
    (work / "cat.png").write_text(TOKEN)
    log("ds", work / "rows.parquet", work / "weights.bin", work / "cat.png")
    assert found() == [("artifact 'ds' v0 in project 'p', file rows.parquet column said", "hugging-face-token")]


def test_home_folders_count_where_files_and_their_addresses_go_as_they_are(work: Path) -> None:
    (work / "paths.txt").write_text("/home/ada/data\n")
    save("paths.txt")
    with trackio.init(project="p", name="s", **QUIET) as run:
        artifact = trackio.Artifact("far", "dataset", description="from /home/ada/x", metadata={"at": "/home/ada/x"})
        artifact.add_reference("sftp://far:22//home/ada/far", name="far")
        run.log_artifact(artifact)
    assert sorted(found()) == [
        ("artifact 'far' v0 in project 'p', file far", "home-folder"),
        (f"saved file paths.txt {RUN} line 1", "home-folder"),
    ]


def test_a_file_that_is_gone_or_no_list_of_files_stops_nothing(work: Path, home: Path) -> None:
    (work / "creds.txt").write_text(TOKEN)
    log("ds", work / "creds.txt")
    for path in (home / "projects" / "p" / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    assert found() == []


def test_a_report_has_none_of_them_and_is_published(work: Path, hub: SmallHub, tmp_path: Path) -> None:
    (work / "creds.txt").write_text(TOKEN)
    save("creds.txt")
    log("ds", work / "creds.txt")
    assert len(found()) == 1
    build(Options(tmp_path / "site"))
    assert scan.found(tmp_path / "site", None, Selection()) == ()
    assert trackio.sync("p", "ada/charts") == "ada/charts"
    assert not [name for name, content in hub.space("ada/charts").files.items() if TOKEN.encode() in content]
