"""`trackio comment`: one comment, found again on any page, changed in place; forks and faults do no harm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.ci.conftest import Cli
from tests.ci.github import PERSON, READ_ONLY, TOKEN, GitHub
from trackio.documents.schemas import schema

MARKER = "<!-- trackio comment: trackio -->\n"


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """GitHub, and the variables of a job about pull request 3."""
    found = GitHub()
    server = found.start()
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 3}}))
    for name, value in (
        ("GITHUB_API_URL", found.url),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_TOKEN", TOKEN),
        ("GITHUB_EVENT_PATH", str(tmp_path / "event.json")),
        ("GITHUB_REF", "refs/heads/main"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GH_TOKEN", raising=False)
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "comment.md"
    path.write_text("first\n")
    return path


def methods(github: GitHub) -> list[str]:
    return [one.split()[0] for one in github.asked if not one.startswith("GET")]


def test_the_first_time_it_is_made_and_then_changed(cli: Cli, github: GitHub, file: Path) -> None:
    done = cli("comment", str(file))
    assert (done.code, done.out) == (0, "https://github.com/o/r/pull/3#issuecomment-1\n")
    file.write_text("second\n")
    found = cli("comment", str(file), "--json").json
    assert found == {"url": "https://github.com/o/r/pull/3#issuecomment-1", "is_new": False, "reason": None}
    jsonschema.validate(found, schema("comment"))
    assert methods(github) == ["POST", "PATCH"]
    assert [one["body"] for one in github.comments.values()] == [f"{MARKER}second\n"]
    cli("comment", str(file))
    assert methods(github) == ["POST", "PATCH"], "what is there already is not written again"


def test_it_is_found_on_any_page(cli: Cli, github: GitHub, file: Path) -> None:
    for number in range(250):
        github.add(f"comment {number}")
    ours = github.add(f"{MARKER}old", login="github-actions[bot]", kind="Bot")
    for number in range(60):
        github.add(f"comment {number}")
    assert cli("comment", str(file)).code == 0
    assert methods(github) == ["PATCH"]
    assert github.comments[ours]["body"] == f"{MARKER}first\n"


@pytest.mark.parametrize("token", [TOKEN, PERSON])
def test_a_comment_that_somebody_else_wrote_is_not_ours(
    cli: Cli, github: GitHub, file: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    github.add(f"{MARKER}theirs")
    github.add(f"quoted: {MARKER}", login="github-actions[bot]", kind="Bot")
    assert cli("comment", str(file), "--json").json["is_new"]
    file.write_text("second\n")
    assert not cli("comment", str(file), "--json").json["is_new"]
    assert next(one["body"] for one in github.comments.values()) == f"{MARKER}theirs"
    assert len(github.comments) == 3


def test_another_name_is_another_comment(cli: Cli, github: GitHub, file: Path) -> None:
    for name in ("trackio", "other", "trackio", "other"):
        assert cli("comment", str(file), "--name", name).code == 0
    assert len(github.comments) == 2


def test_a_fork_that_may_not_write_fails_nothing(
    cli: Cli, github: GitHub, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", READ_ONLY)
    done = cli("comment", str(file))
    assert (done.code, done.out) == (0, "")
    assert "permissions: pull-requests: write" in done.err
    assert github.comments == {}


@pytest.mark.parametrize("fault", ["busy", "limited", "lost"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_a_fault_on_the_way_leaves_one_comment(cli: Cli, github: GitHub, file: Path, method: str, fault: str) -> None:
    if method == "PATCH":
        cli("comment", str(file))
        file.write_text("second\n")
    github.faults.append((method, fault))
    assert cli("comment", str(file)).code == 0
    assert [one["body"] for one in github.comments.values()] == [f"{MARKER}{file.read_text()}"]
    assert github.faults == []


def test_a_wrong_token_is_told_and_never_shown(
    cli: Cli, github: GitHub, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_secret_of_mine")
    done = cli("comment", str(file))
    assert done.code == 1
    assert "401" in done.err
    assert "secret_of_mine" not in done.err


@pytest.mark.parametrize(
    ("event", "ref", "words", "asked"),
    [
        ({"pull_request": {"number": 3}}, None, (), "/repos/o/r/issues/3/"),
        ({"issue": {"number": 4, "pull_request": {}}}, None, (), "/repos/o/r/issues/4/"),
        ({}, "refs/pull/5/merge", (), "/repos/o/r/issues/5/"),
        ({"pull_request": {"number": 3}}, None, ("--pr", "6"), "/repos/o/r/issues/6/"),
        ({"issue": {"number": 4}}, "refs/heads/main", (), None),
        ([], "refs/heads/main", (), None),
        ({"pull_request": {"number": "x"}}, "refs/heads/main", (), None),
    ],
)
def test_the_pull_request_is_that_of_the_job(
    cli: Cli,
    github: GitHub,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    event: object,
    ref: str | None,
    words: tuple[str, ...],
    asked: str | None,
) -> None:
    file.with_name("event.json").write_text(json.dumps(event))
    if ref is not None:
        monkeypatch.setenv("GITHUB_REF", ref)
    done = cli("comment", str(file), *words)
    assert done.code == 0
    if asked is None:
        assert "about no pull request" in done.err
        assert github.asked == []
    else:
        assert all(asked in one for one in github.asked if "/user" not in one)


@pytest.mark.parametrize(
    ("variable", "value", "code", "told"),
    [
        ("GITHUB_REPOSITORY", "", 2, "where GITHUB_REPOSITORY is set"),
        ("GITHUB_REPOSITORY", "o/r/../..", 2, "where GITHUB_REPOSITORY is set"),
        ("GITHUB_TOKEN", "", 2, "GITHUB_TOKEN is not set"),
        ("GITHUB_API_URL", "http://127.0.0.1:1", 1, "127.0.0.1:1"),
    ],
)
def test_what_is_missing_is_told(
    cli: Cli,
    github: GitHub,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    variable: str,
    value: str,
    code: int,
    told: str,
) -> None:
    monkeypatch.setenv(variable, value)
    done = cli("comment", str(file))
    assert (done.code, told in done.err) == (code, True), done.err


def test_a_text_that_is_too_long_or_empty_is_not_sent(cli: Cli, github: GitHub, file: Path) -> None:
    file.write_text("x" * 65_600)
    done = cli("comment", str(file))
    assert (done.code, "a comment takes 65,536" in done.err) == (2, True)
    file.write_text(" \n")
    assert cli("comment", str(file)).code == 0
    assert cli("comment", str(file), "--name", "a b").code == 0
    file.write_text("x")
    assert "cannot name a comment" in cli("comment", str(file), "--name", "a b").err
    assert github.asked == []
    assert cli("comment", str(file.with_name("none.md"))).code == 1
