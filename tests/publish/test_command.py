"""``trackio sync``, ``freeze`` and ``card``, with the Hub's own client and a Hub on loopback."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from pathlib import Path

import jsonschema
import pytest
from huggingface_hub import constants
from huggingface_hub.utils import are_progress_bars_disabled

import trackio
from tests.hub.emulator import Hub as SmallHub
from tests.hub.emulator import is_large
from trackio.cli.main import main
from trackio.documents.schemas import schema

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library


def test_sync_publishes_prints_the_page_and_goes_on_there(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = f"http://ada-charts.static.hf.space:{hub.port}/"
    assert main(["sync", "--project", recorded, "--space-id", "charts", "--private"]) == 0
    said = capsys.readouterr()
    page, index, iframe = said.out.splitlines()
    assert (page, index) == (f"{hub.endpoint}/spaces/ada/charts", f"{pages}index.html")
    assert iframe.startswith(f'<iframe src="{index}"')
    assert "in one commit" in said.err
    assert hub.space("ada/charts").private
    assert main(["sync", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "project": "p",
        "space_id": "ada/charts",
        "url": page,
        "pages": pages,
        "index": index,
        "iframe": iframe,
        "commit": None,
        "pull_request": None,
        "sent": {"files": 0, "bytes": 0},
        "removed_files": 0,
        "stale_files": 0,
        "kept": [],
    }
    for name in ("sync", "freeze"):
        jsonschema.validate(told, schema(name))


def test_sync_needs_a_space_once(recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync"]) == 2
    assert "--space-id" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--dataset-id", "ada/backup"], "--dataset-id goes with --sdk gradio"),
        (["--sdk", "gradio", "--prune"], "--prune goes with --sdk static"),
    ],
)
def test_what_the_kind_of_a_space_has_no_use_for_is_told(
    recorded: str, capsys: pytest.CaptureFixture[str], given: list[str], message: str
) -> None:
    assert main(["sync", "--space-id", "charts", *given]) == 2
    assert message in capsys.readouterr().err


def test_a_snapshot_is_told_with_its_address(hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["report", "--space-id", "charts", "--yes", "--snapshot", "auto"]
    page = f"http://ada-charts.static.hf.space:{hub.port}/v1/index.html: snapshot v1"
    for _ in range(2):
        assert main(given) == 0
        assert page in capsys.readouterr().err
    assert "v1/index.html" in hub.space("ada/charts").files


def test_large_files_that_a_snapshot_shares_are_not_sent_and_not_told_as_sent(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["report", "--space-id", "charts", "--yes", "--json"]
    assert main(given) == 0
    before = dict(hub.space("ada/charts").files)
    capsys.readouterr()
    assert main([*given, "--snapshot", "auto"]) == 0
    sent = json.loads(capsys.readouterr().out)["sent"]
    new = {name: data for name, data in hub.space("ada/charts").files.items() if before.get(name) != data}
    large = {name for name, data in new.items() if is_large(name, len(data))}
    assert "v1/p/charts/loss.png" in large
    assert all(new[name] in before.values() for name in large)
    assert sent == {"files": len(new), "bytes": sum(len(data) for name, data in new.items() if name not in large)}


def test_a_space_of_others_needs_force(hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    hub.add("spaces", "ada/portfolio", "static").commit("mine", {})
    assert main(["sync", "--space-id", "ada/portfolio", "--yes"]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["sync", "--space-id", "ada/portfolio", "--yes", "--force"]) == 0


def test_freeze_makes_a_space_of_its_own(hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["freeze", "--space-id", "ada/live", "--yes"]) == 0
    assert main(["freeze", "--new-space-id", "snapshot", "--private"]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "/spaces/" in line]
    assert told == [f"{hub.endpoint}/spaces/{name}" for name in ("ada/live_static", "ada/snapshot")]


def test_a_report_is_published_with_all_that_its_options_choose(
    hub: SmallHub, recorded: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = str(tmp_path / "site")
    given = ["report", "--project", "p", "--media", "none", "-o", site, "--space-id", "charts", "--yes", "--json"]
    assert main(given) == 0
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, schema("report"))
    assert told["projects"] == ["p"]
    assert told["sent"]["files"] == len(hub.space("ada/charts").files) - len((".gitattributes", "style.css"))
    assert main(["sync", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["space_id"] == "ada/charts"
    with trackio.init(project="p", name="second", auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"loss": 0.5})
    assert main(["report", "--space-id", "charts", "--create-pr"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"{hub.endpoint}/spaces/ada/charts/discussions/1"


class Screen(io.StringIO):
    """A standard error that says of itself that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "words", "is_shown"), [(Screen, [], True), (Screen, ["--quiet"], False), (io.StringIO, [], False)]
)
def test_bars_of_an_upload_are_for_terminals(  # noqa: PLR0917 - a table of two sides
    hub: SmallHub,
    recorded: str,
    monkeypatch: pytest.MonkeyPatch,
    stream: type[io.StringIO],
    words: list[str],
    is_shown: bool,
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", None)
    monkeypatch.setattr("sys.stderr", stream())
    assert main(["report", "--space-id", "charts", "--yes", "--workers", "1", *words]) == 0
    assert ("LFS files" in sys.stderr.getvalue()) is is_shown  # type: ignore[attr-defined]
    assert not are_progress_bars_disabled()


def test_the_summary_of_an_earlier_report_for_ci_is_not_published(hub: SmallHub, recorded: str, tmp_path: Path) -> None:
    site = str(tmp_path / "site")
    assert main(["report", "--ci", "--output", site, "--quiet"]) == 0
    assert main(["report", "--output", site, "--space-id", "charts", "--yes", "--quiet"]) == 0
    assert not [name for name in hub.space("ada/charts").files if name == "summary.md" or name.startswith("assets/ci")]


def test_what_has_no_chart_is_told_and_the_space_opened_in_a_browser(
    hub: SmallHub, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    with trackio.init(project="p", auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"loss": 0.5, "acc": 0.5, "lr": 0.1})
    given = ["report", "--space-id", "charts", "--yes", "--charts-limit", "1", "--open"]
    assert main(given) == 0
    assert "p: 2 metrics have no chart" in capsys.readouterr().err
    assert opened == [f"http://ada-charts.static.hf.space:{hub.port}/index.html"]
    assert main([*given[:-1], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, schema("report"))
    assert told["left_out"] == {"p": 2}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--private"], "--private goes with --space-id"),
        (["--create-pr"], "--create-pr goes with --space-id"),
        (["--allow", "x"], "--allow goes with --space-id"),
        (["--space-id", "a/b", "--serve"], "--space-id and --serve exclude each other"),
        (["notes.md", "--space-id", "a/b", "--watch"], "--space-id and --watch exclude each other"),
        (["--space-id", "a/b", "--single-file"], "--space-id and --single-file exclude each other"),
    ],
)
def test_options_that_do_not_fit_are_told(
    recorded: str, capsys: pytest.CaptureFixture[str], given: list[str], message: str
) -> None:
    assert main(["report", *given]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("words", [["report", "--space-id"], ["sync", "--space-id"], ["freeze", "--new-space-id"]])
def test_what_cannot_be_allowed_is_told_before_anything_is_built(  # noqa: PLR0917 - a table of two sides
    hub: SmallHub, recorded: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    given = ["--output", str(tmp_path / "site")] if words[0] == "report" else []
    assert main([*words, "ada/charts", "--yes", "--allow", "home-foldr", *given]) == 2
    assert "Nearest: home-folder" in capsys.readouterr().err
    assert hub.requests == []
    assert not (tmp_path / "site").exists()
    assert not (home / "cache").exists()


def test_without_a_terminal_nothing_becomes_public_unasked(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for given in (["report"], ["sync"], ["freeze"]):
        name = "--new-space-id" if given == ["freeze"] else "--space-id"
        assert main([*given, name, "ada/charts"]) == 2
        assert "--yes" in capsys.readouterr().err
    assert hub.repos == {}


def test_a_hub_that_refuses_is_one_line_on_stderr(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.failing["/api/repos/create"] = 403
    assert main(["sync", "--space-id", "ada/charts", "--yes"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "hf auth login" in said.err


def test_a_card_goes_to_a_model_as_a_commit_and_the_same_again_as_none(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = hub.add("models", "ada/tiny")
    assert main(["card", "--repo", "tiny", "--message", "Energy"]) == 0
    assert capsys.readouterr().out == f"{hub.endpoint}/ada/tiny/commit/{repo.head('main')}\n"
    assert repo.commits == ["Energy"]
    assert main(["card", "--repo", "ada/tiny"]) == 0
    assert capsys.readouterr().out == "ada/tiny: nothing changed.\n"
    assert main(["card", "--repo", "ada/tiny", "--remove", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "repo": "ada/tiny",
        "url": f"{hub.endpoint}/ada/tiny/commit/{repo.head('main')}",
        "changed": True,
        "made": False,
        "files": ["trackio/loss.png"],
    }


def test_a_card_is_proposed_and_the_proposal_changed(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = hub.add("models", "grace/large")
    assert main(["card", "--repo", "grace/large", "--create-pr", "--chart", "none"]) == 0
    assert capsys.readouterr().out == f"{hub.endpoint}/grace/large/discussions/1\n"
    assert "trackio/loss.png" not in repo.branches["refs/pr/1"].files
    assert main(["card", "--repo", "grace/large", "--dry-run"]) == 0
    assert capsys.readouterr().out.endswith("trackio/loss.png would change.\n")
    assert repo.commits == []


def test_a_published_report_is_led_to_by_the_card(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", "--space-id", "ada/charts", "--yes"]) == 0
    assert main(["card"]) == 0
    assert "https://ada-charts.static.hf.space/p/charts/loss.png" in capsys.readouterr().out


def test_a_model_that_is_not_there_is_one_line_on_stderr(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["card", "--repo", "ada/none"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("trackio: The card of ada/none was left as it is: there is none")


def test_the_commands_of_the_documentation_publish(
    hub: SmallHub, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub.organizations.append("you")
    monkeypatch.chdir(tmp_path)
    with trackio.init(project="mnist", name="otter", auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"loss": 0.5})
    text = (Path(__file__).parents[2] / "docs" / "publishing.md").read_text("utf-8")
    told = text.partition("## Before anything is published")[0]
    blocks = re.findall(r"^```bash\n(.*?)^```", told, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line.startswith("trackio ")]
    assert len(commands) > 3
    for line in commands:
        asks = [] if line.startswith("trackio sync") else ["--yes"]
        assert main([*shlex.split(line)[1:], *asks]) == 0, line
    assert {space_id for _, space_id in hub.repos} == {"you/mnist", "you/mnist-paper"}
