"""``--server URL``: read commands say the same of a server's home as of this machine's."""

from __future__ import annotations

import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.api import made
from tests.cli.conftest import Cli
from tests.documents.conftest import READ_TOKEN, WRITE_TOKEN
from tests.documents.full import READING, argv
from trackio.transport import Backoff

ROOT = Path(__file__).parents[2]

Serve = Callable[..., str]


@pytest.fixture
def away(full: Path, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """The address of a server of everything; calling it leaves this machine with an empty home."""
    address = serve(full)

    def leave() -> str:
        monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "nothing"))
        return address

    return leave


def test_every_read_command_prints_the_same_from_a_server(cli: Cli, away: Callable[[], str]) -> None:
    asked = [(*argv(command), *form) for command in READING for form in ([], ["--json"])]
    here = {command: cli(*command) for command in asked}
    assert {command: done.err for command, done in here.items() if done.code} == {}
    address = away()
    for command, done in here.items():
        there = cli(*command, "--server", address)
        assert (there.code, _timeless(there.out), there.err) == (done.code, _timeless(done.out), done.err), command


def _timeless(text: str) -> str:
    """Without how long ago things were, which goes on between two looks."""
    return re.sub(r"\d+ (s|min) ago", "ago", text)


def test_the_status_of_a_server_tells_not_where_its_data_lies(cli: Cli, away: Callable[[], str], full: Path) -> None:
    here = cli("status", "--json").json
    address = away()
    assert cli("status", "--json", "--server", address).json == {**here, "home": None}
    text = cli("status", "--server", address).out
    assert f"server    {address}\n" in text
    assert str(full) not in text


def test_artifacts_and_files_are_got_from_a_server(cli: Cli, away: Callable[[], str], tmp_path: Path) -> None:
    address = away()
    got = ("--project", "media", "--server", address, "--json", "--output")
    assert cli("get", "artifact", "data", *got, str(tmp_path / "new")).json["path"] == str(tmp_path / "new")
    assert (tmp_path / "new" / "deep" / "a.txt").read_text() == "22"
    cli("get", "artifact", "linking", *got, str(tmp_path / "linked"))
    assert (tmp_path / "linked" / "b").read_text() == "1"
    assert cli("get", "file", "log.txt", *got, str(tmp_path / "saved")).json["path"] == str(tmp_path / "saved/log.txt")
    assert (tmp_path / "saved" / "log.txt").read_text() == "text"
    done = cli("get", "artifact", "local", *got, str(tmp_path / "local"))
    assert (done.code, "on the server's machine" in done.err) == (1, True)


@pytest.mark.parametrize(
    "command",
    [
        "list runs --project mnits",
        "get run --project mnist --run oter",
        "get metric --project mnist --run otter --metric los",
        "get metric --project mnist --run otter --metric loss --window 2",
        "get metric --project mnist --run otter --metric loss --at-time soon",
        "get report --project media --report note",
        "get artifact dat --project media",
        "get file lgo.txt --project media --output out",
        "list alerts --project mnist --limit=-1",
        "query project --project mnist --sql DELETE\xa0FROM\xa0runs",
        "query project --project mnist --sql ''",
        "energy --project speed --target losss=1",
        "energy --project speed --location Frnace",
        "energy --project speed --max-kwh much",
        "list runs",
    ],
)
def test_what_is_wrong_is_said_as_it_is_here(cli: Cli, away: Callable[[], str], full: Path, command: str) -> None:
    here = cli(*argv(command))
    there = cli(*argv(command), "--server", away())
    assert here.code != 0
    assert there.err.count("\n") == 1
    assert (there.code, there.out, there.err) == (here.code, here.out, here.err.replace(f" in {full}", ""))


def test_a_gate_that_does_not_hold_fails_from_a_server_too(cli: Cli, away: Callable[[], str]) -> None:
    here = cli("energy", "--project", "speed", "--runs", "heron", "--max-kwh", "0.01")
    there = cli("energy", "--project", "speed", "--runs", "heron", "--max-kwh", "0.01", "--server", away())
    assert (there.code, there.out, there.err) == (1, here.out, here.err)
    assert "more than 0.01 kWh" in there.err


def test_a_server_keeps_no_assumptions_of_a_reader(cli: Cli, away: Callable[[], str]) -> None:
    address = away()
    assert cli("energy", "--project", "speed", "--location", "FRA", "--server", address, "--json").code == 0
    kept = cli("energy", "--project", "speed", "--server", address, "--json").json["assumptions"]
    assert kept["location"] is None


def test_a_home_without_projects_says_so_without_its_place(cli: Cli, serve: Serve, home: Path) -> None:
    done = cli("list", "runs", "--server", serve(home))
    assert (done.code, done.err) == (1, "trackio: There is no project yet. trackio.init(project=...) makes one.\n")


