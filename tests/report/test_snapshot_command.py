"""Snapshots and authors from the command line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.report.conftest import Record
from trackio.cli.main import main
from trackio.documents.schemas import schema


@pytest.fixture
def project(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record("p", "a")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("project")
def test_what_became_of_snapshots_is_said(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*arguments: str) -> str:
        assert main(["report", "--output", str(out), *arguments]) == 0
        return capsys.readouterr().out

    assert f"{out / 'v1'}: snapshot v1, " in said("--snapshot", "auto")
    assert "snapshot v1 has this data already" in said("--snapshot", "auto")
    assert "snapshot v1 has this data already" in said("--snapshot", "auto ")
    assert "shared with earlier ones" in said("--snapshot", " camera-ready ")
    assert "snapshot v2 (camera-ready) has this data already" in said("--snapshot", " camera-ready\t")
    assert "snapshot v2 (camera-ready) has this data already" in said("--snapshot", "camera-ready")
    assert "Removed for good: v1." in said("--prune-snapshots", "1")


@pytest.mark.usefixtures("project")
def test_one_file_is_not_put_into_a_snapshot(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--output", str(out), "--snapshot", "auto"]) == 0
    assert main(["report", "--output", str(out / "v1" / "x.html"), "--single-file"]) == 1
    assert "v1, which is a snapshot" in capsys.readouterr().err
    assert not (out / "v1" / "x.html").exists()


@pytest.mark.usefixtures("project")
def test_a_snapshot_that_is_asked_for_and_removed_at_once_is_told(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--output", str(out), "--snapshot", "one"]) == 0
    assert main(["report", "--output", str(out), "--snapshot", "one", "--prune-snapshots", "one"]) == 0
    said = capsys.readouterr().out
    assert "snapshot v1 (one) has this data already" in said
    assert "Removed for good: v1 (one)." in said


@pytest.mark.usefixtures("project")
def test_json_has_the_snapshots(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import jsonschema

    for arguments in (["--snapshot", "auto"], ["--snapshot", "two"], ["--prune-snapshots", "v1"], []):
        assert main(["report", "--output", str(out), "--json", *arguments]) == 0
    lines = capsys.readouterr().out
    found = [json.loads(text) for text in re.split(r"(?<=\})\n(?=\{)", lines.strip())]
    for one in found:
        jsonschema.validate(one, schema("report"))
    assert [one["snapshot"] and one["snapshot"]["name"] for one in found] == ["v1", "v2", None, None]
    assert [one["snapshots"] for one in found] == [["v1"], ["v1", "v2"], ["v2"], ["v2"]]
    assert found[2]["pruned_snapshots"] == ["v1"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--snapshot", "v3"], "camera-ready"),
        (["--snapshot", "auto", "--single-file"], "--single-file exclude each other: one file"),
        (["--snapshot", "auto", "--serve"], "--serve exclude each other: a preview"),
        (["--prune-snapshots", "1", "--serve"], "--prune-snapshots"),
        (["--prune-snapshots", "v1"], "There is none yet"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    out: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["report", "--output", str(out), *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.usefixtures("project")
def test_a_damaged_snapshot_is_told_on_standard_error(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--output", str(out), "--snapshot", "auto", "-q"]) == 0
    shutil.rmtree(out / "v1/p/charts")
    assert main(["report", "--output", str(out), "-q"]) == 0
    assert "v1 is damaged" in capsys.readouterr().err


CFF = """cff-version: 1.2.0
title: The Work
authors:
- family-names: Beethoven
  given-names: Ludwig
  name-particle: van
- name: The AI Lab
"""


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("files", "options", "author", "title"),
    [
        ({}, [], None, "p"),
        ({}, ["--author", "Jane Doe", "--author", "Roe, John"], "Jane Doe and Roe, John", "p"),
        ({"CITATION.cff": CFF}, [], "van Beethoven, Ludwig and {The AI Lab}", "The Work: p"),
        ({"CITATION.cff": CFF}, ["--author", "Jane Doe"], "Jane Doe", "The Work: p"),
        ({"trackio.toml": '[citation]\nauthors = ["Jane Doe"]\n', "CITATION.cff": CFF}, [], "Jane Doe", "The Work: p"),
        ({"trackio.toml": '[citation]\ntitle = "Ours"\n'}, [], None, "Ours: p"),
        ({"trackio.toml": "[check]\nrules = []\n"}, [], None, "p"),
        ({"CITATION.cff": "- not\n- a file\n"}, [], None, "p"),
        ({"CITATION.cff": "authors: [1]"}, [], None, "p"),
        ({"CITATION.cff": ""}, [], None, "p"),
    ],
)
def test_authors_are_those_of_the_options_or_of_the_files_beside(
    out: Path, tmp_path: Path, *, files: dict[str, str], options: list[str], author: str | None, title: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert main(["report", "--output", str(out), "-q", *options]) == 0
    page = (out / "p/index.html").read_text()
    assert f"title = {{{{{title}}}}}" in page
    assert (f"author = {{{author}}}" in page) if author else ("author = " not in page)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("text", "words"),
    [("[citation]\nautors = []", "authors"), ("[citation]\nauthors = [1]", "list"), ("x", "trackio.toml")],
)
def test_a_wrong_file_of_ours_is_told(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (tmp_path / "trackio.toml").write_text(text)
    assert main(["report", "--output", str(out), "-q"]) == 2
    assert words in capsys.readouterr().err
    assert not out.exists()
