"""The commands that change something: delete and import."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import trackio
from tests.api import made
from tests.cli.conftest import Cli
from trackio.store.home import Home

ROOT = Path(__file__).parents[2]


@pytest.fixture
def runs(home: Path) -> None:
    made.project(home, "mnist", made.run("a", name="otter"), made.run("b", name="heron"))


def names(cli: Cli) -> list[str]:
    return [run["name"] for run in cli("list", "runs", "--project", "mnist", "--json").json["runs"]]


@pytest.mark.usefixtures("runs")
class TestDelete:
    def test_a_run_goes_and_the_others_stay(self, cli: Cli) -> None:
        done = cli("delete", "--project", "mnist", "--run", "otter", "--yes")
        assert (done.code, done.out, done.err) == (0, "", "Deleted run 'otter' (a) of project 'mnist'.\n")
        assert names(cli) == ["heron"]

    def test_a_project_goes(self, cli: Cli) -> None:
        assert cli("delete", "--project", "mnist", "--yes").code == 0
        assert cli("list", "projects", "--json").json == {"projects": []}

    @pytest.mark.parametrize("argv", [["--project", "mnits"], ["--project", "mnist", "--run", "herno"]])
    def test_what_is_not_there_is_not_found(self, cli: Cli, argv: list[str]) -> None:
        done = cli("delete", *argv, "--yes")
        assert (done.code, "Nearest: " in done.err) == (1, True)
        assert names(cli) == ["otter", "heron"]

    def test_without_a_terminal_a_yes_must_be_passed(self, cli: Cli) -> None:
        done = cli("delete", "--project", "mnist")
        assert (done.code, "pass --yes" in done.err) == (2, True)
        assert names(cli) == ["otter", "heron"]

    @pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, ["heron"]), ("\n", 1, ["otter", "heron"])])
    def test_on_a_terminal_it_asks(self, cli: Cli, home: Path, answer: str, code: int, left: list[str]) -> None:
        ours, theirs = pty.openpty()
        environment = {**os.environ, "TRACKIO_DIR": str(home), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "trackio", "delete", "--project", "mnist", "--run", "otter"]
        with subprocess.Popen(command, stdin=theirs, stderr=subprocess.PIPE, env=environment) as process:
            os.write(ours, answer.encode())
            assert process.stderr is not None
            said = process.stderr.read().decode()
        os.close(ours)
        os.close(theirs)
        assert said.startswith("Delete run 'otter' (a) of project 'mnist'? There is no way back. [y/N] ")
        assert (process.returncode, names(cli)) == (code, left)


def test_a_run_that_is_still_going_is_left_alone(cli: Cli, home: Path) -> None:
    made.project(home, "mnist", made.run("a", name="otter"))
    with trackio.init("mnist", "heron", auto_log_cpu=False, auto_log_gpu=False) as live:
        live.log({"loss": 1.0})
        for argv in (["--run", "heron"], []):
            done = cli("delete", "--project", "mnist", *argv, "--yes")
            assert (done.code, "Run 'heron' is still running." in done.err) == (1, True)
        assert cli("status", "--json").json["projects"][0]["running"] == ["heron"]
        assert "heron" in cli("status").out
        assert cli("delete", "--project", "mnist", "--run", "otter", "--yes").code == 0
    assert names(cli) == ["heron"]
    with trackio.init("mnist", "ibis", auto_log_cpu=False, auto_log_gpu=False):
        assert cli("delete", "--project", "mnist", "--run", "ibis", "--yes", "--force").code == 0


class TestImport:
    def test_a_file_becomes_runs(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "curves.csv"
        path.write_text("run,step,loss\na,0,1.5\na,1,0.5\nb,0,1\n")
        done = cli("import", "csv", str(path))
        assert (done.code, done.out, done.err) == (0, "Imported 2 runs with 3 rows into 'curves'.\n", "")
        again = cli("import", "csv", str(path))
        assert again.out == "Imported 0 runs with 0 rows into 'curves'; 2 were there already.\n"
        values = cli("get", "metric", "--run", "a", "--metric", "loss", "--json").json["values"]
        assert [(point["step"], point["value"]) for point in values] == [(0, 1.5), (1, 0.5)]

    def test_what_was_done_is_told_as_json(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "curves.csv"
        path.write_text("k,x,lr\n0,1.5,0.1\n")
        argv = "--project p --run otter --group g --step-column k --config-column lr --json"
        done = cli("import", "csv", str(path), *argv.split())
        (run,) = done.json["runs"]
        assert done.json == {"project": "p", "runs": [run], "skipped_rows": 0, "failed": [], "not_carried": []}
        told = {"name": "otter", "group": "g", "num_logs": 1, "imported": True, "outcome": "new", "project": "p"}
        assert {**run, "id": ""} == {"id": "", **told}
        assert cli("get", "run", "--json").json["config"] == {"imported_from": "curves.csv", "lr": 0.1}

    @pytest.mark.parametrize(
        ("text", "argv", "expected"),
        [
            ("step,x\n0,1\n1\n", [], (1, "curves.csv, line 3: 1 cells where the header has 2.")),
            ("step,x\n0,1\n", ["--step-column", "stpe"], (2, "There is no column 'stpe'. Nearest: step.")),
            ("step,x\n0,1\n", ["--delimiter", ";;"], (2, "--delimiter is one character.")),
            ("step,x\n0,1\n", ["--project", ""], (2, "no usable project name")),
            (None, [], (1, "curves.csv: No such file or directory.")),
        ],
    )
    def test_a_broken_file_is_named_and_nothing_is_made(
        self, cli: Cli, tmp_path: Path, text: str | None, argv: list[str], expected: tuple[int, str]
    ) -> None:
        path = tmp_path / "curves.csv"
        if text is not None:
            path.write_text(text)
        done = cli("import", "csv", str(path), *argv)
        assert (done.code, done.out) == (expected[0], "")
        assert expected[1] in done.err
        assert cli("list", "projects", "--json").json == {"projects": []}

    def test_a_broken_file_costs_that_file(self, cli: Cli, home: Path, tmp_path: Path) -> None:
        good, bad, gone = (str(tmp_path / name) for name in ("good.csv", "bad.csv", "gone.csv"))
        Path(good).write_text("x\n1\n")
        Path(bad).write_text("x\n1,2\n")
        done = cli("import", "csv", bad, gone, good, "--project", "p", "--json")
        assert done.code == 1
        assert [(run["name"], run["imported"]) for run in done.json["runs"]] == [("good", True)]
        assert [(one["path"], one["line"]) for one in done.json["failed"]] == [(bad, 2), (gone, None)]
        assert done.err.count("Nothing was imported from it.") == 2
        assert [run.name for run in Home(home).project("p").runs()] == ["good"]

    def test_broken_rows_can_be_skipped(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "curves.csv"
        path.write_text("step,x\n" + "one,1\n" * 7 + "8,2\n")
        done = cli("import", "csv", str(path), "--skip-broken")
        assert done.out == "Imported 1 run with 1 row into 'curves'.\n"
        assert done.err.count("Skipped ") == 5
        assert done.err.endswith("... and 2 more rows.\n")
