"""One alert to one place, over real HTTP and through the real apprise."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from typing import Any

import pytest

from tests.alerts.conftest import APPRISE, SECRET, Hook, Reply
from tests.alerts.test_payloads import MESSAGE
from trackio.alerts import payloads
from trackio.alerts.levels import AlertLevel
from trackio.alerts.places import place
from trackio.alerts.sending import sender
from trackio.errors import MissingExtra, Refused, ServerBusy, TransportError, Unreachable

pytestmark = APPRISE


@pytest.mark.parametrize(
    ("prefix", "build"), [("", payloads.document), ("slack+", payloads.slack), ("discord+", payloads.discord)]
)
def test_a_webhook_gets_what_it_takes(prefix: str, build: Any, hook: Hook) -> None:
    sender(place(f"{prefix}{hook.url('/a/b/?wait=true&x=%2F')}"))(MESSAGE)
    (asked,) = hook.requests
    assert (asked.method, asked.path) == ("POST", "/a/b/?wait=true&x=%2F")
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"].startswith("trackio/")
    assert asked.json == build(MESSAGE)


def test_nan_in_data_is_json_that_every_reader_takes(hook: Hook) -> None:
    sender(place(hook.url()))(replace(MESSAGE, data={"loss": float("nan")}, text="\ud800"))
    assert b'"loss": "NaN"' in hook.requests[0].body


def test_a_name_and_password_in_the_address_are_sent_as_http_has_them(hook: Hook) -> None:
    sender(place(f"http://me:{SECRET}@{hook.host}/x"))(MESSAGE)
    assert hook.requests[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("status", "error"), [(400, Refused), (404, Refused), (410, Refused), (429, ServerBusy), (500, ServerBusy)]
)
def test_an_answer_that_is_no_is_an_error(status: int, error: type[TransportError], hook: Hook) -> None:
    hook.replies.append(Reply(status, {"Retry-After": "7"}, b'{"error": "no hook %s"}' % SECRET.encode()))
    with pytest.raises(error) as caught:
        sender(place(hook.url()))(MESSAGE)
    assert SECRET not in f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert caught.value.__cause__ is None
    if isinstance(caught.value, ServerBusy):
        assert caught.value.retry_after_seconds == (7 if status == 429 else None)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int, hook: Hook) -> None:
    hook.replies.append(Reply(status, {"Location": "/elsewhere"}))
    with pytest.raises(Refused, match=str(status)):
        sender(place(hook.url()))(MESSAGE)
    assert len(hook.requests) == 1


@pytest.mark.parametrize(
    ("level", "kind"), [(AlertLevel.INFO, "info"), (AlertLevel.WARN, "warning"), (AlertLevel.ERROR, "failure")]
)
def test_apprise_carries_alerts_to_what_it_knows(level: AlertLevel, kind: str, hook: Hook) -> None:
    sender(place(hook.url(scheme="json")))(replace(MESSAGE, level=level))
    (asked,) = hook.requests
    assert asked.path == f"/hook/{SECRET}"
    assert (asked.json["title"], asked.json["type"]) == (f"{level.value}: Loss is high", kind)
    assert asked.json["message"].startswith("above 2\nfor an epoch")


def test_apprise_follows_no_redirect(hook: Hook) -> None:
    hook.replies.append(Reply(307, {"Location": "/elsewhere"}))
    with pytest.raises(Unreachable):
        sender(place(hook.url(scheme="json")))(MESSAGE)
    assert len(hook.requests) == 1


def test_what_apprise_cannot_deliver_says_why_without_the_address(hook: Hook) -> None:
    hook.replies.append(Reply(401))
    with pytest.raises(Unreachable, match=r"apprise could not deliver it: .*401") as caught:
        sender(place(hook.url(scheme="json")))(MESSAGE)
    assert SECRET not in str(caught.value)
    with pytest.raises(Refused, match="apprise knows no such address") as refused:
        sender(place(f"nonsense://{SECRET}"))
    assert SECRET not in str(refused.value)


def test_without_apprise_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(MissingExtra, match=r"trackio\[alerts\]"):
        sender(place("ntfy://topic"))


@pytest.mark.parametrize("scheme", ["http", "slack+http", "json"])
@pytest.mark.parametrize("status", [200, 404, None])
def test_no_library_logs_the_address(
    scheme: str, status: int | None, hook: Hook, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    url = hook.url(scheme=scheme)
    if status is None:
        hook.close()
    else:
        hook.replies.append(Reply(status))
    try:
        sender(place(url))(MESSAGE)
    except TransportError as error:
        logging.getLogger("mine").warning("%s", error, exc_info=True)
    assert SECRET not in caplog.text
    assert SECRET not in "".join(capsys.readouterr())
    # What is none of ours is logged as before.
    logging.getLogger("urllib3.connectionpool").debug("of somebody else")
    assert "of somebody else" in caplog.text
