"""``trackio sync``, ``freeze`` and ``card``, with the Hub's own client and a Hub on loopback."""

from __future__ import annotations

import json

import jsonschema
import pytest

from tests.hub.emulator import Hub as SmallHub
from trackio.cli.main import main
from trackio.documents.schemas import schema

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library


def test_sync_publishes_prints_the_page_and_goes_on_there(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", "--project", recorded, "--space-id", "charts", "--private"]) == 0
    assert capsys.readouterr().out == f"{hub.endpoint}/spaces/ada/charts\n"
    assert hub.space("ada/charts").private
    assert main(["sync", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "project": "p",
        "space_id": "ada/charts",
        "url": f"{hub.endpoint}/spaces/ada/charts",
        "pages": "https://ada-charts.static.hf.space/",
    }
    for name in ("sync", "freeze"):
        jsonschema.validate(told, schema(name))


def test_sync_needs_a_space_once(recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync"]) == 2
    assert "--space-id" in capsys.readouterr().err


def test_a_space_of_others_needs_force(hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    hub.add("spaces", "ada/portfolio", "static")
    assert main(["sync", "--space-id", "ada/portfolio"]) == 1
    assert main(["sync", "--space-id", "ada/portfolio", "--force"]) == 0


def test_freeze_makes_a_space_of_its_own(hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["freeze", "--space-id", "ada/live"]) == 0
    assert main(["freeze", "--new-space-id", "snapshot"]) == 0
    assert capsys.readouterr().out.split() == [
        f"{hub.endpoint}/spaces/{name}" for name in ("ada/live_static", "ada/snapshot")
    ]


def test_a_hub_that_refuses_is_one_line_on_stderr(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.failing["/api/repos/create"] = 403
    assert main(["sync", "--space-id", "ada/charts"]) == 1
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
    assert main(["sync", "--space-id", "ada/charts"]) == 0
    assert main(["card"]) == 0
    assert "https://ada-charts.static.hf.space/p/charts/loss.png" in capsys.readouterr().out


def test_a_model_that_is_not_there_is_one_line_on_stderr(
    hub: SmallHub, recorded: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["card", "--repo", "ada/none"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("trackio: The card of ada/none was left as it is: there is none")
