"""Nothing with a secret in it goes to the Hub, and nobody's first report becomes public unasked."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import trackio
from tests.hub.emulator import Hub as SmallHub
from trackio.cli.main import main
from trackio.errors import PublishError, SecretsFound

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library

TOKEN = "hf" + "_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH"
PLACE = "config of run 'x' in project 'p': key"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder without a ``.env`` of the developer's."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def leaky() -> str:
    with trackio.init(project="p", name="x", config={"key": TOKEN}, auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"loss": 1.0})
    return "p"


def changes(hub: SmallHub) -> list[str]:
    """The requests that were not only looks."""
    return [request for request in hub.requests if not request.startswith(("GET ", "HEAD "))]


def test_a_secret_stops_python_before_anything_is_sent(hub: SmallHub, leaky: str) -> None:
    for publish in (
        lambda: trackio.sync(leaky, "ada/charts"),
        lambda: trackio.freeze(project=leaky, new_space_id="ada/charts"),
    ):
        with pytest.raises(SecretsFound) as caught:
            publish()
        assert [finding.place for finding in caught.value.findings] == [PLACE]
        assert isinstance(caught.value, PublishError)
    assert changes(hub) == []


def test_a_secret_costs_a_training_a_warning_and_no_more(hub: SmallHub, caplog: pytest.LogCaptureFixture) -> None:
    with trackio.init(project="p", name="x", config={"key": TOKEN}, auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"loss": 1.0})
        assert trackio.sync("p", "ada/charts") is None
        run.log({"loss": 0.5})
    assert PLACE in caplog.text
    assert TOKEN not in caplog.text
    assert changes(hub) == []


def test_what_is_let_through_is_published(hub: SmallHub, leaky: str) -> None:
    assert trackio.sync(leaky, "ada/charts", allow=["hugging-face-token"]) == "ada/charts"
    published = hub.space("ada/charts").files
    assert "index.html" in published
    # A page hides it all the same.
    assert not [name for name, content in published.items() if TOKEN.encode() in content]


@pytest.mark.parametrize("command", [["sync"], ["freeze", "--new-space-id", "ada/f"], ["report"]])
def test_the_commands_name_the_place_and_end_with_1(
    hub: SmallHub, leaky: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    space = [] if command[0] == "freeze" else ["--space-id", "ada/charts"]
    assert main([*command, *space, "--yes"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"  {PLACE}: hugging-face-token, hf_… (37 characters)\n    run = trackio.Api()" in said.err
    assert TOKEN not in said.err
    assert changes(hub) == []
    assert main([*command, *space, "--yes", "--allow", PLACE]) == 0


@pytest.mark.parametrize("command", [["report", "--output", "site"], ["sync"], ["sync", "--sdk", "gradio"]])
def test_a_rule_that_is_none_is_told_before_anything_is_built_or_asked(
    hub: SmallHub, recorded: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--space-id", "ada/charts", "--yes", "--allow", "bogus"]) == 2
    assert "No rule of the scan for secrets is named 'bogus'" in capsys.readouterr().err
    assert hub.requests == []
    assert not (tmp_path / "site").exists()


def test_a_secret_in_notes_is_told_by_their_own_file_and_line(
    hub: SmallHub, recorded: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sec.md").write_text(f"---\nproject: {recorded}\n---\n\nLog in with {TOKEN}, from /home/ada/x\n")
    command = ["report", "sec.md", "--space-id", "ada/charts", "--yes"]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "  sec.md line 5: hugging-face-token, hf_… (37 characters)\n    Take it out of sec.md.\n" in said
    assert "  sec.md line 5: home-folder, /home/… (9 characters)" in said
    assert "--allow 'sec.md line 5'" in said
    assert "reports/" not in said
    assert TOKEN not in said
    assert changes(hub) == []
    assert main([*command, "--allow", "sec.md line 5"]) == 0


def test_without_a_terminal_a_first_public_report_needs_yes(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", "--space-id", "ada/charts"]) == 2
    assert "Pass --yes to agree" in capsys.readouterr().err
    assert changes(hub) == []
    assert main(["sync", "--space-id", "ada/charts", "--yes"]) == 0
    assert main(["sync"]) == 0


def test_a_private_space_and_python_ask_nobody(hub: SmallHub, recorded: str) -> None:
    assert main(["sync", "--space-id", "ada/hidden", "--private"]) == 0
    assert trackio.sync(recorded, "ada/charts") == "ada/charts"


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_at_a_terminal_the_answer_decides(hub: SmallHub, recorded: str, home: Path, answer: str, code: int) -> None:
    mine, theirs = pty.openpty()
    try:
        command = [sys.executable, "-m", "trackio", "sync", "--space-id", "ada/charts"]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "HF_HUB_DISABLE_XET": "1"}
        os.write(mine, f"{answer}\n".encode())
        done = subprocess.run(
            command, check=False, stdin=theirs, capture_output=True, text=True, env=environment, timeout=120
        )
    finally:
        os.close(mine)
        os.close(theirs)
    assert done.returncode == code, done.stderr
    assert "This makes the report of p public at http" in done.stderr
    assert "Go on? [y/N]" in done.stderr
    assert bool(changes(hub)) is (code == 0)
