"""The skill file: what it says is so, and installing it costs nobody their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.api import made
from tests.cli.conftest import Cli
from trackio.cli.commands import COMMANDS
from trackio.cli.skill_places import AGENTS
from trackio.cli.skill_text import shape, skill
from trackio.documents import READS
from trackio.version import __version__

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, beside the user's home, both empty."""
    folder = tmp_path / "work"
    folder.mkdir()
    (tmp_path / "user").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    return folder


def test_it_names_itself_as_agents_want_it(cli: Cli) -> None:
    text = cli("skills").out
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["name"] == "trackio"
    assert 100 < len(front["description"]) <= 1024
    assert cli("skills", "--json").json == {"name": "trackio", "content": text}


def test_it_tells_of_every_command_and_option() -> None:
    text = skill()
    assert [name for name in COMMANDS if f"* `trackio {name}`: " not in text] == []
    for read in READS.values():
        part = text.split(f"### trackio {read.command}\n")[1].split("###")[0]
        words = [one.metavar if one.is_positional else one.option for one in read.parameters if one.kind is not bool]
        assert [word for word in words if f"`{word}" not in part] == []


def test_its_examples_run(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    work.mkdir()
    made.alerts(made.project(home, "mnist", made.run("a", name="otter", config={"lr": 0.1})), "a", ("warn", "hot"))
    command = tmp_path / "trackio"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m trackio "$@"\n')
    command.chmod(0o755)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("TRACKIO_", "WANDB_"))},
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "TRACKIO_DIR": str(home),
    }
    tried = 0
    for kind, block in FENCE.findall(skill()):
        for text in re.split(r"\n(?=trackio )", block.strip()) if kind == "bash" else [block]:
            argv = ["bash", "-euc", text] if kind == "bash" else [sys.executable, "-W", "error", "-c", text]
            done = subprocess.run(argv, cwd=work, env=environment, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr if kind == "bash" else "") == (0, ""), text
            if kind == "bash":
                assert isinstance(json.loads(done.stdout), dict), text
                assert '"rows":[]' not in done.stdout, text
                tried += 1
    assert tried >= 12


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ({"type": "string"}, "..."),
        ({"properties": {"a": {"type": "string"}}, "required": ["a"]}, '{"a"}'),
        ({"properties": {"a": {"items": {"properties": {"b": {}}}}}}, '{"a"?: [{"b"?}]}'),
        ({"oneOf": [{"properties": {"a": {}}}, {"items": {}}]}, '{"a"?} or [...]'),
        ({"additionalProperties": {"items": {"type": "number"}}}, "{name: [...]}"),
    ],
)
def test_a_schema_is_told_in_one_line(of: dict[str, object], expected: str) -> None:
    assert shape(of) == expected


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("is_user", [False, True])
def test_it_is_put_where_an_agent_looks(cli: Cli, elsewhere: Path, agent: str, is_user: bool) -> None:
    more = ["--user"] if is_user else []
    [done] = cli("skills", "--install", "--agent", agent, *more, "--json").json["installed"]
    place = AGENTS[agent]
    root = elsewhere.parent / "user" / place.user if is_user else elsewhere / place.project
    assert done == {"agent": agent, "path": str(root / "trackio" / "SKILL.md"), "outcome": "new"}
    assert (root / "trackio" / "SKILL.md").read_text("utf-8") == cli("skills").out


def test_without_a_name_it_goes_to_the_agents_that_are_there(cli: Cli, elsewhere: Path) -> None:
    assert cli("skills", "--install").out == f"{elsewhere}/.agents/skills/trackio/SKILL.md: new.\n"
    (elsewhere / ".claude").mkdir()
    (elsewhere / ".cursor").mkdir()
    done = cli("skills", "--install", "--json").json["installed"]
    assert [one["agent"] for one in done] == ["claude", "cursor"]


def test_a_folder_can_be_named(cli: Cli, elsewhere: Path) -> None:
    assert cli("skills", "--install", "--path", "some/skills").code == 0
    assert (elsewhere / "some/skills/trackio/SKILL.md").is_file()


def test_doing_it_again_changes_nothing_and_an_older_one_is_replaced(cli: Cli, elsewhere: Path) -> None:
    path = elsewhere / "s" / "trackio" / "SKILL.md"

    def outcome() -> str:
        [done] = cli("skills", "--install", "--path", "s", "--json").json["installed"]
        return str(done["outcome"])

    assert [outcome(), outcome()] == ["new", "unchanged"]
    path.write_text(path.read_text("utf-8").replace(f"skills` {__version__};", "skills` 0.49.0;"), "utf-8")
    assert outcome() == "updated"
    assert path.read_text("utf-8") == cli("skills").out
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", ["# mine\n", "", "\xff", "edited"])
def test_what_others_wrote_is_left_alone_unless_forced(cli: Cli, elsewhere: Path, content: str) -> None:
    path = elsewhere / "s" / "trackio" / "SKILL.md"
    path.parent.mkdir(parents=True)
    text = f"{cli('skills').out}And mind this.\n" if content == "edited" else content
    path.write_bytes(text.encode("latin-1" if content == "\xff" else "utf-8"))
    before = path.read_bytes()
    done = cli("skills", "--install", "--path", "s")
    assert (done.code, done.err.count("\n"), "--force" in done.err) == (1, 1, True)
    assert path.read_bytes() == before
    assert cli("skills", "--install", "--path", "s", "--force").out.endswith("updated.\n")
    assert path.read_text("utf-8") == cli("skills").out


@pytest.mark.parametrize(
    "argv", [["--agent", "claude"], ["--user"], ["--force"], ["--path", "x"], ["--install", "--user", "--path", "x"]]
)
def test_options_that_say_nothing_together_are_wrong_usage(cli: Cli, elsewhere: Path, argv: list[str]) -> None:
    assert cli("skills", *argv).code == 2
    assert list(elsewhere.iterdir()) == []


def test_an_unknown_agent_suggests_the_nearest(cli: Cli) -> None:
    done = cli("skills", "--install", "--agent", "cluade")
    assert (done.code, "nearest: claude" in done.err) == (2, True)
