"""``space_id``: a Space with a server gets what is logged, and one without it changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

import trackio
from tests.remote.answering import Answering, Asked
from tests.remote.comparing import assert_same
from tests.remote.conftest import Script, command, ended
from tests.remote.misbehaving import Misbehaving
from tests.remote.serving import TOKEN, Serving, free_port, wait_for, wait_until_removed
from trackio.remote import place as places
from trackio.remote.presence import Presence
from trackio.store import outbox
from trackio.store.home import Home

QUIET: dict[str, Any] = {"auto_log_cpu": False, "auto_log_gpu": False}


def test_a_space_with_a_server_gets_what_is_logged_and_stays_what_it_is(
    home: Home, server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    monkeypatch.setenv("TRACKIO_WRITE_TOKEN", TOKEN)
    passed = Misbehaving(server.port, 0, share=0.0)

    def space(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        # As the Hub's own proxy does for a private Space.
        if asked.headers.get("authorization") != "Bearer hf_mine" or not asked.path.startswith("/ada-live/"):
            return 404, {}, b"Sorry"
        headers = {name: value for name, value in asked.headers.items() if name != "authorization"}
        return passed(Asked(asked.method, asked.path.removeprefix("/ada-live"), headers, asked.body, asked.connection))

    with Answering(space) as hub:
        monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", f"{hub.url}/{{}}")
        with trackio.init(project="space", space_id="ada/live", **QUIET) as run:
            run.log({"loss": 1.0})
            assert run.url == f"{hub.url}/ada-live/?project=space&run={run.id}"
            # What transformers does at the end: no static report takes the place of the server.
            assert trackio.sync(project="space", space_id="ada/live", sdk="static", force=True) == "ada/live"
            assert server.last_step(run.id, "space") == 0
    assert_same(home.project("space"), server.project("space"), run.id)


@pytest.mark.parametrize("has_server", [True, False])
def test_the_token_of_the_hub_goes_to_no_space_that_needs_none(
    has_server: bool, home: Home, server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    if has_server:
        monkeypatch.setenv("TRACKIO_WRITE_TOKEN", TOKEN)
    passed = Misbehaving(server.port, 0, share=0.0)
    with Answering(passed if has_server else lambda _asked: (404, {}, b"Log in")) as space:
        # Somebody else's, or one that all may see.
        monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", space.url)
        presence = Presence(places.space("eve/live", TOKEN if has_server else None) or places.at(space.url))
        assert presence.is_there() == has_server
        assert [asked for asked in space.asked if "authorization" in asked.headers] == []


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"<html>not found"), (200, b"<html>charts"), (200, b'{"status": "other"}'), (200, b"[]")]
)
def test_a_space_without_a_server_is_told_once_and_keeps_nothing(
    status: int, body: bytes, home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Answering(lambda _asked: (status, {}, body)) as hub:
        monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", f"{hub.url}/{{}}")
        monkeypatch.setattr(trackio.tracking.session.process, "sending", trackio.tracking.sending.Sending())
        for _ in range(2):
            with trackio.init(project="p", space_id="ada/charts", **QUIET) as run:
                run.log({"loss": 1.0})
        count = len(hub.asked)
    assert caplog.text.count("holds no trackio server") == 1
    assert len(caplog.records) == 1
    assert count == 1
    store = home.project("p")
    wait_for(lambda: outbox.marks(store.directory) == [])
    wait_until_removed(store.directory)
    assert len(store.values(run.id, "loss")) == 1


def test_a_space_that_cannot_be_reached_is_not_waited_for_and_its_runs_are_kept(
    home: Home, server: Serving, script: Script
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/{{}}"
    said = ended(
        script(
            "with trackio.init(project='away', id='r', space_id='ada/live') as run: run.log({'loss': 1.0})",
            TRACKIO_SPACE_ENDPOINT=nowhere,
            TRACKIO_SYNC_SECONDS="100000",
        )
    )
    assert "still to be sent" not in said
    (mark,) = outbox.marks(home.project("away").directory)
    assert mark.space_id == "ada/live"
    command("sync", "--project", "away", "--server-url", server.url_with_token)
    assert_same(home.project("away"), server.project("away"), "r")


def test_sync_forgets_what_waits_for_a_space_that_has_no_server(home: Home, script: Script) -> None:
    with Answering(lambda _asked: (404, {}, b"")) as hub:
        endpoint = f"{hub.url}/{{}}"
        ended(
            script(
                "trackio.init(project='p', mode='offline', space_id='ada/charts', auto_log_gpu=False).finish()",
                TRACKIO_SPACE_ENDPOINT=endpoint,
            )
        )
        said = command("sync", "--project", "p", code=1, TRACKIO_SPACE_ENDPOINT=endpoint)
    assert "no trackio server is there" in said
    assert outbox.marks(home.project("p").directory) == []


def test_where_the_hub_is_not_to_be_asked_nothing_is(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with Answering(lambda _asked: (404, {}, b"")) as hub:
        monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", f"{hub.url}/{{}}")
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with trackio.init(project="p", space_id="ada/charts", **QUIET) as run:
            run.log({"loss": 1.0})
        assert hub.asked == []
    assert outbox.marks(home.project("p").directory) == []


def test_an_older_run_for_a_space_without_a_server_is_let_go_of(
    home: Home, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Answering(lambda _asked: (404, {}, b"")) as hub:
        endpoint = f"{hub.url}/{{}}"
        ended(
            script(
                "trackio.init(project='p', mode='offline', space_id='ada/charts', auto_log_gpu=False).finish()",
                TRACKIO_SPACE_ENDPOINT=endpoint,
            )
        )
        assert len(outbox.marks(home.project("p").directory)) == 1
        monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", endpoint)
        monkeypatch.setattr(trackio.tracking.session.process, "sending", trackio.tracking.sending.Sending())
        run = trackio.init(project="p", space_id="ada/charts", **QUIET)
        wait_for(lambda: outbox.marks(home.project("p").directory) == [])
        run.finish()
