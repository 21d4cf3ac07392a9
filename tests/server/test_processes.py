"""Several processes, and processes that are killed: the server as a command, with real senders."""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
from http.client import HTTPException
from pathlib import Path

import psutil
import pytest

from tests.server.made import Made
from tests.server.running import SECONDS, Client, in_process, until
from trackio.server.running import OPEN_FILES
from trackio.store import layout
from trackio.store.home import Home

ROWS = 400


class Sender(threading.Thread):
    """Sends one run in pieces of any length, and goes on wherever the server says, through whatever befalls it."""

    def __init__(self, number: int, port: list[int]) -> None:
        super().__init__()
        self.made = Made(run=f"r{number}", writer=f"{number:012x}")
        self._dice, self._port = random.Random(number), port
        self._pieces = [self.made.beginning(), *(self.made.row(step) for step in range(ROWS)), self.made.end()]
        self.data = b"".join(self._pieces)
        self.is_done = False

    def run(self) -> None:
        size = 0
        end = time.monotonic() + 2 * SECONDS
        while size < len(self.data) and time.monotonic() < end:
            stop = min(len(self.data), self._boundary(size, self._dice.randint(1, 40)))
            try:
                answer = Client(self._port[0]).post(self.made, size, self.data[size:stop], is_packed=size % 2 == 0)
            except (OSError, HTTPException):
                # The server is away, or went in the middle of its answer.
                time.sleep(0.02)
                continue
            if answer.status in {200, 409}:
                size = answer.json()["size"]
            else:
                assert answer.status == 503, answer.body
        self.is_done = size == len(self.data)

    def _boundary(self, size: int, count: int) -> int:
        at = 0
        for piece in self._pieces:
            at += len(piece)
            if at > size:
                count -= 1
                if count == 0:
                    return at
        return at


def all_there(home: Path, senders: list[Sender]) -> None:
    store = Home(home).project("p")
    store.catch_up()
    for sender in senders:
        assert [step for _, step, _, _ in store.values(sender.made.run, "loss")] == list(range(ROWS))
        assert store.run(sender.made.run).status == "finished"
    assert store.damaged_bytes() == 0


def test_two_workers_take_from_the_same_senders(home: Path, tmp_path: Path) -> None:
    with in_process(home, "--port", "0", "--workers", "2", log=tmp_path / "log") as server:
        senders = [Sender(number, [server.client.port]) for number in range(6)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert len([one for one in workers if "spawn_main" in " ".join(one.cmdline())]) == 2
        assert server.stop() == 0
    assert all(sender.is_done for sender in senders)
    all_there(home, senders)


def test_workers_end_when_the_process_that_started_them_is_killed(home: Path, tmp_path: Path) -> None:
    with in_process(home, "--port", "0", "--workers", "2", log=tmp_path / "log") as server:
        workers = psutil.Process(server.process.pid).children(recursive=True)
        server.process.kill()
        gone, left = psutil.wait_procs(workers, timeout=SECONDS)
        assert (len(gone) >= 2, left) == (True, [])


def test_a_server_that_is_killed_again_and_again_loses_and_doubles_nothing(home: Path, tmp_path: Path) -> None:
    port = [0]
    senders = [Sender(number, port) for number in range(6)]
    dice = random.Random(3)
    for turn in range(5):
        with in_process(home, "--port", "0", log=tmp_path / f"log{turn}") as server:
            port[0] = server.client.port
            if turn == 0:
                for sender in senders:
                    sender.start()
            if turn == 4:
                for sender in senders:
                    sender.join()
                break
            # Somewhere in the middle of whatever it does.
            wanted = dice.randint(1, 40_000)
            start = received(home)
            until(lambda: received(home) > start + wanted or all(s.is_done for s in senders))  # noqa: B023
            server.kill()
    assert all(sender.is_done for sender in senders)
    all_there(home, senders)


def received(home: Path) -> int:
    """About how many bytes have come; those that are folded and removed are not counted."""
    found = 0
    for path in layout.journals(layout.project_directory(home, "p")).glob("*.journal"):
        try:
            found += path.stat().st_size
        except FileNotFoundError:
            continue
    return found


def test_a_server_ends_cleanly_when_it_is_told_to(home: Path, tmp_path: Path) -> None:
    made = Made()
    for number in (signal.SIGTERM, signal.SIGINT):
        with in_process(home, "--port", "0", log=tmp_path / f"log{number}") as server:
            server.client.post(made, 0, made.beginning() + made.rows(0, 100))
            os.kill(server.process.pid, number)
            assert server.process.wait(SECONDS) == (0 if number == signal.SIGTERM else 130)
            assert "Traceback" not in server.log.read_text()
    assert Home(home).project("p").run("r").row_count == 100


def test_a_server_has_room_for_many_connections(home: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    try:
        with in_process(home, log=tmp_path / "log") as server:
            found, _ = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == (OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard))


def test_a_port_in_use_gives_way_to_the_next(home: Path, tmp_path: Path) -> None:
    with (
        in_process(home, "--port", "0", log=tmp_path / "first") as first,
        in_process(home, "--port", str(first.client.port), log=tmp_path / "second") as second,
    ):
        assert second.client.port > first.client.port
        assert f"Port {first.client.port} is taken; using {second.client.port}." in second.log.read_text()


def test_a_token_is_made_once_and_shown_once(home: Path, tmp_path: Path) -> None:
    made = Made()
    with in_process(home, "--port", "0", "--access-log", log=tmp_path / "log", token=None) as server:
        shown = re.search(r"Write token: (\S+) ", server.log.read_text())
        assert shown
        token = shown[1]
        assert len(token) >= 32
        server.client.ask("GET", f"/?write_token={token}")
        assert server.client.post(made, 0, made.beginning()).status == 401
        known = Client(server.client.port, token)
        assert known.post(made, 0, made.beginning()).status == 200
        assert server.log.read_text().count(token) == 1
    place = home / "write-token"
    assert (place.read_text().strip(), place.stat().st_mode & 0o777) == (token, 0o600)
    with in_process(home, "--port", "0", log=tmp_path / "again", token=None) as server:
        assert Client(server.client.port, token).size(made) > 0
        assert token not in server.log.read_text()
        assert str(place) in server.log.read_text()


def test_tokens_come_from_files_too(home: Path, tmp_path: Path) -> None:
    (tmp_path / "w").write_text("from-a-file\n")
    (tmp_path / "r").write_text("reads\n")
    options = ["--port", "0", "--write-token-file", str(tmp_path / "w"), "--read-token-file", str(tmp_path / "r")]
    with in_process(home, *options, log=tmp_path / "log") as server:
        assert server.client.ask("GET", "/api/read/projects").status == 401
        assert Client(server.client.port, "reads").ask("GET", "/api/read/projects").status == 200
        assert Client(server.client.port, "from-a-file").size(Made()) == 0
        assert "from-a-file" not in server.log.read_text()
    with in_process(home, "--port", "0", "--open-reading", log=tmp_path / "open", TRACKIO_READ_TOKEN="x") as server:
        assert server.client.without_token().ask("GET", "/api/read/projects").status == 200
