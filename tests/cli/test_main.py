"""Finding commands, errors, exit codes, and what every command has in common."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from tests.api import made
from tests.cli.conftest import Cli
from trackio.cli import version
from trackio.cli.commands import COMMANDS
from trackio.cli.parser import Parser
from trackio.version import __version__

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "cli.md").read_text("utf-8")


def run(*argv: str, home: Path, **options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TRACKIO_DIR": str(home), "PYTHONPATH": str(ROOT), **options}
    return subprocess.run(
        [sys.executable, "-m", "trackio", *argv], capture_output=True, text=True, env=environment, check=False
    )


def parsers() -> Iterator[tuple[str, Parser]]:
    """Every command and subcommand with its parser."""
    for command in COMMANDS.values():
        parser = Parser(prog="trackio")
        action = parser.add_subparsers(parser_class=Parser)
        import_module(command.module).register(action)
        pending = list(action.choices.values())
        while pending:
            found = pending.pop()
            yield found.prog, found
            for inner in found._actions:
                if hasattr(inner, "choices") and isinstance(inner.choices, dict):
                    pending += inner.choices.values()


PARSERS = dict(parsers())


@pytest.mark.parametrize("prog", PARSERS)
def test_every_command_is_documented_and_says_what_it_does(prog: str) -> None:
    parser = PARSERS[prog]
    assert parser.description
    assert parser.description.endswith(".")
    is_leaf = not any(isinstance(action.choices, dict) for action in parser._actions)
    if is_leaf:
        assert f"`{prog}" in DOCS
    for action in parser._actions:
        assert action.help or isinstance(action.choices, dict), action.dest


@pytest.mark.parametrize("prog", PARSERS)
def test_every_option_is_documented(prog: str) -> None:
    options = {name for action in PARSERS[prog]._actions for name in action.option_strings if name.startswith("--")}
    missing = [name for name in options - {"--help"} if not re.search(rf"{name}(?![\w-])", DOCS)]
    assert missing == []


@pytest.mark.parametrize("prog", PARSERS)
def test_every_command_has_help(cli: Cli, prog: str) -> None:
    done = cli(*prog.split()[1:], "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("usage: trackio")


@pytest.mark.parametrize("argv", [("--help",), ("-h",)])
def test_the_overview_names_every_command(cli: Cli, argv: tuple[str, ...]) -> None:
    done = cli(*argv)
    assert done.code == 0
    assert all(f"  {name} " in done.out and command.summary in done.out for name, command in COMMANDS.items())


def test_no_command_at_all_is_wrong_usage(cli: Cli) -> None:
    assert cli().code == 2


@pytest.mark.parametrize("argv", [("--version",), ("-V",), ("version",)])
def test_the_version(cli: Cli, argv: tuple[str, ...]) -> None:
    assert cli(*argv).out == f"trackio {__version__}\n"


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["lsit"], 2, "no command 'lsit'; nearest: list."),
        (["zzz"], 2, "no command 'zzz'; one of: show, "),
        (["--jsn"], 2, "no option '--jsn'"),
        (["list"], 2, "required: kind"),
        (["list", "projetcs"], 2, "no kind 'projetcs'; nearest: projects."),
        (["list", "projects", "--jsn"], 2, "unrecognized arguments: --jsn"),
        (["list", "projects", "--js"], 2, "unrecognized arguments: --js"),
        (["list", "runs", "--status", "finnished"], 2, "no choice for --status 'finnished'; nearest: finished."),
        (["get", "metric", "--project", "p"], 2, "required: --metric"),
        (["get", "metric", "--metric", "x", "--step", "one"], 2, "invalid int value: 'one'"),
        (["get", "metric", "--metric", "x", "--step", "1", "--around", "2"], 2, "not allowed with"),
        (["query", "project", "--project", "p"], 2, "required: --sql"),
        (["list", "runs", "--project", "mnits"], 1, "No project named 'mnits' in "),
        (["list", "runs", "--project", "mnits"], 1, "Nearest: mnist."),
        (["get", "run", "--project", "mnist", "--run", "herno"], 1, "No run named 'herno' in mnist. Nearest: heron."),
        (
            ["get", "metric", "--project", "mnist", "--metric", "los"],
            1,
            "No metric named 'los' in run 'heron'. Nearest: loss.",
        ),
        (["list", "runs", "--project", "\x1b[31mred\n"], 1, r"No project named '\x1b[31mred\n'"),
        (["\x1b[31m\u202e"], 2, r"no command '\x1b[31m\u202e'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(cli: Cli, home: Path, argv: list[str], code: int, message: str) -> None:
    made.project(home, "mnist", made.run("a", name="heron"))
    done = cli(*argv)
    assert done.code == code
    assert done.out == ""
    assert message in done.err
    assert done.err.startswith("trackio: ")
    assert done.err.count("\n") == 1
    assert done.err.rstrip("\n").isprintable()


def test_without_any_project_the_next_step_is_told(cli: Cli, home: Path) -> None:
    done = cli("list", "runs")
    assert (done.code, done.out) == (1, "")
    assert f"There is no project in {home} yet." in done.err


def test_the_only_project_need_not_be_named(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made.project(home, "mnist", made.run("a"))
    assert cli("list", "runs", "--json").json["project"] == "mnist"
    made.project(home, "vision", made.run("b"))
    done = cli("list", "runs", "--json")
    assert (done.code, done.out) == (2, "")
    assert "Which project? Pass --project; there are mnist, vision." in done.err
    monkeypatch.setenv("TRACKIO_PROJECT", "vision")
    assert cli("list", "runs", "--json").json["project"] == "vision"


def test_an_interrupt_is_quiet(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(version, "run", interrupted)
    done = cli("version")
    assert (done.code, done.out, done.err) == (130, "", "")


@pytest.mark.parametrize(
    ("pragma", "message"),
    [("user_version = 99", "Upgrade with"), ("application_id = 7", "a database of another program")],
)
def test_a_database_that_is_not_ours_to_read_is_refused(cli: Cli, home: Path, pragma: str, message: str) -> None:
    store = made.project(home, "mnist", made.run("a"))
    with closing(sqlite3.connect(store.path)) as db:
        db.execute(f"PRAGMA {pragma}")
    done = cli("list", "runs", "--project", "mnist")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert message in done.err


class TestAsAProcess:
    """What only a process of its own shows."""

    def test_a_command_runs(self, tmp_path: Path) -> None:
        made.project(tmp_path, "mnist", made.run("a"))
        done = run("list", "projects", "--json", home=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, '{"projects":["mnist"]}\n', "")

    def test_exit_codes_reach_the_shell(self, tmp_path: Path) -> None:
        assert [run(*argv, home=tmp_path).returncode for argv in (["version"], ["list", "runs"], ["no"])] == [0, 1, 2]

    def test_a_closed_pipe_is_quiet(self, tmp_path: Path) -> None:
        made.project(tmp_path, "p", made.run("a", [{"x": float(i)} for i in range(20_000)]))
        environment = {**os.environ, "TRACKIO_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "trackio", "get", "metric", "--metric", "x", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 141

    def test_names_that_the_terminal_cannot_show_are_escaped(self, tmp_path: Path) -> None:
        made.project(tmp_path, "🚀 é", made.run("a"))
        done = run("list", "projects", home=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert done.returncode == 0
        assert r"\U0001f680 \xe9" in done.stdout

    def test_a_light_command_loads_no_heavy_library(self, tmp_path: Path) -> None:
        made.project(tmp_path, "mnist", made.run("a"))
        environment = {**os.environ, "TRACKIO_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
        code = (
            "import sys; from trackio.cli.main import main; main(sys.argv[1:]); "
            "print([n for n in ('numpy', 'pandas', 'pyarrow', 'altair', 'rich', 'jinja2') if n in sys.modules])"
        )
        for argv in (["version"], ["list", "runs", "--json"], ["get", "run", "--json"], ["status", "--json"]):
            done = subprocess.run(
                [sys.executable, "-c", code, *argv], capture_output=True, text=True, env=environment, check=True
            )
            assert done.stdout.splitlines()[-1] == "[]", argv
