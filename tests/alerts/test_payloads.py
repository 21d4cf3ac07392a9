"""What Slack, Discord, mail and other programs are told, within the limits that they document."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.alerts import payloads
from trackio.alerts.levels import AlertLevel
from trackio.alerts.message import Message
from trackio.store.runs import encode

MESSAGE = Message(
    project="mnist",
    run="brisk-otter-4",
    run_id="a1b2c3d4",
    level=AlertLevel.WARN,
    title="Loss is high",
    text="above 2\nfor an epoch",
    step=120,
    time_ns=1_763_700_000_123_456_789,
    data={"loss": 2.5, "api_key": "SECRET"},
    url="https://user-space.hf.space/?project=mnist&run=a1b2c3d4",
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_json_has_what_list_alerts_has_and_where_it_comes_from() -> None:
    assert payloads.document(MESSAGE) == {
        "event": "alert",
        "project": "mnist",
        "run": "brisk-otter-4",
        "run_id": "a1b2c3d4",
        "level": "warn",
        "title": "Loss is high",
        "text": "above 2\nfor an epoch",
        "step": 120,
        "timestamp": "2025-11-21T04:40:00.123456+00:00",
        "data": {"loss": 2.5, "api_key": "(hidden)"},
        "url": "https://user-space.hf.space/?project=mnist&run=a1b2c3d4",
    }


def test_slack_gets_blocks_of_plain_text_and_words_for_its_notification() -> None:
    def plain(text: str) -> dict[str, Any]:
        return {"type": "plain_text", "text": text, "emoji": False}

    assert payloads.slack(MESSAGE) == {
        "text": "WARN: Loss is high\nabove 2\nfor an epoch\nmnist · brisk-otter-4 · step 120 · WARN",
        "blocks": [
            {"type": "header", "text": plain("WARN: Loss is high")},
            {"type": "section", "text": plain("above 2\nfor an epoch")},
            {"type": "section", "fields": [plain("loss\n2.5"), plain("api_key\n(hidden)")]},
            {
                "type": "context",
                "elements": [
                    *map(plain, ["mnist", "brisk-otter-4", "step 120", "WARN"]),
                    {
                        "type": "mrkdwn",
                        "text": "<https://user-space.hf.space/?project=mnist&amp;run=a1b2c3d4|Open the run>",
                    },
                ],
            },
        ],
    }


def test_discord_gets_an_embed_that_mentions_nobody() -> None:
    assert payloads.discord(MESSAGE) == {
        "embeds": [
            {
                "title": "WARN: Loss is high",
                "description": "above 2\nfor an epoch",
                "color": 0xC77700,
                "timestamp": "2025-11-21T04:40:00.123456+00:00",
                "footer": {"text": "mnist · brisk-otter-4 · step 120 · WARN"},
                "fields": [
                    {"name": "loss", "value": "2.5", "inline": True},
                    {"name": "api\\_key", "value": "(hidden)", "inline": True},
                ],
                "url": "https://user-space.hf.space/?project=mnist&run=a1b2c3d4",
            }
        ],
        "allowed_mentions": {"parse": []},
    }


def test_mail_gets_a_line_and_a_text() -> None:
    title, text = payloads.words(MESSAGE)
    assert title == "WARN: Loss is high"
    assert text.split("\n\n") == [
        "above 2\nfor an epoch",
        "loss: 2.5\napi_key: (hidden)",
        "mnist · brisk-otter-4 · step 120 · WARN",
        "https://user-space.hf.space/?project=mnist&run=a1b2c3d4",
    ]


@pytest.mark.parametrize(
    "url", [None, "http://127.0.0.1:7860/?project=p", "http://localhost/", "http://[::1]:1/", "javascript:x", ""]
)
def test_a_page_that_others_cannot_reach_is_no_link(url: str | None) -> None:
    bare = replace(MESSAGE, url=url)
    assert bare.link is None
    assert "Open the run" not in json.dumps(payloads.slack(bare))
    assert "url" not in payloads.discord(bare)["embeds"][0]
    assert payloads.document(bare)["url"] == url


def test_texts_that_would_call_everybody_call_nobody() -> None:
    loud = replace(MESSAGE, title="<!channel> & *all*", text="<@U1> [a](b) `x` ~y~ https://a.b/c_d_e", run="@here _x_")
    slack, discord = payloads.slack(loud), payloads.discord(loud)["embeds"][0]
    assert slack["text"].startswith("WARN: &lt;!channel&gt; &amp; *all*\n&lt;@U1&gt;")
    assert discord["title"] == r"WARN: \<!channel\> & \*all\*"
    assert discord["description"] == r"\<@U1\> \[a\](b) \`x\` \~y\~ https://a.b/c_d_e"


def test_what_a_terminal_would_obey_is_spelt_out() -> None:
    hostile = replace(
        MESSAGE, title="a\x1b[31mb\u202ec\nd", text="x\x07y\r\nz\tw", run="r\x00", data={"k\x1b": "\x9b1m"}
    )
    for build in (payloads.slack, payloads.discord, payloads.words):
        shown = str(build(hostile))
        assert not any(sign in shown for sign in "\x1b\u202e\x00\x07\x9b\r\t")
    # Programs get it as it is.
    assert payloads.document(hostile)["title"] == "a\x1b[31mb\u202ec\nd"


def test_data_may_be_anything_that_json_holds() -> None:
    for data in (None, [], {}, [1, 2], "text", 5, {"a": {"token": "x", "b": [{"password": "y"}]}}, {"n": float("nan")}):
        for build in (payloads.slack, payloads.discord, payloads.document):
            json.loads(encode(build(replace(MESSAGE, data=data))))
    nested = payloads.document(replace(MESSAGE, data={"a": {"token": "x", "b": [{"db_password": "y", "n": None}]}}))
    assert nested["data"] == {"a": {"token": "(hidden)", "b": [{"db_password": "(hidden)", "n": None}]}}


def test_a_great_deal_of_data_is_left_out() -> None:
    many = replace(MESSAGE, data={"text": "x" * 300_000})
    assert payloads.document(many)["data"] == "(300012 bytes are left out)"
    long = payloads.document(replace(MESSAGE, text="x" * 10**7))["text"]
    assert (len(long), long[-2:]) == (100_000, "x…")


anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=5000)


@given(anything, anything, st.text(max_size=400), st.dictionaries(st.text(max_size=600), anything, max_size=30))
def test_every_limit_is_kept(title: str, text: str, run: str, data: dict[str, str]) -> None:
    message = replace(MESSAGE, title=title or "t", text=text * 2, run=run or "r", data=data)
    slack, discord = payloads.slack(message), payloads.discord(message)
    assert units(slack["text"]) <= 5 * 3000 <= 40_000
    assert len(slack["blocks"]) <= 50
    for block in slack["blocks"]:
        most = {"header": 150, "section": 3000}.get(block["type"])
        if "text" in block:
            assert 0 < units(block["text"]["text"]) <= most
        for part in [*block.get("fields", []), *block.get("elements", [])]:
            assert 0 < units(part["text"]) <= 2000
        assert len(block.get("fields", [])) <= 10
        assert len(block.get("elements", [])) <= 10
    embed = discord["embeds"][0]
    texts = [embed["title"], embed.get("description", ""), embed["footer"]["text"]]
    for field in embed["fields"]:
        assert 0 < units(field["name"]) <= 256
        assert 0 < units(field["value"]) <= 1024
        texts += [field["name"], field["value"]]
    assert units(embed["title"]) <= 256
    assert units(texts[1]) <= 4096
    assert units(texts[2]) <= 2048
    assert len(embed["fields"]) <= 25
    assert sum(map(units, texts)) <= 6000
    encode(slack).encode()
    encode(discord).encode()


@given(st.text(alphabet="a😀\\*é", max_size=30), st.integers(0, 30))
def test_a_cut_text_fits_and_ends_with_an_ellipsis(text: str, most: int) -> None:
    cut = payloads.cut(text, most)
    assert units(cut) <= most
    assert cut == text if units(text) <= most else cut.endswith("…") or most == 0
    cut.encode()
