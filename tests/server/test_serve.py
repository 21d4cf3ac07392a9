"""``trackio serve``: what cannot be is said in one line, before anything is served."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trackio import settings
from trackio.errors import UsageError
from trackio.remote.tokens import made
from trackio.server import running, tokens

BAD = [
    (["--workers", "0"], "Use 1 or more"),
    (["--port", "70000"], "no port 70000"),
    (["--port", "x"], "--port"),
    (["--host", "203.0.113.1"], "--host"),
    (["--host", "no.such.name.invalid"], "--host"),
    (["--ssl-keyfile", "x"], "--ssl-certfile"),
    (["--ssl-keyfile", "x", "--ssl-certfile", "y"], "no file x"),
    (["--ssl-keyfile", __file__, "--ssl-certfile", __file__], "must be PEM files"),
    (["--write-token-file", "nowhere"], "nowhere"),
    (["--read-token-file", "nowhere"], "nowhere"),
    (["--open-reading", "--read-token-file", "x"], "the opposite"),
    (["--rate-limit", "-1"], "--rate-limit -1 is no number of requests a second"),
    (["--rate-limit", "nan"], "--rate-limit nan is no number of requests a second"),
]


@pytest.mark.parametrize(("options", "said"), BAD, ids=[" ".join(options) for options, _ in BAD])
def test_what_cannot_be_is_said(tmp_path: Path, options: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trackio", "serve", *options],
        env=settings.environment({"TRACKIO_DIR": str(tmp_path), "TRACKIO_WRITE_TOKEN": "t"}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


NOWHERE = ["serve --port 99999", "serve --port -1", "serve --host 203.0.113.1", "show --port 99999", "show --port -1"]


@pytest.mark.parametrize("command", NOWHERE)
def test_where_nobody_can_listen_nothing_is_begun(tmp_path: Path, command: str) -> None:
    environment = settings.environment({"TRACKIO_DIR": str(tmp_path / "home")})
    environment.pop("TRACKIO_WRITE_TOKEN", None)
    done = subprocess.run(
        [sys.executable, "-m", "trackio", *command.split()],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "port" in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("content", ["", "\n", "two words\n", "ä\n", "tab\there", "\x00"])
def test_a_file_without_a_usable_token_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    with pytest.raises(UsageError) as error:
        tokens.of_file(path)
    assert str(path) in str(error.value)
    assert "words" not in str(error.value)


def test_a_home_that_takes_no_files_is_served_with_a_token_for_this_time() -> None:
    said: list[str] = []
    # Stands for a read-only home, also for root.
    token = running._own_token(Path(os.devnull) / "home", said.append)
    [words] = said
    assert words.startswith(f"Write token: {token} (for this time; ")
    assert len(token) == 64


def test_no_token_looks_like_an_option(tmp_path: Path) -> None:
    assert all(made().isalnum() for _ in range(300))
    assert tokens.kept(tmp_path)[0].isalnum()


def test_two_servers_that_start_at_once_have_one_token(tmp_path: Path) -> None:
    for home in (tmp_path / str(number) for number in range(20)):
        start = threading.Barrier(8)

        def begin(home: Path = home, start: threading.Barrier = start) -> tuple[str, bool]:
            start.wait()
            return tokens.kept(home)

        with ThreadPoolExecutor(8) as pool:
            found = [one.result() for one in [pool.submit(begin) for _ in range(8)]]
        assert {token for token, _ in found} == {tokens.kept(home)[0]}
        assert sum(is_new for _, is_new in found) == 1
        assert [path.name for path in home.iterdir()] == [tokens.TOKEN_FILE]
        assert (home / tokens.TOKEN_FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", ["", "\n"])
def test_an_empty_file_that_was_left_gets_one_token(tmp_path: Path, left: str) -> None:
    (tmp_path / tokens.TOKEN_FILE).write_text(left)
    with ThreadPoolExecutor(8) as pool:
        found = [one.result() for one in [pool.submit(tokens.kept, tmp_path) for _ in range(8)]]
    assert {token for token, _ in found} == {tokens.kept(tmp_path)[0]}
    assert sum(is_new for _, is_new in found) == 1
    assert (tmp_path / tokens.TOKEN_FILE).stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("left", [b"two words\n", b"\xff\xfe"])
def test_a_file_that_somebody_wrote_is_not_replaced(tmp_path: Path, left: bytes) -> None:
    (tmp_path / tokens.TOKEN_FILE).write_bytes(left)
    with pytest.raises(UsageError):
        tokens.kept(tmp_path)
    assert (tmp_path / tokens.TOKEN_FILE).read_bytes() == left


def test_a_token_is_kept_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_paths: Path) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", fail)
    first, is_new = tokens.kept(tmp_path)
    assert is_new
    assert tokens.kept(tmp_path) == (first, False)


def test_addresses_of_both_kinds_are_listened_at() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        try:
            listening = running.bound(host, 0)
        except UsageError:
            # A machine without IPv6.
            assert host == "::1"
            continue
        assert listening.getsockname()[1] > 0
        listening.close()
