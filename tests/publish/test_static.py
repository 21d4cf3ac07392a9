"""A report goes to a Space through the Hub's own client and a Hub on loopback."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import SpaceCard

import trackio
from tests.hub.emulator import READ_TOKEN, Refused, limited
from tests.hub.emulator import Hub as SmallHub
from trackio.errors import MissingExtra, PublishError, SecretsFound, UnknownProject
from trackio.publish.hosts import address
from trackio.publish.hub import Hub
from trackio.publish.owned import LIST, decode
from trackio.publish.space_card import card
from trackio.publish.static import Publication, Published, publish
from trackio.report.build import Options
from trackio.report.gather import Selection

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library
SPACE = "ada/charts"
Waits = list[float]


@pytest.fixture
def waits() -> Waits:
    """The seconds that were waited for the Hub; none of them pass."""
    return []


@pytest.fixture
def send(home: Path, waits: Waits) -> Callable[..., Published]:
    def sent(project: str = "p", space_id: str = SPACE, **options: Any) -> Published:
        what = Publication(Options(Path(), home, Selection((project,)), workers=1), space_id, **options)
        return publish(what, Hub(waits.append), wait=waits.append)

    return sent


def delete(name: str) -> None:
    project = trackio.Api().project("p")
    project._store.delete_run(project.run(name).id)


def record(name: str, **values: float) -> None:
    with trackio.init(project="p", name=name, auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log(values)


def test_a_new_space_holds_the_whole_report_and_nothing_else(
    hub: SmallHub, recorded: str, home: Path, send: Callable[..., Published]
) -> None:
    done = send()
    space = hub.space(SPACE)
    assert (done.space_id, space.sdk, space.private, space.commits) == (SPACE, "static", False, ["The report of p"])
    [project] = json.loads(space.files["manifest.json"])["projects"]
    for chart in project["charts"]:
        assert {chart[kind] for kind in ("html", "svg", "png", "csv", "spec")} <= space.files.keys()
    assert b"<svg" in space.files["p/index.html"]
    assert {name for name in space.files if name.startswith(".")} == {".gitattributes", LIST}
    assert decode(space.files[LIST]).keys() == space.files.keys() - {".gitattributes", "style.css", LIST}
    assert not [name for name, content in space.files.items() if str(home).encode() in content]


def test_the_card_tells_the_hub_what_it_shows(hub: SmallHub, recorded: str, send: Callable[..., Published]) -> None:
    done = send()
    told = SpaceCard(hub.space(SPACE).files["README.md"].decode()).data
    assert (told.sdk, told.app_file, told.title) == ("static", "index.html", "p")
    assert told.tags == ["trackio", "training-metrics"]
    assert told.thumbnail == f"{done.pages}p/charts/loss.png"
    assert f'content="{done.pages}p/charts/loss.png"'.encode() in hub.space(SPACE).files["p/charts/loss.html"]
    assert done.iframe.startswith(f'<iframe src="{done.pages}index.html"')


def test_publishing_again_sends_what_changed_alone(
    hub: SmallHub, recorded: str, send: Callable[..., Published]
) -> None:
    first = send()
    assert send().delivery.sent is None
    record("second", loss=0.5)
    second = send()
    assert len(hub.space(SPACE).commits) == 2
    assert 0 < second.delivery.files < first.delivery.files


def test_after_one_new_run_of_many_less_than_a_twentieth_is_sent(
    hub: SmallHub, home: Path, send: Callable[..., Published]
) -> None:
    def logged(name: str, steps: int) -> None:
        with trackio.init(project="p", name=name, auto_log_cpu=False, auto_log_gpu=False) as run:
            for step in range(steps):
                run.log({"loss": 1 / (step + 1) + len(name) / 7})

    for number in range(50):
        logged(f"run-{number:04}", 6000)
    send()
    first, hub.received = hub.received, 0
    logged("one-more", 500)
    send()
    assert first > 20_000_000
    assert hub.received < first / 20


def test_what_the_report_no_longer_has_stays_until_it_is_pruned(
    hub: SmallHub, recorded: str, send: Callable[..., Published]
) -> None:
    send()
    record("second", accuracy=0.5)
    delete("first")
    hub.space(SPACE).commit("theirs", {"notes.txt": b"theirs"})
    kept = send()
    files = hub.space(SPACE).files
    assert {"p/charts/loss.html", "p/charts/accuracy.html"} <= files.keys()
    assert kept.delivery.stale == len([path for path in decode(files[LIST]) if "loss" in path or "first" in path])
    pruned = send(is_pruned=True)
    assert pruned.delivery.removed == kept.delivery.stale
    assert "p/charts/loss.html" not in hub.space(SPACE).files
    assert {"notes.txt", "style.css", ".gitattributes"} <= hub.space(SPACE).files.keys()


def test_a_stale_file_that_others_changed_is_theirs(
    hub: SmallHub, recorded: str, send: Callable[..., Published]
) -> None:
    send()
    record("second", accuracy=0.5)
    delete("first")
    hub.space(SPACE).commit("theirs", {"p/charts/loss.html": b"theirs"})
    send(is_pruned=True)
    assert hub.space(SPACE).files["p/charts/loss.html"] == b"theirs"


def test_a_card_that_people_wrote_into_is_theirs(hub: SmallHub, recorded: str, send: Callable[..., Published]) -> None:
    send()
    mine = hub.space(SPACE).files["README.md"] + b"By hand.\n"
    hub.space(SPACE).commit("mine", {"README.md": mine})
    record("second", loss=0.5)
    assert send().delivery.kept == ("README.md",)
    assert hub.space(SPACE).files["README.md"] == mine


def test_a_file_of_others_in_the_way_is_replaced_only_when_forced(
    hub: SmallHub, recorded: str, send: Callable[..., Published]
) -> None:
    send()
    hub.space(SPACE).commit("theirs", {"index.html": b"theirs"})
    with pytest.raises(PublishError, match=r"others wrote files that the report would replace: index\.html"):
        send()
    send(is_forced=True)
    assert hub.space(SPACE).files["index.html"] != b"theirs"


def test_a_space_that_others_made_is_added_to_only_when_forced(
    hub: SmallHub, recorded: str, send: Callable[..., Published]
) -> None:
    hub.add("spaces", SPACE, "static").commit("mine", {"index.html": b"mine", "mine.html": b"mine"})
    with pytest.raises(PublishError, match="trackio did not make it"):
        send()
    assert hub.space(SPACE).files["index.html"] == b"mine"
    send(is_forced=True)
    assert hub.space(SPACE).files["index.html"] != b"mine"
    assert hub.space(SPACE).files["mine.html"] == b"mine"


def test_an_empty_space_that_was_made_by_hand_is_filled(
    hub: SmallHub, recorded: str, send: Callable[..., Published]
) -> None:
    hub.add("spaces", SPACE, "static")
    assert send().delivery.sent is not None


@pytest.mark.parametrize("sdk", ["gradio", "docker", "streamlit"])
def test_a_space_that_runs_a_program_is_never_replaced(
    hub: SmallHub, recorded: str, send: Callable[..., Published], sdk: str
) -> None:
    hub.add("spaces", SPACE, sdk)
    with pytest.raises(PublishError, match=f"it is a {sdk} Space and a report is static. Name another Space"):
        send(is_forced=True)


def test_a_proposal_changes_nothing_until_it_is_merged(
    hub: SmallHub, recorded: str, send: Callable[..., Published]
) -> None:
    with pytest.raises(PublishError, match="Publish there first"):
        send(is_pull=True)
    send()
    before = dict(hub.space(SPACE).files)
    record("second", loss=0.5)
    done = send(is_pull=True)
    assert done.delivery.sent is not None
    assert done.delivery.sent.pull_url == f"{hub.endpoint}/spaces/{SPACE}/discussions/1"
    assert hub.space(SPACE).files == before
    Hub()._api.merge_pull_request(SPACE, 1, repo_type="space")
    assert send().delivery.sent is None


@pytest.mark.parametrize("private", [True, False, None])
def test_who_may_see_a_new_space_is_as_asked(
    hub: SmallHub, recorded: str, send: Callable[..., Published], private: bool | None
) -> None:
    assert send(space_id="charts", private=private).space_id == SPACE
    assert hub.space(SPACE).private is bool(private)


def test_what_is_to_be_private_is_not_published_where_all_may_see_it(
    hub: SmallHub, recorded: str, send: Callable[..., Published]
) -> None:
    send()
    before = dict(hub.space(SPACE).files)
    record("second", loss=0.5)
    with pytest.raises(PublishError, match=r"it is public.*leave out --private"):
        send(private=True)
    assert hub.space(SPACE).files == before
    assert send(space_id="hidden", private=True).space_id == send(space_id="hidden", private=True).space_id


@pytest.mark.parametrize("project", ["other", "*", "p*"])
def test_a_project_that_is_not_there_makes_no_space(
    hub: SmallHub, recorded: str, send: Callable[..., Published], project: str
) -> None:
    with pytest.raises(UnknownProject):
        trackio.sync(project, SPACE)
    assert hub.requests == []


def test_a_secret_stops_it_before_anything_is_made(
    hub: SmallHub, recorded: str, send: Callable[..., Published]
) -> None:
    with trackio.init(project="p", name="telling", config={"note": "hf_" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zCdF"}):
        pass
    with pytest.raises(SecretsFound) as found:
        send()
    assert ("spaces", SPACE) not in hub.repos
    send(allow=tuple({one.rule for one in found.value.findings}))
    assert "manifest.json" in hub.space(SPACE).files


def test_who_publishes_is_asked_before_something_becomes_public_for_the_first_time(
    hub: SmallHub, recorded: str, home: Path
) -> None:
    asked: list[tuple[str, str, str]] = []
    what = Publication(Options(Path(), home, Selection(("p",))), SPACE)

    def confirm(*told: str) -> None:
        assert ("spaces", SPACE) not in hub.repos
        asked.append(told)  # type: ignore[arg-type]

    publish(what, Hub(), confirm=confirm)
    assert asked == [("the report of p", SPACE, "https://ada-charts.static.hf.space/index.html")]


def test_a_report_goes_to_a_folder_of_ones_own(
    hub: SmallHub, recorded: str, tmp_path: Path, send: Callable[..., Published]
) -> None:
    send(folder=tmp_path / "site")
    (tmp_path / "site" / "CNAME").write_text("mine")
    send(folder=tmp_path / "site")
    assert hub.space(SPACE).files["CNAME"] == b"mine"
    assert (tmp_path / "site" / "index.html").read_bytes() == hub.space(SPACE).files["index.html"]


# What goes wrong.


def test_without_a_login_the_error_says_how_to_log_in(
    hub: SmallHub, recorded: str, send: Callable[..., Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    for space_id in (SPACE, "charts"):
        with pytest.raises(PublishError, match="hf auth login"):
            send(space_id=space_id)
    assert hub.requests == []


def test_a_token_of_the_wrong_scope_is_told_with_where_to_make_another(
    hub: SmallHub, recorded: str, send: Callable[..., Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", READ_TOKEN)
    with pytest.raises(PublishError, match=r"write access to perform this operation\. Make a token.*settings/tokens"):
        send()
    assert hub.repos == {}


def test_a_token_that_is_none_is_told_without_addresses_of_the_interface(
    hub: SmallHub, recorded: str, send: Callable[..., Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_mistyped")
    with pytest.raises(PublishError) as caught:
        send()
    assert str(caught.value) == (
        "The Space ada/charts could not be made: the Hub does not know the token, or it has ended. Log in with "
        "`hf auth login`, or set HF_TOKEN to a token that may write there. Nothing recorded is lost."
    )


@pytest.mark.parametrize(
    ("space_id", "message"),
    [
        (
            "else/charts",
            "You don't have the rights to create a repository under the namespace 'else'. Name one of your own",
        ),
        ("a b/ä", "owner/name"),
        ("a/b/c", "owner/name"),
        ("../x", "owner/name"),
        ("ada/" + "x" * 97, "owner/name"),
        ("", "owner/name"),
    ],
)
def test_a_space_that_cannot_be_made_is_told_with_the_next_step(
    hub: SmallHub, recorded: str, send: Callable[..., Published], space_id: str, message: str
) -> None:
    with pytest.raises(PublishError, match=message) as caught:
        send(space_id=space_id)
    assert "Nothing recorded is lost" in str(caught.value)
    assert hub.repos == {}


def test_the_space_of_another_is_not_written_to(hub: SmallHub, recorded: str, send: Callable[..., Published]) -> None:
    hub.add("spaces", "grace/charts", "static")
    with pytest.raises(PublishError, match="You don't have the rights to write to grace/charts"):
        send(space_id="grace/charts")


@pytest.mark.parametrize(
    ("limit", "message"),
    [("file_bytes", "too large.*--media last"), ("commit_bytes", "Payload too large.*--media last")],
)
def test_what_is_too_large_is_told_with_how_to_publish_less(
    hub: SmallHub, recorded: str, send: Callable[..., Published], limit: str, message: str
) -> None:
    setattr(hub, limit, 1000)
    with pytest.raises(PublishError, match=message):
        send()


@pytest.mark.parametrize("path", ["/api/spaces/ada/charts", "/repos/create", "/commit/main"])
@pytest.mark.parametrize(
    ("fault", "seconds"), [(limited(7), 7.0), (Refused(503, "busy"), 1.0), (Refused(500, "oops"), 1.0)]
)
def test_a_hub_that_is_busy_for_a_moment_is_asked_again(  # noqa: PLR0917 - a table of two sides
    hub: SmallHub,
    recorded: str,
    send: Callable[..., Published],
    waits: Waits,
    path: str,
    fault: Refused,
    seconds: float,
) -> None:
    hub.before[path] = refusing(fault)
    send()
    assert waits == [seconds]
    assert "manifest.json" in hub.space(SPACE).files


@pytest.mark.parametrize(("seconds", "attempts"), [(30, 4), (3600, 1)])
def test_a_hub_that_stays_busy_is_left_alone_in_the_end(  # noqa: PLR0917 - likewise
    hub: SmallHub, recorded: str, send: Callable[..., Published], waits: Waits, seconds: int, attempts: int
) -> None:
    hub.failing["/commit/main"] = limited(seconds)
    with pytest.raises(PublishError, match=f"asked too often. Publish again in {seconds:,} seconds"):
        send()
    assert waits == [float(seconds)] * (attempts - 1)


@pytest.mark.parametrize("status", [409, 412])
def test_what_others_commit_meanwhile_is_taken_in(
    hub: SmallHub, recorded: str, send: Callable[..., Published], waits: Waits, status: int
) -> None:
    send()
    record("second", loss=0.5)
    meanwhile = {412: lambda: hub.space(SPACE).commit("theirs", {"theirs.txt": b"x"}), 409: refusing(Refused(409, ""))}
    hub.before["/commit/main"] = meanwhile[status]
    send()
    assert len(waits) == 1
    assert b"second" in hub.space(SPACE).files["p/index.html"]
    assert (status == 409) or hub.space(SPACE).files["theirs.txt"] == b"x"


def test_a_space_that_never_rests_is_left_alone(
    hub: SmallHub, recorded: str, send: Callable[..., Published], waits: Waits
) -> None:
    hub.failing["/commit/main"] = 412
    with pytest.raises(PublishError, match="it was changed meanwhile"):
        send()
    assert len(waits) == 5
    assert max(waits) <= 8


def test_a_commit_whose_answer_is_lost_is_not_made_twice(
    hub: SmallHub, recorded: str, send: Callable[..., Published], waits: Waits
) -> None:
    hub.before["/commit/main"] = lambda: hub.cut(0, is_after=True, is_once=True)
    send()
    assert len(hub.space(SPACE).commits) == 1


def test_a_hub_out_of_reach_is_one_clear_error(
    recorded: str, send: Callable[..., Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_TOKEN", "t")
    with pytest.raises(PublishError, match="when the Hub can be reached"):
        send()


def test_a_client_that_is_told_to_stay_offline_says_so(
    hub: SmallHub, recorded: str, send: Callable[..., Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(PublishError, match="Unset HF_HUB_OFFLINE"):
        send()


def test_without_the_client_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match=r"trackio\[hub\]"):
        Hub()


@pytest.mark.parametrize("project", ["p", 'quotes " and \\', "# no: comment\n---", "日本語 🚀"])
def test_the_card_is_valid_whatever_the_project_is_called(project: str) -> None:
    manifest = {"projects": [{"name": project, "charts": [{"metric": "loss", "png": "p/a.png"}]}]}
    told = SpaceCard(card(manifest, "https://x/").decode()).data
    assert told.title == " ".join(project.split())
    assert told.thumbnail == "https://x/p/a.png"


def test_the_card_leads_to_the_snapshots_too() -> None:
    snapshots = [
        {"number": 9, "name": "v9", "label": None, "path": "v9/index.html"},
        {"number": 10, "name": "v10", "label": "camera `ready`\n[x](y)", "path": "v10/index.html"},
    ]
    text = card({"projects": [], "snapshots": snapshots}, "https://x/").decode()
    assert text.endswith(
        "stay as they are:\n\n- [v10](https://x/v10/index.html) `camera ready [x](y)`\n- [v9](https://x/v9/index.html)\n"
    )
    assert "stay as they are" not in card({"projects": []}, "https://x/").decode()


@pytest.mark.parametrize(
    ("space_id", "expected"),
    [
        ("ada/charts", "https://ada-charts.static.hf.space/"),
        ("Ada_L/My.Charts", "https://ada-l-my-charts.static.hf.space/"),
    ],
)
def test_pages_know_where_they_will_lie(space_id: str, expected: str) -> None:
    assert address(space_id) == expected


def test_the_client_does_not_warn_of_parquet(
    hub: SmallHub, recorded: str, send: Callable[..., Published], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        send()
    assert not [record for record in caplog.records if "data file" in record.message]


def refusing(fault: Refused) -> Callable[[], None]:
    def refuse() -> None:
        raise fault

    return refuse
