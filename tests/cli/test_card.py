"""``trackio card``: printed, put into a file, tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.energy.recorded import H200, Recorded, steady
from trackio.cards.markers import BEGIN, END
from trackio.store.home import Home


@pytest.fixture
def project(home: Path) -> None:
    """``p`` with ``first`` and ``second`` of 10 Wh each, and a project without energy."""
    store = Home().create("p")
    for place, name in enumerate(("first", "second")):
        start = place * 2000.0
        run = Recorded(store, f"id-{name}", name=name, start=start).session([(H200, steady(120, 300, start=start))])
        run.log(start, loss=1.5 - place).write()


def test_the_section_is_printed_and_with_yaml_the_metadata_after_it(cli: Cli, project: None) -> None:
    plain, full = cli("card"), cli("card", "--yaml")
    assert plain.out.startswith(BEGIN)
    assert plain.out.endswith(f"{END}\n")
    assert full.out == f"{plain.out}\n---\ntags:\n- trackio\n---\n"
    assert (plain.code, plain.err) == (0, "")


def test_json_is_one_object(cli: Cli, project: None) -> None:
    found = cli("card", "--run", "*", "--location", "FRA", "--json").json
    assert (found["project"], found["runs"]) == ("p", ["id-first", "id-second"])
    assert found["markdown"].startswith(BEGIN)
    assert found["metadata"]["co2_eq_emissions"]["geographical_location"] == "France"


def test_what_energy_stands_for_is_kept_but_not_by_a_trial(cli: Cli, project: None, tmp_path: Path) -> None:
    path = str(tmp_path / "README.md")
    assert "France" in cli("card", "--readme", path, "--location", "FRA", "--dry-run").out
    assert Home().project("p").settings() == {}
    cli("card", "--location", "FRA")
    assert "France" in cli("card").out


def test_a_readme_is_made_then_kept_then_freed(cli: Cli, project: None, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    put = ("card", "--readme", str(path))
    assert cli(*put).out == f"{path}: made, as there was none.\n"
    assert cli(*put).out == f"{path}: nothing changed.\n"
    path.write_text("# Mine\n", "utf-8")
    assert cli(*put, "--run", "first").out == f"{path}: the section is in.\n"
    assert cli("card", "--readme", str(path), "--remove").out == f"{path}: the section is out.\n"
    assert path.read_text("utf-8") == "# Mine\n"


def test_a_trial_shows_the_difference_and_changes_nothing(cli: Cli, project: None, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# Mine\x1b[31m\n", "utf-8")
    done = cli("card", "--readme", str(path), "--dry-run")
    assert "+| GPU | 10.0 Wh: NVIDIA H200 |" in done.out
    assert "# Mine\\x1b[31m" in done.out
    assert "trackio/loss.png would change." in done.out
    assert path.read_text("utf-8") == "# Mine\x1b[31m\n"
    told = cli("card", "--readme", str(path), "--dry-run", "--json").json
    assert (told["changed"], told["made"], told["files"]) == (True, False, ["trackio/loss.png", "trackio/energy.svg"])
    assert "+| GPU |" in told["diff"]
    cli("card", "--readme", str(path))
    assert cli("card", "--readme", str(path), "--dry-run").out == f"{path}: nothing would change.\n"


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("--create-pr",), 2, "--create-pr needs --repo"),
        (("--readme", "r.md", "--message", "m"), 2, "--message needs --repo"),
        (("--remove",), 2, "--remove needs --readme"),
        (("--dry-run",), 2, "--dry-run needs --readme"),
        (("--readme", "r.md", "--repo", "a/b"), 2, "not allowed with"),
        (("--target", "loss"), 2, "METRIC=VALUE"),
        (("--target", "loss=low"), 2, "METRIC=VALUE"),
        (("--target", "loss=nan"), 2, "METRIC=VALUE"),
        (("--target", "los=1"), 1, "Nearest: loss"),
        (("--run", "frist"), 1, "Nearest: first"),
        (("--location", "Frnace"), 1, "France"),
        (("--pue", "0.5"), 2, "--pue"),
        (("--report-url", "example.org"), 2, "https"),
        (("--readme", "."), 1, "it is a folder"),
        (("--readme", "none/r.md"), 1, "no such file or directory"),
        (("--readme", "none.md", "--remove"), 1, "there is none"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    cli: Cli, project: None, argv: tuple[str, ...], code: int, words: str
) -> None:
    done = cli("card", *argv)
    assert done.code == code
    assert words in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"---\ntags: [\n---\n", f"{BEGIN}\n".encode()])
def test_a_file_that_cannot_take_it_stays(cli: Cli, project: None, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(content)
    done = cli("card", "--readme", str(path))
    assert (done.code, done.out) == (1, "")
    assert "was not changed" in done.err
    assert path.read_bytes() == content


def test_nothing_is_put_anywhere_of_a_project_without_runs(cli: Cli, home: Path, tmp_path: Path) -> None:
    Home().create("empty")
    done = cli("card", "--readme", str(tmp_path / "README.md"))
    assert (done.code, "no runs yet" in done.err) == (1, True)
    assert not (tmp_path / "README.md").exists()
