"""What is not published."""

from __future__ import annotations

from typing import Any

import pytest

from trackio.report.markdown import to_html
from trackio.report.privacy import HIDDEN, public, public_text


@pytest.mark.parametrize(
    "key",
    [
        "api_key",
        "wandb_api_key",
        "token",
        "HF_TOKEN",
        "auth-token",
        "password",
        "db.password",
        "secret",
        "client_secret",
        "credentials",
        "hostname",
        "host",
        "username",
        "cwd",
        "connection_string",
    ],
)
def test_values_of_telling_keys_are_hidden(key: str) -> None:
    assert public({key: "x"}) == {key: HIDDEN}


@pytest.mark.parametrize("key", ["tokens", "max_tokens", "tokenizer", "keys", "monkey", "env", "environment", "ghost"])
def test_keys_that_only_look_alike_are_shown(key: str) -> None:
    assert public({key: "gpt2"}) == {key: "gpt2"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("/home/alice/data/train.bin", "~/data/train.bin"),
        ("/Users/alice", "~"),
        ("/root/.cache", "~/.cache"),
        ("C:\\Users\\Alice\\data", "~\\data"),
        ("/data/home/alice", "/data/home/alice"),
        ("hf_abcdefghijklmnopqrstuvwxyz", HIDDEN),
        ("postgres://me:pw@db/x", f"postgres://{HIDDEN}@db/x"),
        ("https://example.org/a@b", "https://example.org/a@b"),
        (5, 5),
        (None, None),
        (["/home/bob/x", 1], ["~/x", 1]),
        ({"path": "/home/bob/x"}, {"path": "~/x"}),
    ],
)
def test_home_folders_and_credentials_are_taken_out_of_values(value: Any, shown: Any) -> None:
    assert public({"k": value}) == {"k": shown}


def test_the_recorders_own_keys_are_left_out() -> None:
    assert public({"_username": "alice", "lr": 0.1}) == {"lr": 0.1}


def test_secrets_in_nested_config_are_hidden() -> None:
    assert public({"hub": {"token": "t", "repo": "r"}}) == {"hub": {"token": HIDDEN, "repo": "r"}}


def test_numbers_are_no_secrets() -> None:
    assert public({"token": 5}) == {"token": 5}


def test_text_keeps_its_other_words() -> None:
    assert public_text("see /home/a/b, then go") == "see ~/b, then go"


@pytest.mark.parametrize(
    ("notes", "forbidden"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("[x](javascript:alert(1))", "href"),
        ("[x](JaVaScRiPt:alert(1))", "href"),
        ("[x](data:text/html,<b>)", "href"),
        ("[x](vbscript:x)", "href"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("![i](https://example.org/i.png)", "<img"),
        ('<https://example.org/"onmouseover=x>', '"onmouseover'),
    ],
)
def test_notes_can_do_no_harm(notes: str, forbidden: str) -> None:
    assert forbidden not in to_html(notes)


def test_notes_are_rendered() -> None:
    html = to_html("# Title\n\nA [link](https://example.org) and `code`.")
    assert "<h1>Title</h1>" in html
    assert '<a href="https://example.org" rel="nofollow noopener noreferrer">' in html
