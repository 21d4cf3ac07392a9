"""Cards of models on a small Hub, through the Hub's own client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.hub.emulator import Hub as SmallHub
from tests.hub.emulator import Refused, Repo
from trackio.errors import PublishError
from trackio.publish.models import Models, Place
from trackio.publish.readme import Edited

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library

CARD = b"---\nlicense: mit  # as agreed\ntags:\n- text\n---\n\r\n# Tiny\r\n"
PICTURE = "trackio/loss.png"
HERE = Place("ada/tiny", "Energy", "Measured.")


def with_line(before: bytes | None) -> Edited:
    assert before is not None
    return Edited(before.replace(b"ours\n", b"") + b"ours\n", {PICTURE: b"picture"})


def plain(before: bytes | None) -> Edited:
    return Edited(with_line(before).content)


@pytest.fixture
def model(hub: SmallHub) -> Repo:
    """A model with a card."""
    repo = hub.add("models", "ada/tiny")
    repo.commit("made", {"README.md": CARD, "model.bin": b"weights"})
    return repo


def test_a_commit_brings_card_and_picture_and_leaves_every_other_byte(hub: SmallHub, model: Repo) -> None:
    change = Models().edit(HERE, with_line)
    assert model.files["README.md"] == change.after == CARD + b"ours\n"
    assert model.files[PICTURE] == b"picture"
    assert model.files["model.bin"] == b"weights"
    assert model.commits == ["made", "Energy"]
    assert change.url == f"{hub.endpoint}/ada/tiny/commit/{model.head('main')}"


def test_the_same_again_makes_no_commit(hub: SmallHub, model: Repo) -> None:
    Models().edit(HERE, with_line)
    hub.requests.clear()
    for is_kept in (True, False):
        change = Models().edit(HERE, with_line, is_kept=is_kept)
        assert (change.is_any, change.url) == (False, None)
    assert not [one for one in hub.requests if one.startswith(("POST", "PUT"))]


def test_a_picture_that_has_changed_goes_alone(model: Repo) -> None:
    Models().edit(HERE, with_line)
    change = Models().edit(HERE, lambda before: Edited(before or b"", {PICTURE: b"another", "model.bin": b"weights"}))
    assert change.files == (PICTURE,)
    assert model.files[PICTURE] == b"another"
    assert len(model.commits) == 3


def test_a_pull_request_leaves_the_branch_alone(hub: SmallHub, model: Repo) -> None:
    change = Models().edit(Place("ada/tiny", "Energy", "Measured.", is_pull=True), with_line)
    assert change.url == f"{hub.endpoint}/ada/tiny/discussions/1"
    assert model.files["README.md"] == CARD
    proposed = model.branches["refs/pr/1"]
    assert (proposed.files["README.md"], proposed.description) == (CARD + b"ours\n", "Measured.")


def test_an_open_request_is_changed_by_its_revision(model: Repo) -> None:
    Models().edit(Place("ada/tiny", "Energy", is_pull=True), plain)
    Models().edit(Place("ada/tiny", "Once more", revision="refs/pr/1"), with_line)
    assert model.branches["refs/pr/1"].commits == ["Energy", "Once more"]
    assert model.commits == ["made"]


def test_anyone_may_propose_to_the_model_of_another(hub: SmallHub) -> None:
    repo = hub.add("models", "grace/large")
    repo.commit("made", {"README.md": CARD})
    with pytest.raises(PublishError, match="this login may not write to it") as refused:
        Models().edit(Place("grace/large", "Energy"), plain)
    assert "pull request" in str(refused.value)
    change = Models().edit(Place("grace/large", "Energy", is_pull=True), plain)
    assert change.url is not None
    assert change.url.endswith("/discussions/1")


def test_what_is_only_tried_sends_nothing(hub: SmallHub, model: Repo) -> None:
    change = Models().edit(HERE, with_line, is_kept=True)
    assert "+ours" in change.diff()
    assert change.files == (PICTURE,)
    assert not [one for one in hub.requests if one.startswith(("POST", "PUT"))]


def test_a_commit_of_another_in_between_is_taken_in(hub: SmallHub, model: Repo) -> None:
    hub.before["/commit/main"] = lambda: model.commit("theirs", {"README.md": CARD + b"theirs\n"})
    Models().edit(HERE, plain)
    assert model.files["README.md"] == CARD + b"theirs\nours\n"
    assert model.commits == ["made", "theirs", "Energy"]


def test_a_hub_that_is_busy_for_a_moment_is_asked_again(hub: SmallHub, model: Repo) -> None:
    hub.before["/commit/main"] = refusing(409)
    Models().edit(HERE, plain)
    assert model.commits == ["made", "Energy"]


def test_a_model_that_never_rests_is_left_alone(hub: SmallHub, model: Repo) -> None:
    hub.failing["/commit/main"] = 412
    with pytest.raises(PublishError, match="changed at the same time"):
        Models().edit(HERE, plain)
    assert len([one for one in hub.requests if "/commit/" in one]) == 2


def test_a_model_without_a_card_gets_one_from_the_clients_template(hub: SmallHub) -> None:
    repo = hub.add("models", "ada/new")
    change = Models().edit(Place("ada/new", "Energy"), plain)
    assert change.before is None
    assert repo.files["README.md"] == b"---\ntags:\n- trackio\n---\n\n# new\nours\n"


def test_a_name_alone_is_the_users_own(model: Repo) -> None:
    assert Models().edit(Place("tiny", "Energy"), plain).name == "ada/tiny"


def test_files_are_removed_only_where_they_are(model: Repo) -> None:
    Models().edit(HERE, with_line)

    def without(before: bytes | None) -> Edited:
        return Edited(before or b"", {PICTURE: None, "trackio/other.png": None})

    assert Models().edit(HERE, without).files == (PICTURE,)
    assert PICTURE not in model.files
    assert not Models().edit(HERE, without).is_any


def test_metadata_that_the_hub_refuses_is_told_and_not_sent(model: Repo) -> None:
    def wrong(before: bytes | None) -> Edited:
        return Edited((before or b"").replace(b"- text", b"- 1"))

    with pytest.raises(PublishError, match='"tags" must be an array of strings'):
        Models().edit(HERE, wrong)
    assert model.commits == ["made"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place("ada/none", "m"), "there is none, or it is hidden"),
        (Place("ada/tiny", "m", revision="draft"), "no such branch"),
        (Place("ada/ti ny", "m"), "Name it as owner/name"),
        (Place("ada/gated", "m"), "access to the repository has to be granted"),
    ],
)
def test_a_place_that_cannot_be_written_is_told(hub: SmallHub, model: Repo, place: Place, words: str) -> None:
    gated = hub.add("models", "ada/gated")
    gated.commit("made", {"README.md": CARD})
    gated.gated = True
    with pytest.raises(PublishError, match=words):
        Models().edit(place, plain)


@pytest.mark.parametrize(("status", "words"), [(401, "hf auth login"), (403, "hf auth login"), (500, "can be reached")])
def test_a_refused_commit_is_told(hub: SmallHub, model: Repo, status: int, words: str) -> None:
    hub.failing["/commit/main"] = status
    with pytest.raises(PublishError, match=words):
        Models().edit(HERE, plain)
    assert model.files["README.md"] == CARD


def test_without_a_login_nothing_is_written(model: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(PublishError, match="hf auth login"):
        Models().edit(HERE, plain)
    assert model.commits == ["made"]


def test_a_token_of_ones_own_is_used(model: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    Models("hf_test").edit(HERE, plain)
    assert model.commits == ["made", "Energy"]


def test_out_of_reach_or_offline_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PublishError, match="can be reached"):
        Models().edit(HERE, plain)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(PublishError, match="HF_HUB_OFFLINE"):
        Models().edit(HERE, plain)


def refusing(status: int) -> Callable[[], None]:
    def refuse() -> None:
        raise Refused(status, "Another commit is in progress.")

    return refuse
