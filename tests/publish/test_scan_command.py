"""``trackio scan``: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import trackio
from trackio.cli.main import main
from trackio.documents.schemas import schema

TOKEN = "hf" + "_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, where nothing but a test's own ``trackio.toml`` and ``.env`` lie."""
    path = tmp_path / "work"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def leaky() -> str:
    """A project with a token in the config of its run ``first``."""
    with trackio.init(project="p", name="first", config={"key": TOKEN}, auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"loss": 1.0})
    return "p"


def test_places_are_printed_and_secrets_are_not(leaky: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan"]) == 1
    said = capsys.readouterr()
    first, second = said.out.splitlines()
    assert first == "config of run 'first' in project 'p': key: hugging-face-token, hf_… (37 characters)"
    assert second.startswith("    run = trackio.Api().project('p').run(")
    assert said.err == "A secret found.\n"


def test_the_object_keeps_to_its_schema(leaky: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--project", leaky, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("scan"))
    assert [one["rule"] for one in found["findings"]] == ["hugging-face-token"]


def test_what_is_clean_ends_with_nothing(recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan"]) == 0
    assert capsys.readouterr() == ("", "No secrets found.\n")
    assert main(["scan", "--json"]) == 0
    assert capsys.readouterr() == ('{"findings":[]}\n', "")


@pytest.mark.parametrize(
    "option",
    [["--runs", "other*"], ["--allow", "hugging-face-token"], ["--allow", "config of run 'first' in project 'p': key"]],
)
def test_what_is_left_out_or_let_through_is_no_finding(leaky: str, option: list[str]) -> None:
    assert main(["scan", *option]) == 0


def test_the_file_of_the_project_lets_through_too(leaky: str, folder: Path) -> None:
    (folder / "trackio.toml").write_text("[publish]\nallow = ['config of run *: key']\n")
    assert main(["scan"]) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[publish]\nallowed = []\n", "Nearest: allow"),
        ("[publish]\nallow = 3\n", "allow is a text or a list of texts"),
        ("[publish]\nallow = ['home-foldr']\n", "Nearest: home-folder"),
    ],
)
def test_a_file_that_cannot_be_right_is_told(
    leaky: str, folder: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (folder / "trackio.toml").write_text(text)
    assert main(["scan"]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_is_looked_through_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.md").write_text(f"log in with\n{TOKEN}\n")
    assert main(["scan", str(folder)]) == 1
    assert capsys.readouterr().out == "notes.md line 2: hugging-face-token, hf_… (37 characters)\n"


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["none"], 2, "none is no folder"),
        ([".", "--project", "p"], 2, "--project and --runs are of what was recorded"),
        (["--project", "q"], 1, "No project named 'q'"),
        (["--allow", "home-foldr"], 2, "Nearest: home-folder"),
    ],
)
def test_what_cannot_be_looked_through_is_told(
    recorded: str, capsys: pytest.CaptureFixture[str], argv: list[str], code: int, said: str
) -> None:
    assert main(["scan", *argv]) == code
    assert said in capsys.readouterr().err
