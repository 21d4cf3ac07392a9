"""`trackio.toml`: rules beside the code, with options before them and mistakes told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ci.conftest import Cli

FILE = """
[check]
project = "p"
baseline = "group:main"
rules = ["val/loss <= baseline + seeds.std"]
warn = "val/acc >= 0.9"
seeds_tolerance = 1
min_coverage = 0.5
"""


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder / "trackio.toml"


def test_the_file_in_the_working_folder_holds(cli: Cli, seeds: Path, toml: Path) -> None:
    toml.write_text(FILE)
    found = cli("check", "--json").json
    assert [(one["rule"], one["tier"], one["passed"]) for one in found["rules"]] == [
        ("val/loss <= baseline + seeds.std", "fail", True),
        ("val/acc >= 0.9", "warn", False),
    ]
    assert found["baseline"]["runs"] == ["seed-1", "seed-2"]
    assert found["rules"][0]["tolerance"] > 0


def test_an_option_goes_before_what_the_file_says_under_its_name(cli: Cli, seeds: Path, toml: Path) -> None:
    other = toml.with_name("other.toml")
    other.write_text(FILE)
    words = ("--config", str(other), "--baseline", "seed-1", "--rule", "val/loss <= 1", "--json")
    found = cli("check", *words).json
    assert [one["rule"] for one in found["rules"]] == ["val/loss <= 1", "val/acc >= 0.9"]
    assert found["baseline"]["runs"] == ["seed-1"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[chek]\n", "there is no table 'chek'. Nearest: check."),
        ("[check]\nrule = 'a < 1'\n", "there is no key in [check] 'rule'. Nearest: rules"),
        ("check = 1\n", "check is a table"),
        ("[check]\nrules = 1\n", "rules is a text or a list of texts, not 1."),
        ("[check]\nrules = [1]\n", "rules is a text or a list of texts"),
        ("[check]\nproject = 1\n", "project is a text, not 1."),
        ("[check]\nseeds_tolerance = true\n", "seeds_tolerance is a number, not True."),
        ("[check\n", "trackio.toml cannot be read"),
        ("[check]\nrules = 'val/loss <'\n", "trackio.toml:2: the rule cannot be read at character 11"),
        ("[check]\nwarn = ['a < 1',\n 'b <']\n", "trackio.toml:3: the rule cannot be read at character 4"),
        ('[check]\nwarn = "config.a == \\u0027x"\n', "trackio.toml: the rule cannot be read at character"),
    ],
)
def test_a_mistake_in_the_file_is_told(cli: Cli, seeds: Path, toml: Path, text: str, told: str) -> None:
    toml.write_text(text)
    done = cli("check")
    assert done.code == 2
    assert told in done.err


def test_bytes_that_are_no_text_are_told(cli: Cli, seeds: Path, toml: Path) -> None:
    toml.write_bytes(b"\xff\xfe")
    assert "trackio.toml cannot be read" in cli("check").err
