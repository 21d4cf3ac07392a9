"""``trackio.sync`` and ``trackio.freeze``, with the Hub's own client and a Hub on loopback."""

from __future__ import annotations

import inspect
import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest

import trackio
from tests.hub.emulator import Hub as SmallHub
from trackio.errors import PublishError, UnknownProject, UsageError
from trackio.publish.hub import Hub
from trackio.publish.static import publish
from trackio.sharing import publication

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library


def page(hub: SmallHub, space_id: str = "ada/charts") -> bytes:
    return hub.space(space_id).files["p/index.html"]


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (
            trackio.sync,
            (
                "project space_id private force run_in_background sdk dataset_id bucket_id frontend_dir prune allow "
                "hf_token"
            ),
        ),
        (trackio.freeze, "space_id project new_space_id private bucket_id frontend_dir allow"),
    ],
)
def test_every_argument_of_the_originals_is_named(call: object, names: str) -> None:
    assert list(inspect.signature(call).parameters) == names.split()  # type: ignore[arg-type]


def test_what_transformers_passes_publishes_and_answers_with_the_full_id(hub: SmallHub, recorded: str) -> None:
    answer = trackio.sync(
        project=recorded, sdk="static", space_id="p-static-1a2b3c", private=None, bucket_id=None, force=True
    )
    assert answer == "ada/p-static-1a2b3c"
    assert "manifest.json" in hub.space(answer).files


def test_rows_of_a_run_in_progress_are_in_the_report(hub: SmallHub) -> None:
    with trackio.init(project="p", name="going") as run:
        run.log({"loss": 0.123456})
        trackio.sync(space_id="charts")
        assert b"0.123456" in hub.space("ada/charts").files["p/charts/loss.csv"]
        assert b"going" in page(hub)
        assert not run.is_finished


def test_without_a_space_nothing_leaves_the_machine(hub: SmallHub, home: Path) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0})
        assert trackio.sync(project="p") is None
    assert hub.requests == []


@pytest.mark.parametrize("place", ["init", "environment", "the last sync"])
def test_a_space_that_was_named_before_is_published_to(
    hub: SmallHub, recorded: str, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "init":
        trackio.init(project="p", space_id="ada/charts").finish()
    elif place == "environment":
        monkeypatch.setenv("TRACKIO_SPACE_ID", "ada/charts")
    else:
        trackio.sync("p", "charts")
    assert trackio.sync(project="p") == "ada/charts"


def test_the_project_is_by_default_the_current_one_also_after_its_run(hub: SmallHub, recorded: str) -> None:
    assert trackio.sync(space_id="charts") == "ada/charts"
    assert b"first" in page(hub)


def test_an_unknown_project_is_told(hub: SmallHub, recorded: str) -> None:
    with pytest.raises(UnknownProject):
        trackio.sync(project="q", space_id="charts")
    assert hub.requests == []


def test_an_unknown_sdk_is_told(recorded: str) -> None:
    with pytest.raises(UsageError, match="static"):
        trackio.sync(project="p", space_id="charts", sdk="docker")  # type: ignore[arg-type]


def test_what_has_no_effect_is_said(hub: SmallHub, recorded: str, caplog: pytest.LogCaptureFixture) -> None:
    trackio.sync("p", "charts", bucket_id="ada/bucket")
    assert hub.space("ada/charts").sdk == "static"
    assert "bucket_id: no effect" in caplog.text


def test_a_hub_out_of_reach_breaks_no_training(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0})
        assert trackio.sync(space_id="ada/charts") is None
        run.log({"loss": 2.0})
    assert "p is not published" in caplog.text
    with pytest.raises(PublishError):
        trackio.sync(project="p", space_id="ada/charts")
    assert list(trackio.Api().project("p").runs()[0].metric("loss").value) == [1.0, 2.0]


def test_a_home_that_cannot_be_written_breaks_no_training(
    hub: SmallHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "file"))
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0})
        assert trackio.sync(space_id="ada/charts") is None
    assert "p is not published" in caplog.text


def test_what_goes_wrong_in_the_background_is_told(
    hub: SmallHub, recorded: str, caplog: pytest.LogCaptureFixture
) -> None:
    hub.failing["/api/repos/create"] = 403
    trackio.sync("p", "ada/charts", run_in_background=True)
    for thread in threading.enumerate():
        if thread.name == "trackio-sync":
            thread.join()
    assert "p is not published" in caplog.text


