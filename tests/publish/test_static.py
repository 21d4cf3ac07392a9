"""A report goes to a Space through the Hub's own client and a Hub on loopback."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

import trackio
from tests.hub.emulator import Hub as SmallHub
from trackio.errors import MissingExtra, PublishError, UnknownProject
from trackio.publish.hub import Hub
from trackio.publish.static import Publication, address, publish, readme

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library


def test_a_new_space_holds_the_whole_report_and_nothing_else(hub: SmallHub, recorded: str, home: Path) -> None:
    assert publish(Publication(recorded, "ada/charts"), Hub()) == "ada/charts"
    space = hub.space("ada/charts")
    assert (space.sdk, space.private, space.tags) == ("static", False, ["trackio"])
    [project] = json.loads(space.files["manifest.json"])["projects"]
    assert project["name"] == "p"
    for chart in project["charts"]:
        assert {chart[kind] for kind in ("html", "svg", "png", "csv", "spec")} <= space.files.keys()
    assert b"<svg" in space.files["p/index.html"]
    assert not [name for name in space.files if name.startswith(".") and name != ".gitattributes"]
    assert not [name for name, content in space.files.items() if str(home).encode() in content]


def test_publishing_again_sends_what_changed_and_removes_what_is_gone(hub: SmallHub, recorded: str) -> None:
    publish(Publication(recorded, "ada/charts"), Hub())
    before = dict(hub.space("ada/charts").files)
    with trackio.init(project="p", name="second") as run:
        run.log({"accuracy": 0.5})
    trackio.Api().project("p")._store.delete_run(trackio.Api().project("p").run("first").id)
    publish(Publication(recorded, "ada/charts"), Hub())
    after = hub.space("ada/charts").files
    assert "p/charts/loss.html" in before.keys() - after.keys()
    assert "p/charts/accuracy.html" in after.keys() - before.keys()


def test_publishing_the_same_again_makes_no_commit(hub: SmallHub, recorded: str) -> None:
    for _ in range(2):
        publish(Publication(recorded, "ada/charts"), Hub())
    assert len(hub.space("ada/charts").commits) == 2  # the card, then the report


def test_an_id_without_an_owner_is_the_users_own(hub: SmallHub, recorded: str) -> None:
    assert publish(Publication(recorded, "charts"), Hub()) == "ada/charts"


@pytest.mark.parametrize("private", [True, False, None])
def test_who_may_see_a_new_space_is_as_asked(hub: SmallHub, recorded: str, private: bool | None) -> None:
    publish(Publication(recorded, "charts", private), Hub())
    assert hub.space("ada/charts").private is bool(private)


def test_a_space_that_others_made_is_replaced_only_when_forced(hub: SmallHub, recorded: str) -> None:
    hub.add("spaces", "ada/portfolio", "static").files["index.html"] = b"mine"
    with pytest.raises(PublishError, match="trackio did not make it"):
        publish(Publication(recorded, "ada/portfolio"), Hub())
    assert hub.space("ada/portfolio").files["index.html"] == b"mine"
    publish(Publication(recorded, "ada/portfolio", is_forced=True), Hub())
    assert hub.space("ada/portfolio").files["index.html"] != b"mine"


def test_a_space_that_runs_a_program_is_never_replaced(hub: SmallHub, recorded: str) -> None:
    hub.add("spaces", "ada/app", "gradio")
    with pytest.raises(PublishError, match="it is a gradio Space"):
        publish(Publication(recorded, "ada/app", is_forced=True), Hub())


@pytest.mark.parametrize("project", ["other", "*", "p*"])
def test_a_project_that_is_not_there_makes_no_space(hub: SmallHub, recorded: str, project: str) -> None:
    with pytest.raises(UnknownProject):
        publish(Publication(project, "ada/charts"), Hub())
    assert hub.requests == []


def test_a_publication_that_was_cut_short_goes_on(hub: SmallHub, recorded: str) -> None:
    hub.failing["/upload/"] = 400
    with pytest.raises(PublishError):
        publish(Publication(recorded, "ada/charts"), Hub())
    hub.failing.clear()
    publish(Publication(recorded, "ada/charts"), Hub())
    assert "manifest.json" in hub.space("ada/charts").files


def test_without_a_login_the_error_says_how_to_log_in(
    hub: SmallHub, recorded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(PublishError, match="hf auth login"):
        publish(Publication(recorded, "charts"), Hub())


@pytest.mark.parametrize(
    ("space_id", "message"),
    [("else/charts", "You may not write to else|hf auth login"), ("a b/ä", "owner/name"), ("a/b/c", "owner/name")],
)
def test_a_space_that_cannot_be_made_is_told_with_the_next_step(
    hub: SmallHub, recorded: str, space_id: str, message: str
) -> None:
    with pytest.raises(PublishError, match=message) as caught:
        publish(Publication(recorded, space_id), Hub())
    assert "Nothing recorded is lost" in str(caught.value)


def test_a_hub_out_of_reach_is_one_clear_error(recorded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_TOKEN", "t")
    with pytest.raises(PublishError, match="when the Hub can be reached"):
        publish(Publication(recorded, "ada/charts"), Hub())


def test_a_client_that_is_told_to_stay_offline_says_so(recorded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(PublishError, match="Unset HF_HUB_OFFLINE"):
        publish(Publication(recorded, "ada/charts"), Hub())


def test_without_the_client_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match=r"trackio\[hub\]"):
        Hub()


@pytest.mark.parametrize("project", ["p", 'quotes " and \\', "# no: comment\n---", "日本語 🚀"])
def test_the_card_is_valid_whatever_the_project_is_called(project: str) -> None:
    from huggingface_hub import SpaceCard

    card = SpaceCard(readme(project))
    assert card.data.title == " ".join(project.split())
    assert (card.data.sdk, card.data.tags) == ("static", ["trackio"])


@pytest.mark.parametrize(
    ("space_id", "expected"),
    [
        ("ada/charts", "https://ada-charts.static.hf.space/"),
        ("Ada_L/My.Charts", "https://ada-l-my-charts.static.hf.space/"),
    ],
)
def test_pages_know_where_they_will_lie(space_id: str, expected: str) -> None:
    assert address(space_id) == expected


def test_the_client_does_not_warn_of_parquet(hub: SmallHub, recorded: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        publish(Publication(recorded, "ada/charts"), Hub())
    assert not [record for record in caplog.records if "data file" in record.message]
