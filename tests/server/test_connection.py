"""Connections of those who are slow: nobody else waits for them, and the end of the server does not either."""

from __future__ import annotations

import asyncio
import logging
import select
import socket
import sys
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.server.running import TOKEN, Client, in_process, in_thread, until
from trackio.server.connection import Connection, Limited, Uncancelled
from trackio.server.options import ServerOptions


class Hurried(Connection):
    head_seconds = 0.3


class HurriedByH11(Limited, H11Protocol):  # type: ignore[misc]
    head_seconds = 0.3


@pytest.fixture(params=[Hurried, HurriedByH11])
def hurried(home: Path, request: pytest.FixtureRequest) -> Iterator[Client]:
    with in_thread(ServerOptions(home, TOKEN), http=request.param) as client:
        yield client


def connected(client: Client) -> socket.socket:
    return socket.create_connection((client.host, client.port), timeout=30)


def served(connection: socket.socket) -> bool:
    """Whether the answer is one, after all of it has come."""
    with HTTPResponse(connection) as response:
        response.begin()
        return response.status == 200 and bool(response.read())


ASK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LATE = {"nothing": (0, b""), "half a head": (0, ASK[:20]), "half of the second": (1, ASK[:20]), "a line": (2, ASK[:-2])}


@pytest.mark.parametrize(("whole", "half"), LATE.values(), ids=LATE)
def test_who_sends_no_whole_head_is_not_waited_for(hurried: Client, whole: int, half: bytes) -> None:
    with connected(hurried) as connection:
        for _ in range(whole):
            connection.sendall(ASK)
            assert served(connection)
        connection.sendall(half)
        assert connection.recv(4096) == b""


def test_a_head_that_trickles_is_not_waited_for(hurried: Client) -> None:
    with connected(hurried) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        while not select.select([connection], [], [], 0.05)[0]:
            connection.sendall(b"x")


def test_who_pauses_between_requests_is_served(hurried: Client) -> None:
    with connected(hurried) as connection, connected(hurried) as late:
        connection.sendall(ASK)
        assert served(connection)
        # Another one has been given up meanwhile.
        assert late.recv(1) == b""
        connection.sendall(ASK)
        assert served(connection)


HALF = {
    "a head": b"POST /api/files/missing?project=p HTTP/1.1\r\nHost: 127",
    "a body": b"POST /api/files/missing?project=p HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n"
    b"X-Trackio-Token: " + TOKEN.encode() + b'\r\nContent-Type: application/json\r\n\r\n{"names',
    "a journal": b"POST /api/journals/r.0123456789ab.journal?project=p&run=r&offset=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"X-Trackio-Crc32: 00000000\r\nContent-Length: 99\r\nX-Trackio-Token: " + TOKEN.encode() + b"\r\n\r\nxxx",
}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_is_half_sent_keeps_no_server_from_ending(home: Path, tmp_path: Path, workers: str) -> None:
    log = tmp_path / "log"
    with in_process(home, "--port", "0", "--workers", workers, log=log) as server:
        open_ones = [connected(server.client) for _ in HALF]
        for connection, sent in zip(open_ones, HALF.values(), strict=True):
            connection.sendall(sent)
        # All are taken in, as one that came after them is answered.
        until(lambda: server.client.ask("GET", "/healthz").status == 200)
        assert server.stop() == 0
        for connection in open_ones:
            connection.close()
    # Who waits until the time is up says so.
    assert "Cancel" not in log.read_text()
    assert "Traceback" not in log.read_text()
    assert "Exception" not in log.read_text()


def test_what_was_cut_off_leaves_no_traceback() -> None:
    def told(error: BaseException) -> bool:
        try:
            raise error
        except BaseException:  # noqa: BLE001 - whatever was given
            return Uncancelled().filter(logging.LogRecord("", 0, "", 0, "", (), sys.exc_info()))

    assert not told(asyncio.CancelledError())
    assert told(ValueError())
    assert Uncancelled().filter(logging.LogRecord("", 0, "", 0, "", (), None))