def test_a_publication_in_the_background_answers_at_once(hub: SmallHub, recorded: str) -> None:
    assert trackio.sync("p", "ada/charts", run_in_background=True) == "ada/charts"
    for thread in threading.enumerate():
        if thread.name == "trackio-sync":
            thread.join()
    assert b"first" in page(hub)


def test_a_disabled_run_publishes_nothing(hub: SmallHub) -> None:
    with trackio.init(project="p", mode="disabled"):
        assert trackio.sync(space_id="charts") is None
    assert hub.requests == []


def test_what_is_frozen_stays_as_it_was(hub: SmallHub, recorded: str) -> None:
    frozen = trackio.freeze(space_id="ada/live", project="p", new_space_id="snapshot", private=None)
    assert frozen == "ada/snapshot"
    before = dict(hub.space(frozen).files)
    with trackio.init(project="p", name="later") as run:
        run.log({"loss": 0.5})
    trackio.sync("p", "charts")
    assert b"later" in page(hub)
    assert hub.space(frozen).files == before


def test_a_frozen_space_is_by_default_named_after_the_live_one(hub: SmallHub, recorded: str) -> None:
    assert trackio.freeze("ada/live", "p") == "ada/live_static"


def test_the_copy_of_a_private_space_is_private_unless_it_is_said(hub: SmallHub, recorded: str) -> None:
    trackio.sync("p", "live", private=True)
    assert hub.space(trackio.freeze("ada/live", "p")).private
    assert hub.space(trackio.freeze(project="p", new_space_id="copy")).private
    assert not hub.space(trackio.freeze("live", "p", "paper", private=False)).private


def test_freezing_replaces_no_space_of_others(hub: SmallHub, recorded: str) -> None:
    hub.add("spaces", "ada/portfolio", "static").commit("mine", {})
    with pytest.raises(PublishError, match="trackio did not make it"):
        trackio.freeze("ada/live", "p", "ada/portfolio")


def test_what_is_frozen_is_changed_by_freezing_alone(hub: SmallHub, recorded: str) -> None:
    frozen = trackio.freeze("ada/live", "p", "paper")
    before = hub.space(frozen).head
    for call in (
        lambda: trackio.sync("p", "paper"),
        lambda: trackio.sync("p", "paper", force=True),
        lambda: publish(replace(publication("p", "paper"), is_pull=True), Hub()),
    ):
        with pytest.raises(PublishError, match="its report is frozen"):
            call()
    assert hub.space(frozen).head == before
    assert trackio.freeze("ada/live", "p", "paper") == frozen
    assert hub.space(frozen).head == before


def test_nothing_is_frozen_where_a_report_goes_on(hub: SmallHub, recorded: str) -> None:
    trackio.sync("p", "charts")
    before = hub.space("ada/charts").head
    with pytest.raises(PublishError, match=r"`trackio sync` or `trackio report` writes it.*--new-space-id"):
        trackio.freeze("ada/live", "p", "charts")
    for given in ({"space_id": "ada/charts"}, {}):
        with pytest.raises(UsageError, match="ada/charts is the Space that p goes on in"):
            trackio.freeze(project="p", new_space_id="ada/charts", **given)
    assert hub.space("ada/charts").head == before


def test_a_space_that_is_frozen_meanwhile_is_left_so(hub: SmallHub, recorded: str, tmp_path: Path) -> None:
    class Late(Hub):
        """Somebody is quicker once the Space was found to be free."""

        def create_space(self, space_id: str, *, sdk: str, private: bool | None) -> None:  # noqa: ARG002 - the seam's
            trackio.freeze("ada/live", "p", space_id)

    with pytest.raises(PublishError, match="its report is frozen"):
        publish(replace(publication("p", "ada/charts"), folder=tmp_path / "site"), Late())


def test_freezing_needs_a_name(recorded: str) -> None:
    with pytest.raises(UsageError, match="new_space_id"):
        trackio.freeze(project="p")


def test_a_read_only_home_is_published_all_the_same(
    hub: SmallHub, recorded: str, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    folder = next((home / "projects").iterdir())
    (folder / "space.json").mkdir()
    assert trackio.sync("p", "charts") == "ada/charts"