class TestTokens:
    """A server that only some may read."""

    @pytest.fixture
    def address(self, full: Path, serve: Serve) -> str:
        return serve(full, read_token=READ_TOKEN)

    @pytest.mark.parametrize("token", [READ_TOKEN, WRITE_TOKEN])
    def test_each_way_to_give_one_works(
        self, cli: Cli, address: str, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        command = ("list", "projects", "--json")
        assert cli(*command, "--server", address, "--token", token).code == 0
        for name in ("token", "read_token", "write_token"):
            assert cli(*command, "--server", f"{address}/?{name}={token}").code == 0
        for name in ("TRACKIO_READ_TOKEN", "TRACKIO_WRITE_TOKEN"):
            with monkeypatch.context() as given:
                given.setenv(name, token)
                assert cli(*command, "--server", address).code == 0

    def test_a_wrong_one_is_refused_and_never_repeated(self, cli: Cli, address: str) -> None:
        for more in ([], ["--token", "wr0ng"]):
            done = cli("list", "projects", "--server", f"{address}?token=wr0ng", *more)
            assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
            assert "read token" in done.err
            assert "wr0ng" not in done.err

    def test_one_without_a_server_is_wrong_usage(self, cli: Cli) -> None:
        done = cli("list", "projects", "--token", "x")
        assert (done.code, done.err) == (2, "trackio: --token needs --server URL beside it.\n")


def test_the_server_of_the_environment_is_read_only_when_asked(
    cli: Cli, away: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = away()
    done = cli("list", "projects", "--server", "env")
    assert (done.code, "TRACKIO_SERVER_URL" in done.err) == (2, True)
    monkeypatch.setenv("TRACKIO_SERVER_URL", f"{address}?write_token={WRITE_TOKEN}")
    assert cli("list", "projects", "--json").json == {"projects": []}
    assert cli("list", "projects", "--json", "--server", "env").json == {"projects": ["media", "mnist", "speed"]}


@pytest.mark.parametrize(
    "name", ["ada/runs", "https://huggingface.co/spaces/ada/runs", "https://hf.co/spaces/ada/runs/?token=x"]
)
def test_a_space_is_named_by_its_id_or_page(
    cli: Cli, away: Callable[[], str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", away())
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    assert cli("list", "projects", "--json", "--server", name).json == {"projects": ["media", "mnist", "speed"]}


def test_nobody_there_is_one_line(cli: Cli, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    done = cli("list", "projects", "--json", "--server", f"http://127.0.0.1:{port}/?token=secret")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"trackio: http://127.0.0.1:{port}: connection refused.\n"
    done = cli("list", "projects", "--server", "localhost:7860?token=secret")
    assert (done.code, "no address of HTTP" in done.err, "secret" in done.err) == (2, True, False)


@pytest.fixture
def answering() -> Iterator[Callable[..., str]]:
    """``answering((200, b"..."), ...)`` is the address of a server that answers so, one after the other."""
    running: list[HTTPServer] = []

    def start(*answers: tuple[int, bytes]) -> str:
        left = list(answers)

        class Other(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = left.pop(0)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

        server = HTTPServer(("127.0.0.1", 0), Other)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (200, b""), (200, b"[1]"), (404, b"<html>"), (404, b"{}"), (404, b"[]")]
)
@pytest.mark.parametrize("form", [["--json"], []])
def test_somebody_elses_server_is_told_as_such(
    cli: Cli, answering: Callable[..., str], status: int, body: bytes, form: list[str]
) -> None:
    done = cli("list", "projects", *form, "--server", answering((status, body)))
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "is one at this address?" in done.err


def test_an_answer_without_what_is_needed_is_told_as_an_older_servers(cli: Cli, answering: Callable[..., str]) -> None:
    done = cli("get", "run", "--server", answering((200, b'{"project": "p"}')))
    assert (done.code, "lacks 'run'" in done.err) == (1, True)


def test_a_server_that_is_busy_is_asked_again(
    cli: Cli, answering: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff.__init__, "__defaults__", (0.0, 0.0, random.random))
    busy = (503, b'{"error": "The database is busy."}')
    address = answering(busy, (429, b"{}"), busy, (200, b'{"projects": []}'))
    assert cli("list", "projects", "--json", "--server", address).json == {"projects": []}
    done = cli("list", "projects", "--json", "--server", answering(*[busy] * 4))
    assert (done.code, "The database is busy." in done.err) == (1, True)


def test_a_reader_that_goes_away_is_quiet(full: Path, serve: Serve, home: Path) -> None:
    made.project(home, "long", made.run("r", [{"x": i / 7} for i in range(30_000)]))
    command = [sys.executable, "-m", "trackio", "get", "metric", "--project", "long", "--metric", "x", "--json"]
    with subprocess.Popen(
        [*command, "--server", serve(full)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
