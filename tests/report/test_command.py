"""``trackio report`` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.report.conftest import Record
from tests.report.media import Shelf
from trackio.cli.main import main


def test_the_command_builds_the_folder_and_says_where_it_is(
    record: Record, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record("p", "a")
    assert main(["report", "--output", str(out)]) == 0
    assert (out / "p/index.html").is_file()
    assert str(out / "index.html") in capsys.readouterr().out
    assert main(["report", "--output", str(out)]) == 0
    assert "nothing changed" in capsys.readouterr().out


def test_json_is_one_object_on_stdout(record: Record, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record("p", "a")
    assert main(["report", "--output", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["projects"], found["runs"], found["charts"]) == (1, 1, 1)


def test_the_default_folder_is_in_the_working_directory(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record("p", "a")
    monkeypatch.chdir(tmp_path)
    assert main(["report", "-q"]) == 0
    assert (tmp_path / "trackio-report/index.html").is_file()


def test_a_single_file_is_named_as_asked(record: Record, tmp_path: Path) -> None:
    record("p", "a")
    assert main(["report", "--single-file", "--output", str(tmp_path / "one.html"), "-q"]) == 0
    assert (tmp_path / "one.html").is_file()


@pytest.fixture
def recorded(record: Record) -> None:
    record("p", "a")


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--project", "q"], 1, "'q'"),
        (["--metrics", "los"], 1, "loss"),
        (["--workers", "0"], 2, "--workers"),
        (["--single-file", "--serve"], 2, "exclude"),
        (["--port", "7000"], 2, "--serve"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    out: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert main(["report", "--output", str(out), *arguments]) == code
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_foreign_folder_is_refused(record: Record, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record("p", "a")
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert main(["report", "--output", str(out)]) == 1
    assert "mine.txt" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_media_are_left_out_when_asked(home: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shelf = Shelf(home)
    shelf.log([{"image": shelf.image(number)} for number in range(2)])
    for options, count in (([], 2), (["--media", "last"], 1), (["--media-limit", "0"], 0), (["--media", "none"], 0)):
        assert main(["report", "--output", str(out), *options]) == 0
        assert len(list(out.glob("p/media/*"))) == count
    assert main(["report", "--output", str(out), "--media-limit", "-1"]) == 2
    assert "--media-limit" in capsys.readouterr().err
