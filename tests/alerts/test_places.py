"""Where alerts are sent: how an address tells what is there, and that no part of it is shown."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.alerts.levels import AlertLevel
from trackio.alerts.places import NOWHERE, outlets, place, places
from trackio.errors import UsageError

SLACK = "https://hooks.slack.com/services/T000/B000/XXXXXXXX"
DISCORD = "https://discord.com/api/webhooks/123456/abcdefgh"

KINDS = [
    (SLACK, "slack", "https://hooks.slack.com/…"),
    ("https://HOOKS.slack.com:443/services/T/B/X", "slack", "https://hooks.slack.com:443/…"),
    ("https://hooks.slack-gov.com/services/T/B/X", "slack", "https://hooks.slack-gov.com/…"),
    ("https://hooks.slack.com.evil.example/services/T", "json", "https://hooks.slack.com.evil.example/…"),
    ("https://evil.example/hooks.slack.com/", "json", "https://evil.example/…"),
    (DISCORD, "discord", "https://discord.com/…"),
    ("https://discordapp.com/api/webhooks/1/x?wait=true&thread_id=5", "discord", "https://discordapp.com/…"),
    ("https://ptb.discord.com/api/v10/webhooks/1/x", "discord", "https://ptb.discord.com/…"),
    ("https://discord.com/developers", "json", "https://discord.com/…"),
    ("https://notdiscord.com/api/webhooks/1/x", "json", "https://notdiscord.com/…"),
    ("http://127.0.0.1:9000/a?token=x", "json", "http://127.0.0.1:9000/…"),
    ("http://[::1]:9000/a", "json", "http://[::1]:9000/…"),
    ("https://user:pw@example.org/a", "json", "https://example.org/…"),
    ("slack+https://mattermost.example.org/hooks/x", "slack", "https://mattermost.example.org/…"),
    ("discord+http://127.0.0.1/x", "discord", "http://127.0.0.1/…"),
    ("JSON+https://hooks.slack.com/workflows/x", "json", "https://hooks.slack.com/…"),
    ("mailto://me:pw@example.org?to=a@b.c,d@e.f", "apprise", "mailto://…"),
    ("tgram://123456:token/chat", "apprise", "tgram://…"),
    ("ntfy://topic", "apprise", "ntfy://…"),
]


@pytest.mark.parametrize(("url", "kind", "label"), KINDS)
def test_what_is_at_an_address_is_told_by_its_host_or_scheme(url: str, kind: str, label: str) -> None:
    found = place(url)
    assert (found.kind, found.label) == (kind, label)
    assert "pw" not in repr(found)
    assert "token" not in repr(found)
    assert found == pickle.loads(pickle.dumps(found))


@pytest.mark.parametrize(
    ("given", "urls"),
    [
        (None, []),
        ("", []),
        ("  ", []),
        (SLACK, [SLACK]),
        (f"{SLACK},{DISCORD}", [SLACK, DISCORD]),
        (f" {SLACK} ,\n {DISCORD} , ", [SLACK, DISCORD]),
        (f"{SLACK} {DISCORD}", [SLACK, DISCORD]),
        (f"{SLACK},{SLACK}", [SLACK]),
        ([SLACK, f"{DISCORD},ntfy://a"], [SLACK, DISCORD, "ntfy://a"]),
        (
            "mailto://me:pw@example.org?to=a@b.c,d@e.f,ntfy://a",
            ["mailto://me:pw@example.org?to=a@b.c,d@e.f", "ntfy://a"],
        ),
    ],
)
def test_several_addresses_have_commas_between(given: Any, urls: list[str]) -> None:
    assert [one.url for one in places(given)] == urls


@pytest.mark.parametrize(
    "wrong",
    [
        "SECRET",
        "hooks.slack.com/SECRET",
        "https://",
        "https:///SECRET",
        "https://host:port/SECRET",
        "https://host/SEC RET",
        "https://host/SECRET\x1b[31m",
        "https://hést/SECRET",
        "://SECRET",
        f"{SLACK},SECRET SECRET",
        5,
        {"SECRET": 1},
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(wrong: Any) -> None:
    with pytest.raises(UsageError, match="webhook_url=") as caught:
        places(wrong)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_place_is_told_from_its_level_on() -> None:
    found = outlets(SLACK, "warn")
    assert [bool(found.told_of(level)) for level in AlertLevel] == [False, True, True]
    assert [bool(outlets(SLACK, None).told_of(level)) for level in AlertLevel] == [True, True, True]
    assert NOWHERE.told_of(AlertLevel.ERROR) == ()
    with pytest.raises(UsageError, match="webhook_min_level='loud' is unknown"):
        outlets(SLACK, "loud")


@given(st.text(alphabet="abcdefgh0123456789-_", min_size=6, max_size=30), st.sampled_from(["/", "?", "&", "=", "#"]))
def test_no_part_of_an_address_comes_back_in_an_answer(token: str, before: str) -> None:
    found = place(f"https://127.0.0.1:8000/hook?a=1{before}{token}")
    assert token not in found.redacted(f"no hook {token}, as in https://127.0.0.1:8000/hook?a=1{before}{token}")
    assert "8000" in found.redacted("at 8000")
