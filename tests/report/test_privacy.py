"""What is not published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.energy.recorded import H200, PACKAGE, Recorded, steady
from tests.report.conftest import Build, files
from trackio.report.markdown import to_html
from trackio.report.privacy import HIDDEN, public, public_text
from trackio.store.home import Home


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


def test_what_measured_energy_stays_unnamed(home: Path, out: Path, built: Build) -> None:
    run = Recorded(Home(home).create("p"), "first-of-all").log(1, loss=2.0).log(9, loss=1.0)
    run.session([(H200, steady(10, 300)), (PACKAGE, steady(10, 90))], marks=[(5, "half")]).write()
    built()
    (store,) = (Home(home).project(name) for name in Home(home).projects())
    ((session, boot),) = store.query("SELECT id, boot FROM energy_sessions")[1]
    # A part of an identity would tell one machine from another too.
    private = [session, boot, boot[:8], H200["id"], H200["id"][4:12]]
    published = files(out)
    assert any(b"NVIDIA H200" in content for content in published.values())
    assert [(name, word) for name, content in published.items() for word in private if word.encode() in content] == []


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
