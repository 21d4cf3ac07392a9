"""``trackio delete --server URL``: as it deletes here, and nothing here."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api import made
from tests.cli.conftest import Cli
from tests.documents.conftest import WRITE_TOKEN
from trackio import journal
from trackio.store import layout
from trackio.store.home import Home


@pytest.fixture
def away(home: Path, serve: Callable[..., str], tmp_path: Path) -> tuple[Home, str]:
    """What a server has, and its address; there are runs of the same names here."""
    for place in (home, tmp_path / "away"):
        made.project(place, "mnist", made.run("a", name="otter"), made.run("b", name="heron"))
    return Home(tmp_path / "away"), serve(tmp_path / "away", read_token="read-me")


def runs(home: Home) -> list[str]:
    return [run.name for run in home.project("mnist").runs()] if home.projects() else []


@pytest.mark.parametrize("how", ["option", "variable", "address"])
def test_a_run_goes_there_and_stays_here(
    cli: Cli, away: tuple[Home, str], home: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    there, address = away
    monkeypatch.setenv("TRACKIO_READ_TOKEN", "read-me")
    if how == "variable":
        monkeypatch.setenv("TRACKIO_WRITE_TOKEN", WRITE_TOKEN)
    given = f"{address}/?write_token={WRITE_TOKEN}" if how == "address" else address
    token = ["--write-token", WRITE_TOKEN] if how == "option" else []
    done = cli("delete", "--project", "mnist", "--run", "otter", "--yes", "--server", given, *token)
    assert (done.code, done.out) == (0, "")
    assert done.err == f"Deleted run 'otter' (a) of project 'mnist' on {address}.\n"
    assert (runs(there), runs(Home(home))) == (["heron"], ["otter", "heron"])


def test_a_project_goes_there_and_stays_here(cli: Cli, away: tuple[Home, str], home: Path) -> None:
    there, address = away
    done = cli("delete", "--project", "mnist", "--yes", "--server", address, "--write-token", WRITE_TOKEN)
    assert done.err == f"Deleted project 'mnist' with 2 runs on {address}.\n"
    assert (runs(there), runs(Home(home))) == ([], ["otter", "heron"])


REFUSED = [
    (["--project", "mnits"], 1, "Nearest: mnist"),
    (["--project", "mnist", "--run", "herno"], 1, "Nearest: heron"),
    (["--project", "mnist", "--write-token", "wrong"], 1, "token"),
    (["--project", "mnist", "--write-token", "read-me"], 1, "write token"),
    (["--project", "mnist", "--no-yes"], 2, "pass --yes"),
]


@pytest.mark.parametrize(("argv", "code", "said"), REFUSED, ids=[" ".join(argv) for argv, _, _ in REFUSED])
def test_what_cannot_be_is_told_as_here(
    cli: Cli, away: tuple[Home, str], argv: list[str], code: int, said: str
) -> None:
    there, address = away
    asked = [one for one in argv if one != "--no-yes"] + ([] if "--no-yes" in argv else ["--yes"])
    token = [] if "--write-token" in argv else ["--write-token", WRITE_TOKEN]
    done = cli("delete", *asked, "--server", address, *token)
    assert (done.code, said in done.err) == (code, True), done.err
    assert runs(there) == ["otter", "heron"]
    assert WRITE_TOKEN not in done.err


def test_a_run_in_progress_goes_by_force_alone(cli: Cli, away: tuple[Home, str]) -> None:
    there, address = away
    now_ns = time.time_ns()
    live = layout.journal(there.project("mnist").directory, "c", "0123456789ab")
    live.write_bytes(journal.header("c", "mnist", now_ns, {"host": "elsewhere", "pid": 1, "started": "1"}))
    asked = ("delete", "--project", "mnist", "--yes", "--server", address, "--write-token", WRITE_TOKEN)
    for run in (["--run", "c"], []):
        done = cli(*asked, *run)
        assert (done.code, "still running" in done.err) == (1, True), done.err
    assert cli(*asked, "--force").code == 0
    assert there.projects() == []


def test_a_token_without_a_server_is_a_mistake(cli: Cli) -> None:
    done = cli("delete", "--project", "mnist", "--write-token", "x")
    assert (done.code, "--server" in done.err) == (2, True)
